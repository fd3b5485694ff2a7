"""Captions: what is read while it is heard, and the files beside the film. Pure.

SubRip as players read it; WebVTT by the W3C's recommendation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from schemas import Word
from services.video.line_breaking import Card, first_letters

LINGER_S = 0.35
"""A caption stays this long behind its last word when nothing follows."""
GAP_S = 0.04
"""At least this much lies between two captions of different clips."""


@dataclass(frozen=True)
class Cue:
    """One caption, in seconds from the start of the film."""

    start_s: float
    end_s: float
    lines: Card
    page: int = 0
    """Of the clip; 0: of none."""


@dataclass(frozen=True)
class Spoken:
    """A clip as it is heard: its cards, and when its words are spoken, in seconds from the start of the film."""

    cards: tuple[Card, ...]
    first_word_s: float
    last_word_s: float
    words: tuple[Word, ...] = ()
    page: int = 0


def cues(clips: Sequence[Spoken], duration_s: float) -> list[Cue]:
    """The captions of a film. Each starts with its first word and ends before the next one starts."""
    timed = [cue for clip in clips for cue in _cues_of(clip)]
    ended: list[Cue] = []
    for index, cue in enumerate(timed):
        limit = timed[index + 1].start_s - GAP_S if index + 1 < len(timed) else duration_s
        end = min(cue.end_s + LINGER_S, limit)
        ended.append(replace(cue, end_s=max(end, cue.start_s + GAP_S)))
    return ended


def srt(shown: Sequence[Cue]) -> str:
    """The captions as SubRip."""
    blocks = (
        [str(number), f"{_time(cue.start_s, ',')} --> {_time(cue.end_s, ',')}", *cue.lines, ""]
        for number, cue in enumerate(shown, 1)
    )
    return "\n".join(line for block in blocks for line in block)


def vtt(shown: Sequence[Cue]) -> str:
    """The captions as WebVTT."""
    blocks = (
        [
            f"{_time(cue.start_s, '.')} --> {_time(cue.end_s, '.')}",
            *(escape(line, quote=False) for line in cue.lines),
            "",
        ]
        for cue in shown
    )
    return "\n".join(["WEBVTT", "", *(line for block in blocks for line in block)])


def _cues_of(clip: Spoken) -> list[Cue]:
    """The clip's captions; each ends where the next starts."""
    letters = first_letters(clip.cards)
    total = max(letters[-1], 1)
    starts = [clip.first_word_s] + [_heard(clip, count, total) for count in letters[1:-1]]
    ends = [*starts[1:], clip.last_word_s]
    return [Cue(start, end, card, clip.page) for start, end, card in zip(starts, ends, clip.cards, strict=True)]


def _heard(clip: Spoken, letters: int, total: int) -> float:
    """When the text behind its first ``letters`` letters is heard.

    By the words' own times where there are any: a word's share of the letters tells which one it is, also where the
    voice reads a number or a sign with more letters than are written. Else by an even pace.
    """
    lengths = [max(sum(letter.isalnum() for letter in word.text), 1) for word in clip.words]
    if not lengths:
        return clip.first_word_s + (clip.last_word_s - clip.first_word_s) * letters / total
    wanted = letters * sum(lengths) / total
    passed = 0.0
    for word, length in zip(clip.words, lengths, strict=True):
        if passed + length / 2 > wanted:
            return min(max(word.start_s, clip.first_word_s), clip.last_word_s)
        passed += length
    return clip.last_word_s


def _time(seconds: float, mark: str) -> str:
    millis = round(seconds * 1000)
    return f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02}{mark}{millis % 1000:03}"
