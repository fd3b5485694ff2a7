"""Finding written text again in what is spoken: which word, or Chinese character, is heard when. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from schemas import Word
from services.video.footage import Footage
from services.video.line_breaking import CJK
from services.video.timeline import Timeline

_PART = re.compile(rf"{CJK.pattern}|(?:(?!{CJK.pattern})[^\W_]|['’])+")


@dataclass(frozen=True)
class Heard:
    """A word, or one Chinese character, and when it is heard."""

    text: str
    start_s: float
    end_s: float


def film_words(footage: Footage, timeline: Timeline) -> list[Word]:
    """Every word whose time is known, in seconds from the start of the film."""
    return [
        word.model_copy(update={"start_s": start_s + word.start_s, "end_s": start_s + word.end_s})
        for shot, slot in zip(footage.shots, timeline.pages, strict=True)
        for clip, start_s in zip(shot.clips, slot.clip_starts_s, strict=True)
        for word in clip.words
    ]


def parts(text: str) -> list[re.Match[str]]:
    """The words and Chinese characters of a text, in their places; marks are left out."""
    return [part for part in _PART.finditer(text) if any(letter.isalnum() for letter in part.group())]


def heard_parts(words: Sequence[Word]) -> list[Heard]:
    """The parts of spoken words, each with its even share of its word's time."""
    heard: list[Heard] = []
    for word in words:
        found = parts(word.text)
        share = (word.end_s - word.start_s) / max(len(found), 1)
        heard += [
            Heard(part.group(), word.start_s + number * share, word.start_s + (number + 1) * share)
            for number, part in enumerate(found)
        ]
    return heard


def find(written: Sequence[str], heard: Sequence[Heard]) -> dict[int, Heard]:
    """For each written part that is found again, by its place: when it is heard. Both in the order of the film."""
    matching = SequenceMatcher(
        None, [_plain(text) for text in written], [_plain(part.text) for part in heard], autojunk=False
    )
    return {
        block.a + step: heard[block.b + step] for block in matching.get_matching_blocks() for step in range(block.size)
    }


def _plain(text: str) -> str:
    return text.replace("’", "").replace("'", "").casefold()
