"""English noun phrases: somebody, a place, and what kind of being a word names."""

import re
from functools import cache

from services.story.english_words import article, capital, plural, singular
from services.story.lexicon import Kind, english_kinds, kinds, table
from services.story.premise import Place, Role

WORLD = "en/world.toml"
_COUNTS = {"two", "three", "four", "five", "six", "seven", "several", "many", "some", "twin"}
FAMILY = {
    **dict.fromkeys(("grandmother", "grandma", "granny", "mother", "mum", "mom", "mummy", "aunt", "sister"), "she"),
    **dict.fromkeys(("grandfather", "grandpa", "father", "dad", "daddy", "uncle", "brother"), "he"),
}
"""Who is called by what they are, where the prompt gives no name."""
OFFSPRING = frozenset({"son", "daughter", "grandson", "granddaughter", "nephew", "niece"})
"""Whom only the family calls so: a story calls them a boy or a girl."""
_SIBLINGS = frozenset({"sister", "brother"})
_OWNED = re.compile(r"(?:his|her|its|their|my|our)\s", re.I)
_TRAIT = re.compile(r"^(.+?\w),?\s+(with|without)\s+((?:a|an|no|the|his|her|its|their|\w+)\b.+|\w+)$", re.I)
DETERMINER = re.compile(r"^(?:a|an|the|his|her|its|their|my|our|your|some|one|this|that)\s+", re.I)


def role(text: str, *, pronoun: str | None = None) -> Role:
    """Somebody as a prompt names them: ``a tiny robot called Bolt``, ``Mia the robot``, ``Mia``, ``three pigs``."""
    given = re.sub(r"^(?:(?:the|my|our)\s+)?(?:identical\s+)?twins\b", "two children", text.strip(" ,.;:"), flags=re.I)
    trait = _TRAIT.match(given)
    words = clip(trait[1] if trait else given, 8)
    called = re.match(r"^(?P<what>.+?),?\s+(?:called|named)\s+(?P<name>[\w'’-]+(?:\s[A-Z][\w'’-]+)?)", words)
    titled = re.match(r"^(?P<name>[A-Z][\w'’-]+),?\s+(?:the|an?)\s+(?P<what>.+)$", words)
    found = called or titled
    name, what = (found["name"], found["what"]) if found else (None, words)
    determined = DETERMINER.match(what) is not None
    bare = DETERMINER.sub("", what).strip() or what
    count, bare = _count(bare)
    kind, noun, adjectives = kind_of(bare)
    if name is None and kind is None and not determined and not count and re.match(r"^[A-Z]", bare):
        return _named(bare, pronoun)
    if name is None and kind is not None and not count:
        last = re.match(r"^(?P<adjectives>.*?)\b(?P<noun>[\w-]+)\s+(?P<name>[A-Z][\w'’-]+)$", bare)
        if last and (last["noun"] if determined else last["noun"].lower()) in english_kinds():
            kind, noun, adjectives = kind_of(f"{last['adjectives']}{last['noun']}".strip())
            name = last["name"]
    if name is None and kind is None and determined and not count:
        unknown = re.match(r"^(?P<adjectives>(?:[a-z-]+\s+)*)(?P<noun>[a-z-]+)\s+(?P<name>[A-Z][\w'’-]+)$", bare)
        if unknown and unknown["noun"] not in place_nouns():
            noun, adjectives, name = unknown["noun"], unknown["adjectives"].strip(), unknown["name"]
    parent = next((FAMILY[word] for word in adjectives.split() if word in FAMILY), None)
    who = pronoun or parent or (kind.gender if kind else None) or (_gender(name) if name else None)
    if count or (not determined and name is None and _is_plural(noun, kind)):
        who = "they"
    return Role(
        noun=noun,
        kind=kind,
        name=capital(name) if name else None,
        adjectives=adjectives,
        pronoun=who or FAMILY.get(noun),
        count=count,
        is_family=name is None and noun in FAMILY and noun not in _SIBLINGS and not count,
        is_own=_OWNED.match(what) is not None or noun in _SIBLINGS,
        trait=f"had {'no ' if trait[2].lower() == 'without' else ''}{clip(trait[3], 6)}" if trait else "",
    )


