"""Setting text as on a page of a book: lines of nearly equal length, as many as fit. Pure, given a ruler."""

from collections.abc import Sequence

from schemas import Language
from services.video.line_breaking import Card, Ruler, Token, break_cost, join, tokens_of

NO_WAY = float("inf")


def pages(text: str, language: Language, ruler: Ruler, max_width: float, most_lines: int) -> list[Card]:
    """Cut ``text`` into pages of at most ``most_lines`` lines, best behind sentences, each line at most ``max_width``.

    Two dynamic programmes: over where a page may end, then over where its lines may.
    """
    tokens = tokens_of(text, language, ruler, max_width)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(NO_WAY, 0)] * len(tokens)
    for start in range(len(tokens)):
        for end, lines in _filled(tokens, start, ruler, max_width):
            if lines > most_lines:
                break
            hurt = 0.0 if end == len(tokens) else break_cost(tokens[end - 1])
            emptiness = (most_lines - lines) / most_lines
            cost = best[start][0] + 1 + 3 * hurt + emptiness**2
            if cost < best[end][0]:
                best[end] = (cost, start)
    found: list[Card] = []
    end = len(tokens)
    while end:
        start = best[end][1]
        found.append(_balanced(tokens[start:end], ruler, max_width))
        end = start
    return found[::-1]


def _filled(tokens: Sequence[Token], start: int, ruler: Ruler, max_width: float) -> list[tuple[int, int]]:
    """For each end behind ``start``: how many lines it takes when each is filled before the next is begun."""
    found: list[tuple[int, int]] = []
    lines, first = 1, start
    for end in range(start + 1, len(tokens) + 1):
        if end - first > 1 and ruler(join(tokens[first:end])) > max_width:
            lines, first = lines + 1, end - 1
        found.append((end, lines))
    return found


def _balanced(tokens: Sequence[Token], ruler: Ruler, max_width: float) -> Card:
    """As few lines as it takes, none much shorter than the others, best ended with clauses."""
    count = _filled(tokens, 0, ruler, max_width)[-1][1]
    mean = ruler(join(tokens)) / count
    nowhere: tuple[float, Card] = NO_WAY, ()
    best = [(0.0, nowhere[1])] + [nowhere] * len(tokens)
    for _ in range(count):
        longer = [nowhere] * (len(tokens) + 1)
        for start, (cost, lines) in enumerate(best):
            if cost == NO_WAY:
                continue
            for end in range(start + 1, len(tokens) + 1):
                line = join(tokens[start:end])
                width = ruler(line)
                if width > max_width and end > start + 1:
                    break
                hurt = 0.0 if end == len(tokens) else break_cost(tokens[end - 1])
                total = cost + ((width - mean) / max_width) ** 2 + 0.06 * hurt
                if total < longer[end][0]:
                    longer[end] = (total, (*lines, line))
        best = longer
    return best[-1][1]
