"""Characters that are several: how many are drawn, and how each differs a little from the next."""

import re
from collections.abc import Iterator
from dataclasses import replace

from services.image.look import CLOTHES, MARK_COLOURS, worn_in
from services.image.scene import Look

MOST = 3
"""Of one character: more are told as a group, and three of them are seen."""
_ENGLISH = {word: number for number, words in {2: "two twin both", 3: "three"}.items() for word in words.split()}
_MANY = frozenset(["four", "five", "six", "seven", "eight", "nine", "ten", "twelve", "several", "many", "some"])
_CHINESE = {"两": 2, "二": 2, "三": 3, "俩": 2}
_COUNTED = re.compile(
    r"^(?:(?:the|an?|one)\s+)?(?P<word>[a-z]+|\d+)\b|^(?P<sign>[两二三四五六七八九十几俩]|一对|一双|一群)",
    re.IGNORECASE,
)
_SIZES = (1.0, 0.93, 0.88)


def count_of(description: str) -> int:
    """How many of a character are drawn, by the words that its description begins with: ``three ginger kittens``."""
    match = _COUNTED.match(description.strip())
    if match is None:
        return 1
    if sign := match["sign"]:
        return 2 if sign in {"一对", "一双"} else _CHINESE.get(sign, MOST)
    word = match["word"].lower()
    if word.isdigit():
        return max(1, min(MOST, int(word)))
    return _ENGLISH.get(word, MOST if word in _MANY else 1)


def each_of(look: Look, description: str) -> Iterator[Look]:
    """The looks of all of them, each a little smaller, with what they wear in another colour if none is named."""
    named = {item for item, colour in worn_in(description) if colour}
    for number in range(count_of(description)):
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
