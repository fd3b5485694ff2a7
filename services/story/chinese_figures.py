"""Who is in a Chinese story: the hero, a friend, whoever is met, with a name, words and a lasting look."""

import re
from dataclasses import replace
from random import Random

from services.story import chinese_nouns
from services.story.cast import Figure, Names
from services.story.lexicon import Kind, chinese_kinds, kinds, table
from services.story.premise import Role

_COLOURS = re.compile(r"红|蓝|绿|黄|橙|紫|粉|白|黑|棕|灰|金|银|彩|花")
_THING = re.compile(r"[车船艇机灯]$")
_TA = {"it": ("它", "它们"), "he": ("他", "他们"), "she": ("她", "她们")}
_POOLS = {"它": "animal", "他": "person_he", "她": "person_she"}


def hero(role: Role | None, realm: str, names: Names, rng: Random) -> Figure:
    """The hero; without a role one of the animals that live there."""
    if role is None:
        kind = kinds()[rng.choice(table(chinese_nouns.WORLD)["realms"][realm]["helpers"])]
        role = Role(noun=kind.zh, kind=kind)
    if role.kind is not None and role.noun in chinese_nouns.OFFSPRING:
        role = replace(role, noun=role.kind.zh)
    noun = _little(role)
    if role.count:
        return _group(role, noun, names)
    pronoun = _pronoun(role, rng)
    name = role.name or names.take(_POOLS[pronoun])
    trait = role.adjectives or names.take("trait")
    return Figure(
        name=name,
        noun=noun,
        introduction=name,
        look=_look(role, noun, pronoun, names),
        pronoun=pronoun,
        kind=role.kind.id if role.kind else "",
        opening=f"一{_measure(role)}{_of(trait)}{noun}，名叫{name}",
    )


def figure(role: Role, names: Names, rng: Random) -> Figure:
    """A second character whom the prompt names."""
    noun = _little(role)
    pronoun = _pronoun(role, rng)
    name = role.name or (noun if role.is_family else names.take(_POOLS[pronoun]))
    return Figure(
        name=name,
        noun=noun,
        introduction=f"一{_measure(role)}叫{name}的{noun}" if role.kind and name != noun else name,
        look=_look(role, noun, pronoun, names),
        pronoun=pronoun,
        kind=role.kind.id if role.kind else "",
    )


def met(kind: Kind, names: Names, rng: Random) -> Figure:
    """Somebody met on the way."""
    return figure(Role(noun=kind.zh, kind=kind, pronoun=kind.gender), names, rng)


def elder(kind: Kind, names: Names, rng: Random) -> Figure:
    """Somebody old and wise."""
    noun = kind.zh if not kind.little else f"老{kind.zh.removeprefix('老')}"
    name = f"{noun}{'爷爷' if kind.little and rng.random() < 0.5 else '奶奶' if kind.little else ''}"
    measure = "位"
    return Figure(
        name=name,
        noun=kind.zh,
        introduction=f"一{measure}慈祥的{name}",
        look=f"一{measure}戴着圆眼镜的{_of(kind.zh_look)}{noun}",
        pronoun=kind.gender or "it",
        kind=kind.id,
    )


def _pronoun(role: Role, rng: Random) -> str:
    if (role.kind is None and _THING.search(role.noun)) or (role.kind is not None and role.kind.group != "person"):
        return _TA["it"][0]
    return _TA[role.pronoun if role.pronoun in {"he", "she"} else rng.choice(("he", "she"))][0]


def _look(role: Role, noun: str, pronoun: str, names: Names) -> str:
    colour = "" if role.kind is None or _COLOURS.search(role.adjectives) else _of(role.kind.zh_look)
    adjectives = _of(role.adjectives.removesuffix("女"))
    her = "女" if role.kind and pronoun == _TA["she"][0] and role.kind.is_told_by("she") else ""
    return f"一{_measure(role)}{names.take('worn')}的{adjectives}{colour}{her}{noun}"


def _group(role: Role, noun: str, names: Names) -> Figure:
    count = "几" if role.count == "几" else role.count
    colour = _of(role.kind.zh_look) if role.kind else ""
    described = f"{count}{_measure(role)}{_of(role.adjectives)}{noun}"
    person = role.kind is not None and role.kind.group == "person"
    return Figure(
        name=f"{noun}们",
        noun=noun,
        introduction=f"{noun}们",
        look=f"{count}{_measure(role)}{_in_many_colours(names.take('worn'))}的{_of(role.adjectives)}{colour}{noun}",
        pronoun=("她们" if role.kind and role.kind.gender == "she" else "他们") if person else "它们",
        kind=role.kind.id if role.kind else "",
        opening=described,
    )


def _in_many_colours(worn: str) -> str:
    """围着各色围巾, of 围着红围巾: each of several wears another."""
    return re.sub(r"(小?)(?:[红蓝绿黄橙紫粉白]|条纹)", r"各色\1", worn, count=1)


def _measure(role: Role) -> str:
    if role.kind:
        return role.kind.measure
    if role.noun.endswith("机"):
        return "台"
    return "辆" if role.noun.endswith("车") else "艘" if role.noun.endswith(("船", "艇")) else "个"


def _of(words: str) -> str:
    """An attribute with its 的."""
    return words if not words or len(words) == 1 or words.endswith(("的", "小", "大")) else f"{words}的"


def _little(role: Role) -> str:
    """小狐狸 for a fox; nothing is added where the word says it already or it does not suit."""
    kind = role.kind
    plain = role.noun
    if (
        kind is None
        or not kind.little
        or re.search(r"老|大|巨", role.adjectives)
        or plain.startswith(("小", "大"))
        or len(plain) > 3
    ):
        return plain
    if plain in chinese_kinds() and kind.group == "person":
        return plain if plain in {"孩子", "公主", "王子", "仙女"} else f"小{plain}"
    if plain == "老鼠":
        return "小老鼠"
    return (
        f"小{plain.removesuffix('子')}"
        if plain in {"狮子", "猴子", "兔子", "鸭子"} and plain != "狮子"
        else f"小{plain}"
    )
