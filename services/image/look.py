"""From a character's words to its look: the same words and seed give the same look on every page."""

import random
import re
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from schemas import Character, Language
from services.image.lexicon import Lexicon
from services.image.naming import kind_of, kind_words, kinds, lone_words
from services.image.scene import Accessory, Look
from services.image.words import Phrasebook, split

_DATA = Path(__file__).parent / "data"
MARK_COLOURS = ("#e2474f", "#4a86d8", "#f4c542", "#58b368", "#8e68c9", "#f08a3c", "#3fb3b0", "#f086b0")
CLOTHES = ("#e2574f", "#4f86d9", "#f2b84b", "#5fb37a", "#9a6fd0", "#f08fb4", "#3fa9b0")
_NEAR = 6
"""Words, or Chinese characters, within which a colour is that of what follows."""
_MARKS = ("scarf", "scarf", "bowtie", "cap", "winter hat", "bow", "backpack", "cape")
_CREATURE_COATS = ("#f2a65a", "#7fb5e6", "#a5d06f", "#d99be0", "#f2c75c", "#f09a9a")
_NECK_MARKS = ("scarf", "bowtie", "backpack")
_CROWDED = frozenset({"unicorn", "horned", "antlered", "ossicones", "spiky", "wide", "woolly"})
"""Ears between which no hat sits well."""
_HEADGEAR = frozenset(
    {"hat", "straw hat", "cap", "wizard hat", "crown", "party hat", "winter hat", "hood", "helmet", "bubble"}
) | {"fire helmet", "chef hat"}
_ANY_HEADGEAR = frozenset({"hat", "helmet"})
"""Words for whatever somebody of a trade has on the head."""
_WOMAN = re.compile(r"\b(?:woman|girl|lady)\b|女", re.IGNORECASE)
_SHE = {"man": "woman", "boy": "girl", "old-man": "old-woman"}
_LEAST_HERO, _LEAST_BESIDE_LARGE = 0.86, 0.6
"""Height of a hero who is drawn whole, against a child: a smaller one is lost behind captions and beside friends;
beside somebody large it is to be seen how small it is.
"""
_LARGE = 1.2
"""Height, against a child's, of animals that are larger than people."""
_COMPLEXIONS = frozenset({"girl", "boy", "child", "woman", "man", "old-woman", "old-man"})
_SKIN = {"light": "#efc9bb", "medium-light": "#e6b197", "medium": "#a87a6f", "medium-dark": "#83584f"}


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))


@cache
def _wear_words() -> Phrasebook[tuple[str, str]]:
    table = _table("wear.toml")
    return Phrasebook(
        (word, (sort, value))
        for sort, rows in (("item", table["items"]), ("colour", table["colours"]))
        for value, words in rows.items()
        for word in words
    )


@cache
def _hair_words() -> Phrasebook[str]:
    return Phrasebook((word, tone) for tone, words in _table("wear.toml")["complexions"].items() for word in words)


def look_of(
    character: Character,
    language: Language,
    seed: int,
    lexicon: Lexicon,
    *,
    is_hero: bool,
    is_beside_large: bool = False,
) -> tuple[Look, str | None]:
    """The character's look, and the word for its kind when nothing could be found to draw it by. ``is_beside_large``:
    its story has a large animal too.
    """
    rng = random.Random(zlib.crc32(f"{character.kind}|{character.name}|{character.description}".encode()) ^ seed)
    kind = kind_of(character.kind) or lone_words().get(character.kind.strip().lower()) or kind_of(character.name)
    missing = None
    if kind is not None:
        base = _from_kind(kind, rng)
    else:
        found = _from_picture(character.kind, language, lexicon) or _from_described(character.description, rng)
        missing = None if found else character.kind.strip() or character.name.strip()
        base = found or _creature(rng)
    base = _coloured(base, _coat_in(character.description, None), rng)
    if _WOMAN.search(character.description) and base.icon in _SHE:
        base = replace(base, icon=_SHE[base.icon])
    if is_hero and base.body in ("whole", "limbed"):
        base = replace(base, scale=max(base.scale, _LEAST_BESIDE_LARGE if is_beside_large else _LEAST_HERO))
    base = _complexion(base, character.description, language, rng)
    return _dressed(base, character, rng, is_hero=is_hero), missing


def is_large(character: Character) -> bool:
    """Whether somebody is an animal that is larger than people."""
    row = kinds().get(kind_of(character.kind) or "", {})
    return float(row.get("scale", 1.0)) >= _LARGE and row.get("body", "plush") != "human"


def look_of_kind(kind: str, language: Language, seed: int, told: str = "") -> Look:
    """The look of somebody whom a prompt, ``told``, names without describing more than a colour."""
    rng = random.Random(zlib.crc32(kind.encode()) ^ seed)
    return _complexion(_coloured(_from_kind(kind, rng), _coat_in(told, kind), rng), "", language, rng)


def _coloured(look: Look, colour: str | None, rng: random.Random) -> Look:
    """A creature that is drawn whole in the colour in which it is told."""
    if colour is None or look.body != "whole":
        return look
    other = kinds().get(look.kind, {}).get("coloured", {}).get(colour)
    return _from_kind(other, rng) if other else replace(look, tint=colour)


