"""Words of a prompt: English with light lemmas, Chinese by longest match against what the caller knows."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Generic, TypeVar

_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_TOKEN = re.compile(r"[a-z]+(?:['-][a-z]+)*|[\u3400-\u9fff]")
_IRREGULAR = {
    "children": "child", "mice": "mouse", "geese": "goose", "wolves": "wolf", "leaves": "leaf", "men": "man",
    "women": "woman", "feet": "foot", "teeth": "tooth", "people": "person", "knives": "knife", "shelves": "shelf",
    "ran": "run", "flew": "fly", "slept": "sleep", "sat": "sit", "swam": "swim", "stood": "stand", "held": "hold",
    "lay": "lie", "lying": "lie", "leapt": "leap", "shone": "shine", "hid": "hide", "dove": "dove", "thought": "think",
    "went": "go", "gave": "give", "caught": "catch", "fell": "fall", "wore": "wear", "blew": "blow", "wept": "weep",
    "flies": "fly", "cries": "cry", "dries": "dry", "skies": "sky", "spies": "spy", "tries": "try",
    "rose": "rise", "came": "come", "sank": "sink", "woke": "wake", "was": "be", "were": "be", "is": "be", "are": "be",
    "bunnies": "bunny", "babies": "baby", "elves": "elf", "dwarves": "dwarf", "calves": "calf", "loaves": "loaf",
}  # fmt: skip
_NO_ADJECTIVES = frozenset({"bakery", "nursery", "pottery", "fishery", "gallery", "pantry", "country", "factory"})
"""Nouns in -y: a bakery is no baker."""
LONGEST_CHINESE = 6


def lemmas(word: str) -> Iterator[str]:
    """The word, then what it may be a form of, most likely first; the caller takes the first that it knows."""
    yield word
    if word in _IRREGULAR:
        yield _IRREGULAR[word]
    for suffix, replacements in (
        ("ies", ("y",)),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ing", ("", "e")),
        ("ed", ("", "e")),
        ("y", ("",)),
    ):
        stem = word.removesuffix(suffix)
        if suffix == "y" and word in _NO_ADJECTIVES:
            continue
        if stem == word or len(stem) < 3 - (suffix in ("s", "es")) or (suffix == "y" and len(stem) < 4):
            continue
        for replacement in replacements:
            yield stem + replacement
        if suffix in ("ing", "ed", "y") and len(stem) > 3 and stem[-1] == stem[-2]:
            yield stem[:-1]


def is_chinese(text: str) -> bool:
    """Whether the text has any Chinese character."""
    return _CHINESE.search(text) is not None


V = TypeVar("V")


class Phrasebook(Generic[V]):
    """Values by words and phrases of both languages; in a text the longest phrase at each place is found, in order."""

    def __init__(self, entries: Iterable[tuple[str, V]]) -> None:
        self._values = dict(entries)
        self._longest = max((phrase.count(" ") + 1 for phrase in self._values), default=1)

    def __contains__(self, phrase: str) -> bool:
        return phrase in self._values

    def find(self, text: str) -> list[tuple[V, int]]:
        """Each value found with the number of its first word."""
        return [(value, position) for value, position, _ in self.spans(text)]

    def spans(self, text: str) -> list[tuple[V, int, str]]:
        """Each value found, the number of its first word, and the phrase as the book has it."""
        found: list[tuple[V, int, str]] = []
        words = split(text)
        position = 0
        while position < len(words):
            length, phrase = self._match(words, position)
            if phrase is not None:
                found.append((self._values[phrase], position, phrase))
            position += length
        return found

    def _match(self, words: list[str], start: int) -> tuple[int, str | None]:
        if is_chinese(words[start]):
            for length in range(min(LONGEST_CHINESE, len(words) - start), 0, -1):
                phrase = "".join(words[start : start + length])
                if phrase in self._values:
                    return length, phrase
            return 1, None
        for length in range(min(self._longest, len(words) - start), 0, -1):
            for forms in product(*(tuple(islice(lemmas(word), 4)) for word in words[start : start + length])):
                phrase = " ".join(forms)
                if phrase in self._values:
                    return length, phrase
        return 1, None


def split(text: str) -> list[str]:
    """English words and single Chinese characters, in order. Punctuation is dropped."""
    return _TOKEN.findall(text.lower().replace("’", "'").replace("'s ", " "))
