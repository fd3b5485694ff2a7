"""What each mood sounds like: a table. Instruments are General MIDI programs, numbered from 0.

Chords are Roman numerals in the mood's mode: capitals for major triads, small letters for minor ones, 7 for a minor
seventh on top. Rhythms and figures are in quarter notes of a bar of four.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from schemas import Mood


class Mode(Enum):
    """A scale, by its steps from the tonic in semitones."""

    MAJOR = (0, 2, 4, 5, 7, 9, 11)
    LYDIAN = (0, 2, 4, 6, 7, 9, 11)
    MINOR = (0, 2, 3, 5, 7, 8, 10)


@dataclass(frozen=True)
class Part:
    """Who plays, how loud (MIDI velocity) and where (MIDI pan, 64 is the middle)."""

    program: int
    velocity: int
    pan: int = 64


Rhythm = tuple[tuple[float, float], ...]
"""Onsets and lengths of a bar's melody notes."""
Figure = tuple[tuple[float, int, float], ...]
"""Onset, which tone of the chord counted upwards, and length of the notes that play round a chord."""


@dataclass(frozen=True)
class Character:
    """How a mood is played."""

    mode: Mode
    tempo_bpm: float
    progressions: tuple[tuple[str, str, str, str], ...]
    rhythms: tuple[Rhythm, ...]
    figures: tuple[Figure, ...]
    bass: tuple[Rhythm, ...]
    melody: Part
    harmony: Part
    around: Part
    low: Part
    articulation: float
    """How much of its length a melody note sounds."""
    sings: float
    """Share of the bars, besides those of the theme's opening, in which there is melody."""


FLUTE, OBOE, CLARINET, BASSOON, HORN, TRUMPET = 73, 68, 71, 70, 60, 56
CELESTA, MUSIC_BOX, VIBRAPHONE, XYLOPHONE, GLOCKENSPIEL = 8, 10, 11, 13, 9
PIANO, NYLON_GUITAR, HARP = 0, 24, 46
STRINGS, SLOW_STRINGS, TREMOLO, PIZZICATO, CELLO, CONTRABASS = 48, 49, 44, 45, 42, 43
CHOIR, WARM_PAD, ACOUSTIC_BASS, TIMPANI = 52, 89, 32, 47

EVEN_EIGHTHS: Figure = tuple((step / 2, tone, 0.5) for step, tone in enumerate((0, 1, 2, 3, 4, 3, 2, 1)))
QUARTERS: Figure = tuple((float(step), tone, 1.0) for step, tone in enumerate((0, 2, 3, 2)))
OFF_BEATS: Figure = tuple((onset, tone, 0.4) for onset in (0.5, 1.5, 2.5, 3.5) for tone in (1, 2))
PULSE: Figure = tuple((step / 2, tone, 0.35) for step, tone in enumerate((0, 0, 1, 0, 2, 0, 1, 0)))
RISING: Figure = tuple((step / 2, step, 1.0) for step in range(6))
WHOLE_BAR: Rhythm = ((0, 4),)
HALVES: Rhythm = ((0, 2), (2, 2))

