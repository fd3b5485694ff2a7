"""A text that is too long for one question: where it is cut, and how many pages each stretch gets. Pure."""

import math
import re

_PARAGRAPH = re.compile(r"(?<=\n)(?=\s*\S)")
_SENTENCE = re.compile(r"(?<=[。！？…])|(?<=[.!?])(?=\s)")


def pieces(text: str, longest: int) -> list[str]:
    """The text in consecutive pieces of at most ``longest`` characters and about equal length.

    Cut between paragraphs, else between sentences, else where the room ends. Joined, they are the text.
    """
    count = max(1, math.ceil(len(text) / longest))
    aim = math.ceil(len(text) / count)
    found = [""]
    for unit in _units(text, longest):
        grown = len(found[-1]) + len(unit)
        if found[-1] and (grown > longest or grown - aim > aim - len(found[-1])):
            found.append(unit)
        else:
            found[-1] += unit
    return found


def _units(text: str, longest: int) -> list[str]:
    """What is not cut further: paragraphs, and of those that are too long sentences, and of those whatever fits."""
    units: list[str] = []
    for paragraph in _PARAGRAPH.split(text):
        for sentence in [paragraph] if len(paragraph) <= longest / 2 else _SENTENCE.split(paragraph):
            units += [sentence[at : at + longest] for at in range(0, len(sentence), longest)]
    return units


def allotted(total: int, lengths: list[int]) -> list[int]:
    """``total`` pages, shared out in proportion to the lengths, each getting one at least.

    ValueError where there are more lengths than pages.
    """
    if len(lengths) > total:
        raise ValueError(f"{total} pages are not enough for {len(lengths)} pieces")
    whole = sum(lengths)
    shares = [1 + (total - len(lengths)) * length / whole for length in lengths]
    pages = [int(share) for share in shares]
    by_remainder = sorted(range(len(lengths)), key=lambda at: (pages[at] - shares[at], at))
    for at in by_remainder[: total - sum(pages)]:
        pages[at] += 1
    return pages
