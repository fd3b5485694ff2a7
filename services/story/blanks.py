"""Filling the blanks of a template: ``{hero}``, and ``{Hero}`` with a capital letter."""

import re
from collections.abc import Callable, Mapping

_BLANK = re.compile(r"\{(\w+)\}")


def blanks(template: str) -> set[str]:
    """The names of the blanks, in lower case."""
    return {name[:1].lower() + name[1:] for name in _BLANK.findall(template)}


def fill(template: str, values: Mapping[str, str | Callable[[], str]]) -> str:
    """The template with every blank filled. A callable is asked each time, so that a first mention can differ."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        key = name[:1].lower() + name[1:]
        found = values[key]
        text = found if isinstance(found, str) else found()
        return text[:1].upper() + text[1:] if name[:1].isupper() else text

    return _BLANK.sub(value, template)