def place(text: str, preposition: str | None = None) -> Place:
    """A place as a user writes it: ``a snowy village``, ``under the sea``, ``Paris``, ``forest``."""
    words = clip(text.strip(" ,.;:"), 10)
    led = re.match(
        r"^(in|on|at|under|above|over|near|beside|by|inside|among|beneath|behind|beyond|aboard)\s+(.+)$", words, re.I
    )
    if led:
        preposition, words = led[1].lower(), led[2]
    noun, (realm, usual) = place_noun(words)
    if re.search(r"\b(?:snowy|snow|icy|frozen|winter|arctic)\b", words, re.I) and realm == "land":
        realm = "snow"
    if re.search(
        r"\b(?:under|underwater|bottom of) ?(?:the )?(?:sea|ocean|water)?\b", f"{preposition} {words}", re.I
    ) and (realm == "sea" or "underwater" in words.lower()):
        realm, preposition = "sea", preposition or ("at" if "bottom" in words.lower() else "under")
    if not noun and re.match(r"[A-Z]", words) and not DETERMINER.match(words):
        realm = "town"
    name = words
    is_owned = re.match(r"[a-z]+['’]s?\s", words) is not None and words.partition(" ")[0].removesuffix("'s") in FAMILY
    if (
        not DETERMINER.match(words)
        and not is_owned
        and words[:1].islower()
        and noun not in {"space", "mars"}
        and not noun.endswith("s")
    ):
        unique = noun in {
            "sea",
            "ocean",
            "moon",
            "desert",
            "jungle",
            "forest",
            "arctic",
            "north pole",
            "south pole",
            "seaside",
        }
        name = f"{'the' if unique and ' ' not in words else article(words)} {words}"
    where = preposition or ("at" if re.match(r"(?:the )?(?:bottom|edge|top|foot|end)\b", words, re.I) else usual)
    return Place(name=name, at=f"{where} {name}", realm=realm)


def place_noun(text: str) -> tuple[str, tuple[str, str]]:
    nouns = table(WORLD)["place_nouns"]
    words = re.findall(r"[a-z]+", text.lower().split(" of ")[0]) or [""]
    for part in (" ".join(words[-2:]), words[-1], words[-1].removesuffix("s")):
        if part in nouns:
            realm, preposition = nouns[part]
            return part, (realm, preposition)
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in nouns and " of " in text:
            realm, preposition = nouns[word]
            return word, (realm, preposition)
    return "", ("land", "in")


def kind_of(phrase: str) -> tuple[Kind | None, str, str]:
    """Kind, noun and adjectives of a noun phrase without its article."""
    words = re.findall(r"[\w'’-]+", phrase)
    known = english_kinds()
    for size in (2, 1):
        for end in range(len(words), size - 1, -1):
            noun = " ".join(words[end - size : end]).lower()
            single = plurals().get(noun, noun)
            if single in known and (end == len(words) or (size == 1 and not words[end].islower())):
                return known[single], single, " ".join(words[: end - size]).lower()
    size = 2 if len(words) > 1 and words[-2].lower() in known else 1
    noun = " ".join(words[-size:]).lower() or "friend"
    return None, noun, " ".join(words[:-size]).lower()


@cache
def place_nouns() -> frozenset[str]:
    """The nouns that name a place, in one word."""
    return frozenset(noun for noun in table(WORLD)["place_nouns"] if " " not in noun)


def plural_of(word: str, kind: Kind) -> str:
    """The plural of a word for a kind."""
    return kind.plural if kind.plural and word == kind.id else plural(word)


@cache
def plurals() -> dict[str, str]:
    """The word for one of a kind, by the word for several."""
    several = {word: plural_of(word, kind) for word, kind in english_kinds().items()}
    return {many: word for word, many in several.items() if many != word}


def _is_plural(noun: str, kind: Kind | None) -> bool:
    return kind is None and noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and singular(noun) != noun


def _count(phrase: str) -> tuple[str, str]:
    first, _, rest = phrase.partition(" ")
    return (first.lower(), rest) if first.lower() in _COUNTS and rest else ("", phrase)


def _named(name: str, pronoun: str | None) -> Role:
    clean = " ".join(re.findall(r"[\w'’.-]+", name)[:2])
    who = pronoun if pronoun in {"he", "she"} else _gender(clean)
    noun = "girl" if who == "she" else "boy"
    return Role(noun=noun, kind=kinds()[noun], name=clean, pronoun=who)


def _gender(name: str) -> str:
    given = table(WORLD)["given"]
    first = name.partition(" ")[0].lower()
    if first in given["she"]:
        return "she"
    if first in given["he"]:
        return "he"
    return "she" if re.search(r"(?:a|ie|ine|elle|ette|y)$", first) else "he"


def clip(text: str, words: int) -> str:
    """At most so many words, not ending in a word that leads on."""
    kept = text.split()[:words]
    while len(kept) > 1 and kept[-1].lower() in {
        "a",
        "an",
        "the",
        "and",
        "of",
        "to",
        "in",
        "with",
        "for",
        "or",
        "is",
        "on",
        "at",
        "who",
    }:
        kept.pop()
    return " ".join(word[:40] for word in kept)
