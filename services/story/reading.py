"""Reading a text that is told: who is in it, and what a page says of its picture."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol

from schemas import Language, Mood
from services.story.lexicon import table
from services.story.premise import Place, Role

MOST_PEOPLE = 8


@dataclass(frozen=True)
class Person:
    """Somebody whom a text speaks of."""

    role: Role
    words: tuple[str, ...]
    """What the text calls them: Rusty, fox."""
    look: str = ""
    """How a picture shows them, where their kind has a look of its own; empty: as any of that kind."""


@dataclass(frozen=True)
class Where:
    """Where somebody is by the words of a page: at a place, or at home, or as before."""

    place: Place | None = None
    is_home: bool = False


@dataclass(frozen=True)
class Said:
    """What the words of a page say of its picture. None where they say nothing of it."""

    where: Where = Where()
    time: str | None = None
    weather: str | None = None
    mood: Mood | None = None


class Reader(Protocol):
    """A language in which a text can be read."""

    language: Language

    def people(self, text: str) -> list[Person]:
        """Who is in the text, the one it speaks of most first."""
        ...

    def said(self, page: str) -> Said:
        """What a page says of its picture. What somebody says in it does not count, but for the mood."""
        ...

    def told(self, page: str) -> str:
        """A page without what somebody says in it."""
        ...

    def action(self, page: str, people: list[Person]) -> str:
        """What is done on a page, as a picture shows it: of what is told on it, in its words, the fullest sentence.

        Whom it only points at (``he``) is named: the first of ``people``, unless another fits. Empty where all is
        speech.
        """
        ...

    def is_named(self, person: Person, page: str) -> bool:
        """Whether a page speaks of somebody by one of their words."""
        ...


@dataclass
class Mentions:
    """Counts who is spoken of, and how often."""

    people: dict[str, Person] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)

    def add(self, key: str, person: Person, times: int) -> None:
        """Somebody, by their first word. Who is there already is only counted."""
        if times:
            self.people.setdefault(key, person)
            self.times[key] += times

    def ranked(self) -> list[Person]:
        """Whoever is spoken of most first; of equals whoever came first."""
        order = sorted(self.people, key=lambda key: -self.times[key])
        return [self.people[key] for key in order[:MOST_PEOPLE]]


def cues(language: Language, kind: str) -> Mapping[str, list[str]]:
    """The cue words of a language: ``times``, ``weathers``, ``moods``, ``people`` or ``speech``."""
    found: Mapping[str, list[str]] = table(f"{language}/cues.toml")[kind]
    return found


@cache
def patterns(language: Language, kind: str) -> Mapping[str, re.Pattern[str]]:
    """For each value of a kind of cue the pattern of its words, which a negation right before them takes away."""
    if language == "zh":
        return {
            value: re.compile(rf"(?<![不没别])(?:{'|'.join(words)})") for value, words in cues(language, kind).items()
        }
    absent = r"(?<!\bnot )(?<!n't )(?<!\bno )(?<!\bnever )(?<!\blonger )(?<!\bwithout )"
    return {
        value: re.compile(rf"{absent}\b(?:{'|'.join(words)})\b", re.I) for value, words in cues(language, kind).items()
    }


def last_said(text: str, language: Language, kind: str) -> str | None:
    """The value of the last cue in a text: where it changes within a page, that is how the page ends."""
    ends = {
        value: match.end() for value, pattern in patterns(language, kind).items() for match in pattern.finditer(text)
    }
    return max(ends, key=lambda value: ends[value]) if ends else None


def mood_of(text: str, language: Language) -> Mood | None:
    """The mood of which most words are in a text; of equals the one whose word comes last."""
    hits = {
        value: [match.end() for match in pattern.finditer(text)]
        for value, pattern in patterns(language, "moods").items()
    }
    found = {value: ends for value, ends in hits.items() if ends}
    if not found:
        return None
    return Mood(max(found, key=lambda value: (len(found[value]), found[value][-1])))


def longest(sentences: Iterable[str], best: int) -> str:
    """The longest sentence of at most ``best`` characters, what a picture can hold; else the shortest, cut."""
    listed = [sentence for sentence in sentences if sentence]
    fitting = [sentence for sentence in listed if len(sentence) <= best]
    return max(fitting, key=len, default="") or min(listed, key=len, default="")[:best]
