"""How far captions are from the words that are heard while they are seen. Pure.

It reads the captions as a player does, from SubRip, and finds each one's words by their letters, whatever timed them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import pysubs2

from schemas import Word
from services.video.line_breaking import CJK

_WRITTEN = re.compile(rf"{CJK.pattern}|[^\W_]+")


@dataclass(frozen=True)
class _Heard:
    """A written word, or one Chinese character, and when it is spoken."""

    text: str
    start_s: float
    end_s: float


def caption_drift_s(srt: str, words: Sequence[Word]) -> float | None:
    """How much later or earlier than its first word a caption appears at most, or vanishes before its last one ends.

    ``words`` have their times in the film. A caption whose first or last word is not among them cannot be judged there:
    a number may be read otherwise than it is written. None when none can be judged.
    """
    heard = [part for word in words for part in _heard(word)]
    captions = pysubs2.SSAFile.from_string(srt, format_="srt").events if heard else []
    seen = [(caption, text) for caption in captions for text in _parts(caption.plaintext)]
    matching = SequenceMatcher(None, [text for _, text in seen], [part.text for part in heard], autojunk=False)
    spoken = {
        block.a + step: heard[block.b + step] for block in matching.get_matching_blocks() for step in range(block.size)
    }
    drifts: list[float] = []
    for place, (caption, _) in enumerate(seen):
        if place not in spoken:
            continue
        if place == 0 or seen[place - 1][0] is not caption:
            drifts.append(abs(caption.start / 1000 - spoken[place].start_s))
        if place + 1 == len(seen) or seen[place + 1][0] is not caption:
            drifts.append(spoken[place].end_s - caption.end / 1000)
    return max(drifts, default=None)


def _parts(text: str) -> list[str]:
    return [part.casefold() for part in _WRITTEN.findall(text.replace("’", "").replace("'", ""))]


def _heard(word: Word) -> list[_Heard]:
    """The parts of a word that are found in captions, each with its even share of the word's time."""
    parts = _parts(word.text)
    share = (word.end_s - word.start_s) / max(len(parts), 1)
    return [
        _Heard(text, word.start_s + number * share, word.start_s + (number + 1) * share)
        for number, text in enumerate(parts)
    ]