CHARACTERS: Mapping[Mood, Character] = {
    Mood.CALM: Character(
        mode=Mode.MAJOR,
        tempo_bpm=76,
        progressions=(("I", "vi", "IV", "V"), ("I", "IV", "I", "V"), ("I", "iii", "IV", "V")),
        rhythms=(HALVES, ((0, 3), (3, 1)), ((0, 1), (1, 1), (2, 2))),
        figures=(EVEN_EIGHTHS, QUARTERS),
        bass=(WHOLE_BAR,),
        melody=Part(FLUTE, 66, 72),
        harmony=Part(STRINGS, 44, 50),
        around=Part(HARP, 50, 84),
        low=Part(CELLO, 52, 44),
        articulation=0.97,
        sings=0.7,
    ),
    Mood.JOYFUL: Character(
        mode=Mode.MAJOR,
        tempo_bpm=108,
        progressions=(("I", "V", "vi", "IV"), ("I", "IV", "V", "I"), ("I", "ii", "IV", "V")),
        rhythms=(
            ((0, 1), (1, 1), (2, 1), (3, 1)),
            ((0, 1.5), (1.5, 0.5), (2, 1), (3, 1)),
            ((0, 1), (1, 0.5), (1.5, 0.5), (2, 2)),
        ),
        figures=(OFF_BEATS, EVEN_EIGHTHS),
        bass=(HALVES,),
        melody=Part(CLARINET, 68, 70),
        harmony=Part(STRINGS, 42, 50),
        around=Part(NYLON_GUITAR, 56, 84),
        low=Part(ACOUSTIC_BASS, 66, 58),
        articulation=0.9,
        sings=0.85,
    ),
    Mood.PLAYFUL: Character(
        mode=Mode.MAJOR,
        tempo_bpm=104,
        progressions=(("I", "IV", "I", "V"), ("I", "vi", "ii", "V"), ("I", "I", "IV", "V")),
        rhythms=(
            ((0, 0.5), (0.5, 0.5), (1, 1), (2, 0.5), (2.5, 0.5), (3, 1)),
            ((0, 1), (2, 0.5), (2.5, 0.5), (3, 0.5)),
            ((0, 0.5), (1, 0.5), (2, 0.5), (2.5, 0.5), (3, 0.5)),
        ),
        figures=(OFF_BEATS,),
        bass=(((0, 1), (2, 1)),),
        melody=Part(XYLOPHONE, 62, 76),
        harmony=Part(CLARINET, 34, 50),
        around=Part(PIZZICATO, 64, 40),
        low=Part(BASSOON, 56, 60),
        articulation=0.7,
        sings=0.8,
    ),
    Mood.WONDER: Character(
        mode=Mode.LYDIAN,
        tempo_bpm=80,
        progressions=(("I", "II", "I", "V"), ("I", "II", "vi", "V"), ("I", "iii", "II", "V")),
        rhythms=(((0, 1.5), (1.5, 0.5), (2, 2)), ((0, 1), (1, 1), (2, 2)), HALVES),
        figures=(RISING, EVEN_EIGHTHS),
        bass=(WHOLE_BAR,),
        melody=Part(CELESTA, 78, 74),
        harmony=Part(SLOW_STRINGS, 46, 52),
        around=Part(HARP, 50, 86),
        low=Part(CELLO, 48, 44),
        articulation=1.0,
        sings=0.75,
    ),
    Mood.TENSE: Character(
        mode=Mode.MINOR,
        tempo_bpm=96,
        progressions=(("i", "VI", "iv", "V"), ("i", "i", "iv", "V"), ("i", "VII", "VI", "V7")),
        rhythms=(HALVES, WHOLE_BAR, ((0, 3), (3, 1))),
        figures=(PULSE,),
        bass=(WHOLE_BAR, HALVES),
        melody=Part(OBOE, 56, 72),
        harmony=Part(TREMOLO, 46, 52),
        around=Part(PIZZICATO, 58, 82),
        low=Part(CONTRABASS, 62, 48),
        articulation=0.95,
        sings=0.5,
    ),
    Mood.SAD: Character(
        mode=Mode.MINOR,
        tempo_bpm=68,
        progressions=(("i", "VI", "III", "VII"), ("i", "iv", "VI", "V"), ("i", "v", "VI", "iv")),
        rhythms=(((0, 3), (3, 1)), ((0, 2), (2, 1), (3, 1)), WHOLE_BAR),
        figures=(EVEN_EIGHTHS, QUARTERS),
        bass=(WHOLE_BAR,),
        melody=Part(OBOE, 58, 70),
        harmony=Part(SLOW_STRINGS, 46, 50),
        around=Part(PIANO, 44, 78),
        low=Part(CELLO, 54, 46),
        articulation=1.0,
        sings=0.7,
    ),
    Mood.TRIUMPHANT: Character(
        mode=Mode.MAJOR,
        tempo_bpm=100,
        progressions=(("I", "V", "vi", "IV"), ("I", "IV", "ii", "V"), ("I", "vi", "IV", "V")),
        rhythms=(((0, 1.5), (1.5, 0.5), (2, 2)), ((0, 2), (2, 1), (3, 1)), ((0, 1), (1, 1), (2, 1.5), (3.5, 0.5))),
        figures=(EVEN_EIGHTHS, PULSE),
        bass=(HALVES,),
        melody=Part(HORN, 76, 58),
        harmony=Part(STRINGS, 56, 50),
        around=Part(STRINGS, 40, 86),
        low=Part(CONTRABASS, 66, 46),
        articulation=0.95,
        sings=0.9,
    ),
}

CONTOURS = (
    (0, 2, 4, 2, 3, 1, 2, 0),
    (4, 2, 0, 2, 3, 5, 4, 2),
    (0, 1, 2, 4, 5, 4, 2, 1),
    (2, 4, 3, 1, 0, 2, 4, 4),
    (0, 4, 3, 2, 4, 1, 2, 0),
)
"""Shapes of a theme: two tones a bar, in steps of the scale from its middle."""
