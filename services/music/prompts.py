"""What a text-to-music model is told for each mood: a table. Words for tempo, instruments and feeling, as such models
were trained on; the style of the whole film is configured.
"""

from collections.abc import Mapping

from schemas import Mood

PROMPTS: Mapping[Mood, str] = {
    Mood.CALM: "calm and gentle lullaby, slow tempo, soft strings, flute and harp, peaceful, major key",
    Mood.JOYFUL: "joyful and bright, upbeat tempo, clarinet, acoustic guitar and light percussion, happy, major key",
    Mood.PLAYFUL: "playful and mischievous, bouncy rhythm, pizzicato strings, xylophone and bassoon, funny, major key",
    Mood.WONDER: "magical wonder, shimmering celesta, harp and slow strings, floating, mysterious, lydian mode",
    Mood.TENSE: "tense and suspenseful, pulsing low strings, tremolo violins and oboe, uneasy, minor key",
    Mood.SAD: "sad and tender, slow solo cello and quiet piano, longing, minor key",
    Mood.TRIUMPHANT: "triumphant and grand, full orchestra, french horns and soaring strings, heroic, major key",
}


def prompt(mood: Mood, style: str) -> str:
    """The prompt of a mood in a style."""
    return f"{PROMPTS[mood]}, {style}" if style else PROMPTS[mood]
