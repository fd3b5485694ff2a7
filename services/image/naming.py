"""Kinds of characters, and whom a text names: by its nouns, and not by verbs of the same letters."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from services.image.words import Phrasebook, split

_VERBS = frozenset({"ducks", "seals", "bears", "badgers", "swallows", "rams", "bats", "cows", "bugs", "hogs"})
"""They say what somebody does where a word stands behind them that opens an object or a place."""
_OPENS = frozenset(
    {
        "a",
        "an",
        "the",
        "his",
        "her",
        "its",
        "their",
        "it",
        "them",
        "with",
        "down",
        "under",
        "behind",
        "low",
        "hard",
        "up",
    }
)
_BEFORE_NOUNS = frozenset({"two", "three", "four", "five", "six", "seven", "some", "many", "several", "these", "the"})


@cache
def kinds() -> Mapping[str, Mapping[str, Any]]:
    """Every kind that has a rig, by its name."""
    return tomllib.loads((Path(__file__).parent / "data" / "kinds.toml").read_text(encoding="utf-8"))


@cache
def kind_words() -> Phrasebook[str]:
    """From words of either language to a kind."""
    return Phrasebook((word, kind) for kind, row in kinds().items() for word in (*row["en"], *row["zh"]))


@cache
def lone_words() -> Mapping[str, str]:
    """Words that name a kind only where they are all that a character's kind says: in a prompt, a moon is no person."""
    return {word: kind for kind, row in kinds().items() for word in row.get("alone", ())}


def kind_of(text: str) -> str | None:
    """The kind that the text speaks of: the last one named, since what comes before it describes it."""
    found = [kind for kind, _ in kind_words().find(text)]
    return found[-1] if found else None


def named_kinds(text: str) -> Iterator[tuple[str, int, str]]:
    """Each kind that a prompt names as somebody: the kind, the number of its first word, the phrase as it is listed."""
    words = split(text)
    for kind, position, phrase in kind_words().spans(text):
        if not _is_verb(words, position) and not kinds()[kind].get("only_told", False):
            yield kind, position, phrase


def _is_verb(words: list[str], position: int) -> bool:
    if words[position] not in _VERBS or not _OPENS & set(words[position + 1 : position + 2]):
        return False
    before = ["", "", *words[:position]][-2:]
    is_noun = before[1] in _BEFORE_NOUNS or (before[0] in _BEFORE_NOUNS and before[1] not in kind_words())
    return not is_noun


def is_somebody(word: str) -> bool:
    """Whether a word names somebody, and no thing."""
    return word in kind_words() and not any(kinds()[kind].get("only_told") for kind, _ in kind_words().find(word))
