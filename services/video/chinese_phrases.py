"""Chinese text in pieces between which a line may break.

They are BudouX's phrases, mended where it cuts a word of jieba's dictionary in two, with small words joined to them.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from itertools import accumulate

NUMERALS = frozenset("一二两三四五六七八九十百千万几半0123456789")
COUNTING = NUMERALS | frozenset("这那每第")
"""They belong to the measure that follows, and with it to what is counted."""
LEADING = COUNTING | frozenset("在把被从向和跟与对给让不没很又再也都就还才最更太真")
"""With prepositions and adverbs, which belong to what follows."""
PARTICLES = frozenset("的了着过们吗呢吧么啊呀啦得地") | {"的话", "似的"}
"""They belong to what stands before them, and never begin a line."""
PLACES = frozenset("里上下中内外旁边前后间") | {side + end for side in "里上下外前后" for end in "面边"} | {
    "旁边", "中间", "之间", "底下", "深处", "对面", "对岸", "附近", "周围", "四周", "身边", "边上", "门口", "门前",
}  # fmt: skip
"""Words that say where at a thing: they belong to the thing, which stands before them."""
PRONOUNS = tuple("我你他她它们谁")
MOST = 6
"""Characters from which a phrase takes in no small word more."""


def phrases(text: str) -> list[str]:
    """The phrases of a text without spaces, in order; together they are the text."""
    found: list[str] = []
    waiting = ""
    for piece in _whole_words(text):
        rest = piece
        if found and not waiting and found[-1][-1].isalnum():
            leaning = _leaning(piece, found[-1])
            found[-1] += piece[:leaning]
            rest = piece[leaning:]
        if not rest:
            continue
        whole, waiting = waiting + rest, ""
        is_measure = len(rest) == 1 and bool(whole[:-1]) and COUNTING.issuperset(whole[:-1])
        if (COUNTING.issuperset(rest) or rest in LEADING or is_measure) and len(whole) < MOST:
            waiting = whole
        else:
            found.append(whole)
    return [*found, waiting] if waiting else found


def _leaning(piece: str, before: str) -> int:
    """How many characters of a piece belong to ``before``: particles, and a word that says where at it."""
    length = 0
    words = _words()(piece)
    for number, word in enumerate(words):
        after = words[number + 1] if number + 1 < len(words) else ""
        is_verb = after[:1] in {"了", "着", "过"} or before.endswith(PRONOUNS)
        is_mark = length > 0 and not word[0].isalnum()
        if word in PARTICLES or is_mark or (word in PLACES and length == 0 and not is_verb):
            length += len(word)
        else:
            break
    return length


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