def _complexion(look: Look, description: str, language: Language, rng: random.Random) -> Look:
    """Skin and hair of people: as described, else by language and chance."""
    if look.icon not in _COMPLEXIONS:
        return look
    described = [tone for tone, _ in _hair_words().find(description)]
    tone = described[-1] if described else "light" if language == "zh" else rng.choice(tuple(_SKIN))
    return replace(look, icon=f"{look.icon}-{tone}", complexion=tone, coat=_SKIN[tone])


def _from_kind(kind: str, rng: random.Random) -> Look:
    row = kinds()[kind]
    body = row.get("body", "plush")
    clothes = row.get("clothes", row.get("paws", "#8f5c3c"))
    if clothes == "seed":
        clothes = rng.choice(CLOTHES)
    accessories = tuple(Accessory(*worn.split(":")) for worn in row.get("wears", ()))
    return Look(
        kind=kind,
        body=body,
        icon=row.get("icon", ""),
        coat=row.get("coat", "#ffcb45" if body == "human" else "#c98a4b"),
        belly=row.get("belly", "#fff1dc"),
        limbs=row.get("limbs", ""),
        tail=row.get("tail", ""),
        ears=row.get("ears", ""),
        tint=row.get("tint", ""),
        clothes=clothes,
        trousers=rng.choice(("#3d4f7c", "#6b4f3f", "#4b6b57", "#5a4a78")),
        accessories=accessories,
        scale=row.get("scale", 1.0),
        is_airborne=row.get("airborne", False),
        is_marine=row.get("marine", False),
        swims=row.get("swims", False),
        breathes_air=row.get("dry", True) and body in ("plush", "human"),
    )


def _from_described(description: str, rng: random.Random) -> Look | None:
    kind = kind_of(description)
    return _from_kind(kind, rng) if kind else None


def _from_picture(words: str, language: Language, lexicon: Lexicon) -> Look | None:
    """A creature that Fluent draws whole, or a thing come alive."""
    picture = lexicon.find_in(words, language)
    if picture is None:
        return None
    if picture.is_person:
        return Look(kind=picture.icon, body="human", icon="child", coat="#ffcb45")
    if picture.is_animal:
        scale = 0.6 if picture.is_insect else 0.85
        return Look(kind=picture.icon, body="whole", icon=picture.icon, scale=scale)
    return Look(kind=picture.icon, body="limbed", icon=picture.icon, coat="#e0a458", scale=0.84, breathes_air=False)


def _creature(rng: random.Random) -> Look:
    coat = rng.choice(_CREATURE_COATS)
    return Look(
        kind="creature",
        body="plush",
        coat=coat,
        clothes=coat,
        ears=rng.choice(("round", "pointed", "side")),
        tail=rng.choice(("puff", "long", "stub")),
    )


def _dressed(look: Look, character: Character, rng: random.Random, *, is_hero: bool) -> Look:
    """The look with what the description names; a hero without any mark is given one."""
    worn = list(look.accessories)
    own = next((one.item for one in worn if one.item in _HEADGEAR), None)
    changes: dict[str, Any] = {}
    for named, colour in worn_in(f"{character.kind}. {character.description}"):
        # "a purple hat" on a wizard colours the hat that wizards have
        item = own if own and named in _ANY_HEADGEAR else named
        if item in ("clothes", "trousers"):
            if look.body in ("human", "space", "robot") and colour:
                changes[item] = colour
            elif look.body == "plush" and item == "clothes":
                changes.setdefault("_vest", colour or rng.choice(MARK_COLOURS))
        elif item == "coat":
            if colour and not look.icon:
                changes["coat"] = colour
        else:
            if item in _HEADGEAR:
                worn = [other for other in worn if other.item not in _HEADGEAR]
            worn = [other for other in worn if other.item != item]
            worn.append(Accessory(item, colour or rng.choice(MARK_COLOURS)))
    vest = changes.pop("_vest", None)
    if vest and not any(other.item == "vest" for other in worn):
        worn.append(Accessory("vest", vest))
    if is_hero and not worn and look.body in ("plush", "limbed"):
        worn.append(Accessory(rng.choice(_NECK_MARKS if look.ears in _CROWDED else _MARKS), rng.choice(MARK_COLOURS)))
    return replace(look, accessories=tuple(worn), **changes)


def _coat_in(text: str, kind: str | None) -> str | None:
    """The one colour that is named just before a kind, or any: *a small purple octopus*, *一只黄色的小鸟*."""
    named = _wear_words().find(text.replace("-", " "))
    since = 0
    for found, position, phrase in kind_words().spans(text):
        start, since, end = max(since, position - _NEAR), position, position + len(split(phrase)) - 1
        before = [(sort, value) for (sort, value), at in named if start <= at < end]
        while any(sort == "item" for sort, _ in before):
            before.pop(0)
        if kind in {None, found} and len({value for _, value in before}) == 1:
            return before[0][1]
    return None


def worn_in(text: str) -> Iterator[tuple[str, str | None]]:
    """Each thing worn with the colour named just before it."""
    colour: str | None = None
    since = 0
    for (sort, value), position in _wear_words().find(text.replace("-", " ")):
        if sort == "colour":
            colour, since = value, position
        else:
            yield value, colour if colour and position - since <= 4 else None
            colour = None
