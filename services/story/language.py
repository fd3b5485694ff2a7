"""Which language a text is in."""

import re

from schemas import Language

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_WORD = re.compile(r"[^\W\d_]+")


def detect(text: str) -> Language:
    """``zh`` when the text's words are mostly Chinese: one character counts as much as one word of another script."""
    han = len(_HAN.findall(text))
    others = len(_WORD.findall(_HAN.sub(" ", text)))
    return "zh" if han > others else "en"


def has_han(text: str) -> bool:
    """Whether there is any Chinese character in the text."""
    return _HAN.search(text) is not None
