"""Who is in an English story: the hero, a friend, whoever is met, with a name, words and a lasting look."""

import re
from dataclasses import replace
from random import Random

from services.story import english_nouns
from services.story.cast import Figure, Names
from services.story.english_words import capital, plural, with_article
from services.story.lexicon import Kind, kinds, table
from services.story.premise import Role

FORMS = ("he", "she", "they")
COLOURS = re.compile(
    r"\b(?:red|blue|green|yellow|orange|purple|pink|white|black|brown|grey|gray|gold(?:en)?|silver|violet"
    r"|ginger|striped|spotted|"
    r"rainbow|colou?rful|copper)\b"
)
SIZES = re.compile(r"\b(?:tiny|small|little|big|huge|giant|tall|short|young|old|baby)\b")


def hero(role: Role | None, realm: str, names: Names, rng: Random) -> Figure:
    """The hero; without a role one of the animals that live there."""
    if role is None:
        kind = kinds()[rng.choice(table(english_nouns.WORLD)["realms"][realm]["helpers"])]
        role = Role(noun=kind.id, kind=kind)
    pronoun = role.pronoun or rng.choice(("he", "she"))
    if role.count or pronoun == "they":
        return _group(role, names)
    if role.kind is not None and role.noun in english_nouns.OFFSPRING:
        role = replace(role, noun=role.kind.id)
    noun = role.noun
    name = role.name or _name(role.kind or _relative(noun), pronoun, names)
    is_little = role.kind is None or role.kind.little
    if role.adjectives:
        described = f"{role.adjectives} {noun}"
    elif is_little:
        described = f"{names.take('trait')} little {noun}"
    else:
        described = f"{names.take('trait')} {noun}"
    return Figure(
        name=name,
        noun=noun,
        introduction=name,
        look=_look(role, str(pronoun), names),
        pronoun=pronoun,
        kind=role.kind.id if role.kind else "",
        opening=f"{with_article(described)} called {name}",
    )


def figure(role: Role, names: Names, rng: Random) -> Figure:
    """A second character whom the prompt names."""
    pronoun = role.pronoun if role.pronoun in FORMS and role.pronoun != "they" else rng.choice(("he", "she"))
    name = role.name or (capital(role.noun) if role.is_family else _name(role.kind, str(pronoun), names))
    return Figure(
        name=name,
        noun=role.noun,
        introduction=_introduction(role, name),
        look=_look(role, str(pronoun), names),
        pronoun=str(pronoun),
        kind=role.kind.id if role.kind else "",
    )


def _introduction(role: Role, name: str) -> str:
    """``Grandma``, ``{his} little brother Sam``, ``a friendly owl called Maple``."""
    if role.is_family:
        return name
    if role.is_own:
        return " ".join(word for word in ("{his}", role.adjectives, role.noun, name) if word)
    described = f"{role.adjectives or 'friendly'} {role.noun}"
    return f"{with_article(described)} called {name}"


def met(kind: Kind, names: Names, rng: Random) -> Figure:
    """Somebody met on the way."""
    pronoun = kind.gender or rng.choice(("he", "she"))
    name = _name(kind, pronoun, names)
    described = f"small {kind.look} {kind.id}" if kind.little else f"{kind.look} {kind.id}"
    return Figure(
        name=name,
        noun=kind.id,
        introduction=f"a little {kind.id} called {name}" if kind.little else f"{with_article(kind.id)} called {name}",
        look=f"{with_article(described)} with {names.take('worn')}",
        pronoun=pronoun,
        kind=kind.id,
    )


def elder(kind: Kind, names: Names, rng: Random) -> Figure:
    """Somebody old and wise."""
    pronoun = kind.gender or rng.choice(("he", "she"))
    name = f"old {_name(kind, pronoun, names)}"
    return Figure(
        name=capital(name),
        noun=kind.id,
        introduction=f"a wise old {kind.id} called {capital(name)}",
        look=f"an old {kind.look} {kind.id} with round glasses",
        pronoun=pronoun,
        kind=kind.id,
    )


def _group(role: Role, names: Names) -> Figure:
    many = (role.kind.plural if role.kind else "") or (plural(role.noun) if role.kind else role.noun)
    if role.kind is not None and role.noun.endswith("s") and role.kind.plural != role.noun:
        many = role.noun
    count = {"twin": "two", "many": "", "some": "", "several": ""}.get(role.count, role.count)
    adjectives = role.adjectives or "little"
    described = " ".join(part for part in (count, adjectives, many) if part)
    colours = role.kind.look if role.kind and not COLOURS.search(role.adjectives) else ""
    look = " ".join(part for part in (count or "three", "small", colours, many) if part)
    mark = names.take("worn").split(" ", 1)[1]
    plain = " ".join(COLOURS.sub("", mark).split())
    marks = (plain if plain.endswith("s") else plural(plain)) + (" of different colours" if plain != mark else "")
    return Figure(
        name=f"the {adjectives} {many}" if len(adjectives.split()) == 1 else f"the {many}",
        noun=many,
        introduction=f"the {described}",
        look=f"{look} with {marks}",
        pronoun="they",
        kind=role.kind.id if role.kind else "",
        opening=described,
    )


def _name(kind: Kind | None, pronoun: str, names: Names) -> str:
    pool = f"person_{pronoun}" if kind is not None and kind.group == "person" else pronoun
    return names.take(pool)


def _look(role: Role, pronoun: str, names: Names) -> str:
    looks = "" if COLOURS.search(role.adjectives) or role.kind is None else role.kind.look
    is_grown = role.noun in english_nouns.FAMILY or (role.kind is not None and not role.kind.little)
    size = "" if SIZES.search(role.adjectives) or is_grown else "small"
    her = ("girl" if role.kind.little else "woman") if role.kind and role.kind.is_told_by(pronoun) else ""
    words = " ".join(part for part in (size, role.adjectives, looks, her, role.noun) if part)
    return f"{with_article(words)} with {names.take('worn')}"


def _relative(noun: str) -> Kind | None:
    """What somebody of a family is, so that a name of people is found."""
    return kinds()["child"] if noun in english_nouns.FAMILY else None
