"""What words say about a scene, and which words name no thing: the data that the planner goes by."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from services.image.words import Phrasebook

_DATA = Path(__file__).parent / "data"


@cache
def cues() -> Phrasebook[tuple[tuple[str, str], ...]]:
    """What a word says, as (category, value) pairs: ``snow`` speaks of the place and of the weather."""
    table: dict[str, list[tuple[str, str]]] = {}
    for category, rows in tomllib.loads((_DATA / "cues.toml").read_text(encoding="utf-8")).items():
        for value, words in rows.items():
            for word in words:
                table.setdefault(word, []).append((category, value))
    return Phrasebook((word, tuple(says)) for word, says in table.items())


@cache
def prop_table() -> dict[str, Any]:
    """Sizes, zones, aliases and stop words of things."""
    return tomllib.loads((_DATA / "props.toml").read_text(encoding="utf-8"))


@cache
def stop_words() -> frozenset[str]:
    return frozenset(prop_table()["words"]["stop"])


class Said:
    """What prompt and story say, by category. The story speaks only where the prompt is silent."""

    def __init__(self, prompt: str, story: str) -> None:
        self._prompt = self._by_category(prompt)
        self._story = self._by_category(story)

    def of(self, category: str) -> list[str]:
        """Every value said of the category, in the prompt's order."""
        return self._prompt.get(category) or []

    def first(self, category: str, *, or_in_story: bool = False) -> str | None:
        """The first value said."""
        found = self.of(category)
        return found[0] if found else self.in_story(category) if or_in_story else None

    def in_story(self, category: str) -> str | None:
        """The first value that the story says."""
        found = self._story.get(category)
        return found[0] if found else None

    @staticmethod
    def last(text: str, category: str) -> str | None:
        """The last value that any text says."""
        found = [value for says, _ in cues().find(text) for one, value in says if one == category]
        return found[-1] if found else None

    @staticmethod
    def _by_category(text: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for says, _ in cues().find(text):
            for category, value in says:
                found.setdefault(category, []).append(value)
        return found
