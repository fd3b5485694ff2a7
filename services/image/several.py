"""Characters that are several: how many are drawn, and how each differs a little from the next."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.image.look import CLOTHES, MARK_COLOURS, worn_in
from services.image.scene import Look

MOST = 7
"""Of one character: of more, these are seen."""
_MANY = 5
"""How many are drawn of a group that is told without a number."""
_ENGLISH = {
    "two": 2, "twin": 2, "both": 2, "couple": 2, "pair": 2, "three": 3, "some": 3, "four": 4, "several": 4, "five": 5,
    "many": _MANY, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "dozen": 12,
}  # fmt: skip
_CHINESE = {sign: number for number, sign in enumerate("二三四五六七八九十", 2)} | {"两": 2, "俩": 2, "几": 4}
_GROUPS = {"一对": 2, "一双": 2, "一群": _MANY, "一窝": _MANY}
_COUNTED = re.compile(
    r"^(?:(?:the|an?|one)\s+)?(?P<word>[a-z]+|\d+)\b|^(?P<sign>一对|一双|一群|一窝|[两二三四五六七八九十几俩])",
    re.IGNORECASE,
)
_COUNTED_BEFORE = re.compile(
    r"(?P<sign>一对|一双|一群|一窝|(?<!第)(?:[两二三四五六七八九十几]))[只个条头匹位名]?(?:[\u4e00-\u9fff]{0,6}的)?[小大老红黄蓝绿白黑灰花胖]{0,3}$"
)
_ENDS_A_NAME = frozenset(["a", "an", "the", "and", "or", "of", "with", "in", "on", "to", "at", "by"])
_SIZES = (1.0, 0.93, 0.88, 0.97, 0.9, 0.95, 0.86)


def count_of(description: str) -> int:
    """How many of a character are drawn, by the words that its description begins with: ``three ginger kittens``."""
    match = _COUNTED.match(description.strip())
    if match is None:
        return 1
    return min(MOST, _number(match["word"] or match["sign"]))


def count_before(words: Sequence[str], position: int) -> int:
    """How many of what is named from word ``position`` of a text on, by the number before it: *five yellow ducks*."""
    if match := _COUNTED_BEFORE.search("".join(words[:position])):
        return min(MOST, _number(match["sign"]))
    for word in reversed(words[max(0, position - 3) : position]):
        if word in _ENDS_A_NAME or not word.isascii():
            break
        if (number := _number(word)) > 1:
            return min(MOST, number)
    return 1


def _number(word: str) -> int:
    if word.isdecimal():
        return max(1, int(word))
    return _ENGLISH.get(word.lower()) or _CHINESE.get(word) or _GROUPS.get(word) or 1


def each_of(look: Look, description: str, count: int) -> Iterator[Look]:
    """The looks of ``count`` of them, of various heights, with what they wear in various colours if none is named."""
    named = {item for item, colour in worn_in(description) if colour}
    for number in range(count):
        worn = tuple(
            one if number == 0 or one.item in named else replace(one, colour=_next(one.colour, number))
            for one in look.accessories
        )
        clothes = look.clothes if number == 0 or "clothes" in named else CLOTHES[_at(look.clothes, number)]
        yield replace(look, accessories=worn, clothes=clothes, scale=look.scale * _SIZES[number])


def _next(colour: str, steps: int) -> str:
    at = MARK_COLOURS.index(colour) if colour in MARK_COLOURS else 0
    return MARK_COLOURS[(at + steps) % len(MARK_COLOURS)]


def _at(clothes: str, steps: int) -> int:
    at = CLOTHES.index(clothes) if clothes in CLOTHES else 0
    return (at + steps) % len(CLOTHES)
