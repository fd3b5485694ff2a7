"""Karaoke: which part of a caption lights up when. Pure.

A part is a word, or a Chinese character, with the marks that belong to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas import Word
from services.video.captions import Cue
from services.video.line_breaking import NEVER_LAST
from services.video.spoken_text import Heard, find, heard_parts, parts


@dataclass(frozen=True)
class Syllable:
    """A part of a line, with its marks, and when it lights up, in seconds from the start of the film."""

    text: str
    start_s: float


Sung = tuple[tuple[Syllable, ...], ...]
"""A caption as it lights up: the syllables of each of its lines, which make up the line."""


def sung(shown: Sequence[Cue], words: Sequence[Word]) -> list[Sung]:
    """How each caption lights up. ``words`` have their times in the film.

    A part whose time nobody knows gets an even share of the time between those that are known.
    """
    written = [part.group() for cue in shown for line in cue.lines for part in parts(line)]
    heard = find(written, heard_parts(words))
    found: list[Sung] = []
    at = 0
    for cue in shown:
        count = sum(len(parts(line)) for line in cue.lines)
        starts = _starts(cue, [heard.get(place) for place in range(at, at + count)])
        found.append(_sung(cue, starts))
        at += count
    return found


def syllables(line: str) -> list[str]:
    """The line in its parts: a mark that opens something belongs to what it opens, every other to what it follows."""
    found = parts(line)
    cuts = [_cut(line, before.end(), after.start()) for before, after in pairwise(found)]
    return [line[start:end] for start, end in pairwise([0, *cuts, len(line)])]


def _cut(line: str, end: int, start: int) -> int:
    """Where a part that ends at ``end`` gives way to one that starts at ``start``."""
    between = line[end:start]
    spaces = [place for place, sign in enumerate(between) if sign.isspace()]
    opening = [place for place, sign in enumerate(between) if sign in NEVER_LAST]
    if opening:
        return end + opening[0]
    return end + spaces[-1] + 1 if spaces else start


def _sung(cue: Cue, starts: Sequence[float]) -> Sung:
    lines: list[tuple[Syllable, ...]] = []
    before_s, at = cue.start_s, 0
    for line in cue.lines:
        texts = syllables(line)
        times = starts[at : at + len(texts)] if parts(line) else [before_s]
        lines.append(tuple(Syllable(text, time) for text, time in zip(texts, times, strict=True)))
        at += len(parts(line))
        before_s = times[-1]
    return tuple(lines)


def _starts(cue: Cue, spoken: Sequence[Heard | None]) -> list[float]:
    """When each part is begun, never before the one before it; what is not known lies evenly between what is."""
    known = [(0, cue.start_s)] if spoken and spoken[0] is None else []
    known += [(place, part.start_s) for place, part in enumerate(spoken) if part]
    known.append((len(spoken), cue.end_s))
    starts: list[float] = []
    for (place, start_s), (after, end_s) in pairwise(known):
        step = max(end_s - start_s, 0.0) / (after - place)
        starts += [start_s + number * step for number in range(after - place)]
    earliest = cue.start_s
    for place, start_s in enumerate(starts):
        starts[place] = earliest = min(max(start_s, earliest), cue.end_s)
    return starts
