"""Chinese text in pieces between which a line may break.

They are BudouX's phrases, mended where it cuts a word of jieba's dictionary in two, with small words joined to them.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate

COUNTING = frozenset("一二两三四五六七八九十几这那每第")
"""They belong to the measure that follows, and with it to what is counted."""
LEADING = COUNTING | frozenset("在把被从向和跟与对给让不没很又再也都就还才最更太真")
"""With prepositions and adverbs, which belong to what follows."""
TRAILING = frozenset("的了着过们吗呢吧么得地")
"""Particles, which belong to what stands before them."""
MOST = 6
"""Characters from which a phrase takes in no small word more."""


def phrases(text: str) -> list[str]:
    """The phrases of a text without spaces, in order; together they are the text."""
    found: list[str] = []
    waiting = ""
    for piece in _whole_words(text):
        whole, waiting = waiting + piece, ""
        is_measure = len(piece) == 1 and whole[:-1] in COUNTING
        if (piece in LEADING or is_measure) and len(whole) < MOST:
            waiting = whole
        elif found and piece[:1] in TRAILING and not piece[1:2].isalnum() and len(found[-1]) < MOST:
            found[-1] += whole
        else:
            found.append(whole)
    return [*found, waiting] if waiting else found


def _whole_words(text: str) -> Iterator[str]:
    """BudouX's phrases, joined where a word goes on from one to the next."""
    words = set(accumulate(map(len, _words()(text))))
    end, joined = 0, ""
    for phrase in _parser()(text):
        end += len(phrase)
        joined += phrase
        if joined and end in words:
            yield joined
            joined = ""


@cache
def _parser() -> Callable[[str], list[str]]:
    import budoux  # noqa: PLC0415  its model is read when Chinese is first seen

    parse: Callable[[str], list[str]] = budoux.load_default_simplified_chinese_parser().parse
    return parse


@cache
def _words() -> Callable[[str], list[str]]:
    import jieba  # noqa: PLC0415  its dictionary takes a second and 60 MiB

    jieba.setLogLevel(logging.WARNING)
    dictionary = jieba.Tokenizer()
    dictionary.initialize()

    def words(text: str) -> list[str]:
        found: list[str] = dictionary.lcut(text, HMM=False)
        return found

    return words
