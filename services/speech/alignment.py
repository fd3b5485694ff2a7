"""Which written words are heard as which spoken words, when numbers and abbreviations have been written out."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from functools import cache

LONGEST_RUN = 16
"""Spoken words that one written word can become."""


def align(written: Sequence[str], spoken: Sequence[str], read: Callable[[str], str]) -> list[tuple[int, int]]:
    """For each written word the range ``[start, end)`` of the spoken words that say it. The ranges follow one another
    and together are all of ``spoken``.

    ``read`` tells how one written word is said by itself; it decides where equal words around leave a choice
    (``10:30 a.m.`` against ``ten thirty A.M.``).
    """
    ends: list[int] = []
    matcher = SequenceMatcher(a=[_key(word) for word in written], b=[_key(word) for word in spoken], autojunk=False)
    for kind, from_written, to_written, from_spoken, to_spoken in matcher.get_opcodes():
        if kind == "equal":
            ends += range(from_spoken + 1, to_spoken + 1)
        elif from_written < to_written:
            readings = [_key(read(word)) for word in written[from_written:to_written]]
            runs = [_key(word) for word in spoken[from_spoken:to_spoken]]
            ends += [from_spoken + end for end in _divide(readings, runs)]
        elif ends:
            ends[-1] = to_spoken
    return list(zip((0, *ends), ends, strict=False))


def _key(word: str) -> str:
    """What is compared of a word; a word without letters and digits stands for itself."""
    return "".join(character for character in word.casefold() if character.isalnum()) or word


def _divide(readings: Sequence[str], spoken: Sequence[str]) -> list[int]:
    """The ends of one run of ``spoken`` a reading, so that runs and readings are as alike as can be (dynamic
    programming over the ends; the last run takes what is left).
    """

    @cache
    def likeness(reading: str, run: str) -> float:
        blocks = SequenceMatcher(a=reading, b=run, autojunk=False).get_matching_blocks()
        return sum(block.size for block in blocks) - 0.01 * abs(len(reading) - len(run))

    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for reading in readings:
        reached: dict[int, tuple[float, int]] = {}
        for start, (score, _) in best[-1].items():
            for end in range(start, min(len(spoken), start + LONGEST_RUN) + 1):
                total = score + likeness(reading, "".join(spoken[start:end]))
                if end not in reached or total > reached[end][0]:
                    reached[end] = (total, start)
        best.append(reached)
    end = max(best[-1])
    ends = []
    for reached in reversed(best[1:]):
        ends.append(end)
        end = reached[end][1]
    ends.reverse()
    ends[-1] = len(spoken)
    return ends
