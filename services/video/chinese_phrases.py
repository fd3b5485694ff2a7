"""Chinese text in pieces between which a line may break: BudouX's phrases, with small words joined to them. Pure."""

from collections.abc import Callable
from functools import cache

TRAILING = frozenset("的了着过们吗呢吧么得地")
"""Particles, which belong to what stands before them."""
LEADING = frozenset("一二两三四五六七八九十几这那每第在把被从向和跟与对给让不没很又再也都就还才最更太真")
"""Numerals before their measures, prepositions and adverbs: they belong to what follows."""
MOST = 6
"""So long a phrase takes in no more."""


def phrases(text: str) -> list[str]:
    """The phrases of a text without spaces, in order; together they are the text."""
    found: list[str] = []
    waiting = ""
    for piece in _parser()(text):
        whole, waiting = waiting + piece, ""
        if piece in LEADING and len(whole) < MOST:
            waiting = whole
        elif found and piece[:1] in TRAILING and not piece[1:2].isalnum() and len(found[-1]) < MOST:
            found[-1] += whole
        elif whole:
            found.append(whole)
    return [*found, waiting] if waiting else found


@cache
def _parser() -> Callable[[str], list[str]]:
    import budoux  # noqa: PLC0415  its model is read when Chinese is first seen

    parse: Callable[[str], list[str]] = budoux.load_default_simplified_chinese_parser().parse
    return parse
