"""How a film is to be cut, as it is written on the command line: ``slide karaoke no-title``."""

import re
from typing import Any

from schemas import CaptionStyle, Cut, TransitionKind
from talestream.embedded.errors import StackError

_CHOICES: dict[str, tuple[str, Any]] = {
    **{kind.value: ("transition", kind) for kind in TransitionKind},
    "by-mood": ("transition", None),
    **{style.value: ("captions", style) for style in CaptionStyle if style is not CaptionStyle.NONE},
    "no-captions": ("captions", CaptionStyle.NONE),
    "title": ("title_card", True),
    "no-title": ("title_card", False),
    "end": ("end_card", True),
    "no-end": ("end_card", False),
}
"""What a word says of a cut: which field, and its value."""


def cut_of(text: str) -> Cut | None:
    """The cut, written in words behind each other; None where there are none. StackError says what is wrong."""
    said: dict[str, tuple[str, Any]] = {}
    for word in re.split(r"[\s,]+", text.strip().lower()):
        if not word:
            continue
        if word not in _CHOICES:
            raise StackError(f"{word} says nothing of a cut", f"give some of {cut_help()}")
        field, value = _CHOICES[word]
        if field in said and said[field][0] != word:
            raise StackError(f"{said[field][0]} and {word} cannot both be", "give one of them")
        said[field] = word, value
    return Cut(**{field: value for field, (_, value) in said.items()}) if said else None


def cut_help() -> str:
    """What may be written."""
    by_field: dict[str, list[str]] = {}
    for word, (field, _) in _CHOICES.items():
        by_field.setdefault(field, []).append(word)
    return "; ".join(", ".join(words) for words in by_field.values())
