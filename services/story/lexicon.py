"""The words that the writer knows: data files of the story service, read once."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import Field

from schemas import Language, Record

DATA = files("services.story") / "data"


class Kind(Record):
    """What somebody can be: a fox, a girl, a teapot."""

    id: str
    zh: str
    measure: str = Field(description="Chinese measure word")
    look: str = Field(description="Lasting colours, English")
    zh_look: str
    group: str = Field(description="animal, person or thing")
    plural: str = ""
    gender: str | None = Field(None, description="he or she, where the word says so")
    realm: str | None = Field(None, description="Where it lives, if not on land")
    little: bool = Field(True, description="Whether 'little' suits it")
    limbs: str = Field("", description="What it takes hold and walks with; empty: paws for animals, else hands")
    work: Mapping[Language, str] = Field({}, description="What such a one does day after day")
    also: tuple[str, ...] = Field((), description="Further English words for it")
    zh_also: tuple[str, ...] = ()

    def is_told_by(self, pronoun: str | None) -> bool:
        """Whether only the pronoun says that it is a woman or a girl."""
        return pronoun == "she" and self.group == "person" and self.gender is None and self.id != "child"


class Theme(Record):
    """A word such as friendship, and the story shapes that tell of it."""

    id: str
    zh: str
    shapes: tuple[str, ...]
    also: tuple[str, ...] = ()
    zh_also: tuple[str, ...] = ()


@cache
def table(path: str) -> Mapping[str, Any]:
    """A data file under ``services/story/data``."""
    return tomllib.loads(DATA.joinpath(path).read_text("utf-8"))


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind by its English word."""
    return {key: Kind(id=key, **entry) for key, entry in table("lexicon.toml")["kinds"].items()}


@cache
def themes() -> Mapping[str, Theme]:
    """Every theme by its English word."""
    return {key: Theme(id=key, **entry) for key, entry in table("lexicon.toml")["themes"].items()}


def limbs_of(kind: str, language: Language) -> Mapping[str, str]:
    """Hand, hands, feet, knees, legs and toes of a kind; of a kind that is not known, those of people."""
    known = kinds().get(kind)
    own = known.limbs or ("paws" if known.group == "animal" else "hands") if known else "hands"
    found: Mapping[str, str] = table("lexicon.toml")["limbs"][own][language]
    return found


@cache
def english_kinds() -> Mapping[str, Kind]:
    """Kinds by every English word that names them, plurals included."""
    return {word: kind for kind in kinds().values() for word in (kind.id, *kind.also)}


@cache
def chinese_kinds() -> Mapping[str, Kind]:
    """Kinds by every Chinese word that names them, the longest first."""
    named = {word: kind for kind in kinds().values() for word in (kind.zh, *kind.zh_also)}
    return {word: named[word] for word in sorted(named, key=len, reverse=True)}


@cache
def chinese_of_thing() -> Mapping[str, str]:
    """Chinese words by English ones: things and kinds."""
    return {kind.id: kind.zh for kind in kinds().values()} | dict(table("lexicon.toml")["things"])


@cache
def english_of_thing() -> Mapping[str, str]:
    """English words by Chinese ones, the longest first."""
    pairs = {zh: en for en, zh in chinese_of_thing().items()}
    return {zh: pairs[zh] for zh in sorted(pairs, key=len, reverse=True)}


@cache
def verbs() -> Mapping[str, str]:
    """Chinese verbs by English ones."""
    return dict(table("lexicon.toml")["verbs"])


@cache
def feelings(language: Language) -> Mapping[str, Theme]:
    """The theme of every feeling, by its words."""
    table_of = table("lexicon.toml")["feelings"].items()
    return {
        word: themes()[entry["theme"]]
        for name, entry in table_of
        for word in (entry["zh"] if language == "zh" else (name, *entry.get("also", ())))
    }
