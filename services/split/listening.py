"""What is heard beside the narration: which plain sounds the words of a page speak of."""

import re
import tomllib
from functools import cache
from importlib.resources import files

from schemas import Language, Page, Record, Sound

MOST_PLACES = 2
MOST_EVENTS = 1

_ABSENT = re.compile(
    r"\b(?:no|not a|without(?: any| a)?|never a|if only)\s+(?:[\w'-]+\s+)?$|(?:没有|不再|没)[^，。]{0,2}$"
)
_NIGHT = re.compile(r"\bnights?\b|\bmoonlight\b|\bmidnight\b|\bmoonlit\b|夜|月光")


class _Cue(Record):
    sound: Sound
    kind: str
    en: str
    zh: str

    def pattern(self, language: Language) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{self.en})\b" if language == "en" else self.zh, re.IGNORECASE)


def heard(page: Page, language: Language) -> tuple[Sound, ...]:
    """The sounds of a page: an event at most, then two of the place at most. Narration counts before the picture.

    What the words say is not there ("no wind", 没有风声) is not heard.
    """
    found: list[Sound] = []
    is_night = _NIGHT.search(page.story) or _NIGHT.search(page.image_prompt)
    # An event is heard where it is told; a place may be seen alone.
    for kind, most, texts in (
        ("event", MOST_EVENTS, (page.story,)),
        ("place", MOST_PLACES, (page.story, page.image_prompt)),
    ):
        spoken_of = [
            cue.sound for text in texts for cue in _cues() if cue.kind == kind and _speaks(cue, text, language)
        ]
        found += list(dict.fromkeys(_by_night(one) if is_night else one for one in spoken_of))[:most]
    return tuple(found)


def _by_night(sound: Sound) -> Sound:
    return Sound.CRICKETS if sound is Sound.BIRDS else sound


def _speaks(cue: _Cue, text: str, language: Language) -> bool:
    said = (language, "en") if language == "zh" else (language,)  # a prompt for a picture may be in English
    return any(
        not _ABSENT.search(text[: match.start()]) for one in said for match in _pattern(cue.sound, one).finditer(text)
    )


@cache
def _cues() -> tuple[_Cue, ...]:
    table = tomllib.loads((files("services.split") / "data" / "sounds.toml").read_text("utf-8"))
    return tuple(_Cue(sound=Sound(name), **row) for name, row in table.items())


@cache
def _pattern(sound: Sound, language: Language) -> re.Pattern[str]:
    return next(cue for cue in _cues() if cue.sound is sound).pattern(language)
