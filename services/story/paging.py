"""From the sentences of a text to pages: exactly so many, balanced in length, none longer than can be spoken. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from services.story.centrality import centrality
from services.story.prose import Prose
from talestream.cancellation import check_cancelled

_OF_ONE_CLAUSE = 0.6
"""How much the words of a sentence that is one clause count, when the longest is looked for."""


@dataclass(frozen=True)
class Paging:
    """The pages of a text."""

    pages: tuple[str, ...]
    left_out: int = 0
    """How many sentences there was no room for."""


def paged(sentences: Sequence[str], count: int, prose: Prose) -> Paging | None:
    """The sentences on ``count`` pages, in their order and words; None where there are fewer words than pages.

    Pages end where sentences end and are about equally long. What is too long for them is shortened: each page gets an
    equal stretch of the text, and of that the sentences which are most central to the whole, first and last sentence of
    the text always among them. What is too short is spread: its longest sentences are cut at clauses, then at words.
    """
    if prose.length(prose.join(sentences)) > count * prose.longest_page:
        return _shortened(sentences, count, prose)
    units = _spread(_speakable(sentences, prose), count, prose)
    if units is None:
        return None
    lengths = [prose.length(unit) for unit in units]
    cuts = _even(lengths, count)
    if max(sum(lengths[start:stop]) for start, stop in cuts) > prose.longest_page:
        cuts = _tight(lengths, count)
    if max(sum(lengths[start:stop]) for start, stop in cuts) > prose.longest_page:
        return _shortened(sentences, count, prose)
    return Paging(tuple(prose.join(units[start:stop]) for start, stop in cuts))


def _shortened(sentences: Sequence[str], count: int, prose: Prose) -> Paging:
    whole = [sentence for sentence in sentences if prose.length(sentence) <= prose.longest_page]
    units = whole if len(whole) >= count else _speakable(sentences, prose)
    lengths = [prose.length(unit) for unit in units]
    ranks = centrality([prose.words(unit) for unit in units])
    ranks[0] = ranks[-1] = 2.0  # the beginning and the end of the text are told in any case
    pages, told = [], 0
    for start, stop in _even(lengths, count):
        check_cancelled()
        chosen: list[int] = []
        for at in sorted(range(start, stop), key=lambda at: (-ranks[at], at)):
            if sum(lengths[one] for one in chosen) + lengths[at] <= prose.longest_page:
                chosen.append(at)
        told += len(chosen)
        pages.append(prose.join(units[at] for at in sorted(chosen)))
    return Paging(tuple(pages), left_out=(len(sentences) if units is whole else len(units)) - told)


def _speakable(sentences: Sequence[str], prose: Prose) -> list[str]:
    """The sentences, those that are too long for a page in parts that are not."""
    units: list[str] = []
    waiting = list(reversed(sentences))
    while waiting:
        unit = waiting.pop()
        halves = prose.halves(unit) if prose.length(unit) > prose.longest_page else None
        if halves is None:
            units.append(unit)
        else:
            waiting += reversed(halves)
    return units


def _spread(units: list[str], count: int, prose: Prose) -> list[str] | None:
    """At least ``count`` units, the longest cut in two until there are as many; None where that cannot be.

    What has no clause to be cut at is cut only when it is a good deal longer than others.
    """
    units = list(units)

    def weight(unit: str) -> float:
        return prose.length(unit) * (1.0 if prose.has_clauses(unit) else _OF_ONE_CLAUSE)

    while len(units) < count:
        for at in sorted(range(len(units)), key=lambda at: -weight(units[at])):
            if halves := prose.halves(units[at]):
                units[at : at + 1] = halves
                break
        else:
            return None
    return units


def _even(lengths: Sequence[int], count: int) -> list[tuple[int, int]]:
    """``count`` consecutive ranges, none empty, each ending where the text is nearest to that share of the whole."""
    total, edges, told, at = sum(lengths), [0], 0, 0
    for page in range(1, count):
        aim = total * page / count
        last = len(lengths) - (count - page)
        while at < last and (at == edges[-1] or abs(told + lengths[at] - aim) <= abs(told - aim)):
            told += lengths[at]
            at += 1
        edges.append(at)
    edges.append(len(lengths))
    return list(pairwise(edges))


def _tight(lengths: Sequence[int], count: int) -> list[tuple[int, int]]:
    """``count`` consecutive ranges, none empty, the longest of them as short as can be."""
    low, high = max(lengths), sum(lengths)
    while low < high:
        middle = (low + high) // 2
        if len(_packed(lengths, middle, 1)) <= count:
            high = middle
        else:
            low = middle + 1
    return _packed(lengths, high, count)


def _packed(lengths: Sequence[int], most: int, least: int) -> list[tuple[int, int]]:
    """Ranges filled one after the other up to ``most``, ``least`` of them at least."""
    ranges: list[tuple[int, int]] = []
    start, filled = 0, 0
    for at, length in enumerate(lengths):
        must_begin = len(lengths) - at < least - len(ranges)
        if at > start and (filled + length > most or must_begin):
            ranges.append((start, at))
            start, filled = at, 0
        filled += length
    return [*ranges, (start, len(lengths))]
