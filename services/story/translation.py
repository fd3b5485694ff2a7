"""Carrying a premise from the language of the prompt into the language of the story, word by known word.

What neither lexicon knows is kept as the user wrote it, Chinese names in English as pinyin.
"""

import dataclasses
import re

from schemas import Language
from services.story import (
    chinese_everyday,
    chinese_nouns,
    chinese_wish,
    english_everyday,
    english_nouns,
    english_wish,
)
from services.story.language import detect, has_han
from services.story.lexicon import chinese_of_thing, english_of_thing, verbs
from services.story.premise import Place, Premise, Role, Wish


def premise_in(language: Language, premise: Premise) -> Premise:
    """The premise in ``language``; itself when it is in it already."""
    if premise.language == language:
        return premise
    theme = premise.theme_entry
    return dataclasses.replace(
        premise,
        language=language,
        hero=role_in(language, premise.hero) if premise.hero else None,
        companion=role_in(language, premise.companion) if premise.companion else None,
        elder=role_in(language, premise.elder) if premise.elder else None,
        others=tuple(role_in(language, one) for one in premise.others),
        place=place_in(language, premise.place) if premise.place else None,
        wish=_wish_in(language, premise.wish) if premise.wish else None,
        theme=(theme.zh if language == "zh" else theme.id) if theme else None,
    )


def role_in(language: Language, role: Role) -> Role:
    """A role in ``language``: the kind's own word, the name as it is or in pinyin, without adjectives."""
    if _is_in(language, role.noun) and (role.name is None or language == "zh" or not has_han(role.name)):
        return role
    name = _latin(role.name).title() if role.name and language == "en" else role.name
    count = _COUNTS.get(role.count, role.count) if language == "zh" else _COUNTS_BACK.get(role.count, role.count)
    if role.kind is not None:
        noun = role.kind.zh if language == "zh" else role.kind.id
        return Role(noun=noun, kind=role.kind, name=name, pronoun=role.pronoun, count=count, is_family=role.is_family)
    noun = role.noun if language == "zh" else _latin(role.noun)
    return Role(noun=noun, name=name, pronoun=role.pronoun, count=count)


def place_in(language: Language, place: Place) -> Place:
    """A place in ``language``."""
    if _is_in(language, place.name):
        return place
    if language == "zh":
        return chinese_nouns.place_from_english(place)
    return _english_place(place)


def _english_place(place: Place) -> Place:
    found = chinese_nouns.english_place_noun(place.name)
    if found is None:
        name = _latin(place.name).title()
        return Place(name=name, at=f"in {name}", realm=place.realm)
    adjective = next((word for han, word in chinese_nouns.PLACE_ADJECTIVES.items() if han in place.name), "")
    return dataclasses.replace(english_nouns.place(f"{adjective} {found}".strip()), realm=place.realm)


def _wish_in(language: Language, wish: Wish) -> Wish:  # noqa: PLR0911  (one return a sort of wish)
    """The wish rebuilt from the verb and the thing that both languages know; else it asks what the words mean."""
    if language == "zh":
        if wish.sort in _KNOWN:
            return chinese_wish.wish_of(_KNOWN[wish.sort]["zh"])
        if wish.sort == "first":
            return chinese_everyday.first_day("上学" if "school" in wish.do else "上幼儿园") or wish
        if wish.goal and has_han(there := place_in("zh", english_nouns.place(wish.goal)).name) and "“" not in there:
            return chinese_wish.wish_of(f"去{there}")
        verb = next((zh for en, zh in verbs().items() if re.search(rf"\b{en}\b", wish.do)), None)
        text = wish.thing or wish.do
        thing = next((zh for en, zh in chinese_of_thing().items() if re.search(rf"\b{en}s?\b", text)), None)
        if wish.sort == "fear":
            return chinese_wish.fear_of(thing or f"“{wish.fear}”")
        if wish.sort in _QUESTIONS:
            return chinese_wish.learn_about(thing or f"“{wish.event or wish.thing or wish.ask or wish.do}”")
        return chinese_wish.wish_of(f"{verb or '找'}{thing}") if thing else chinese_wish.learn_about(f"“{wish.do}”")
    if wish.sort in _KNOWN:
        return english_wish.wish_of(_KNOWN[wish.sort]["en"])
    if wish.sort == "first":
        return english_everyday.first_day(f"day of {'kindergarten' if '园' in wish.do else 'school'}") or wish
    if wish.goal and chinese_nouns.english_place_noun(wish.goal):
        there = place_in("en", chinese_nouns.place(wish.goal)).name
        return english_wish.wish_of(f"go to {re.sub('^an? ', 'the ', there)}")
    verb = next((en for en, zh in verbs().items() if wish.do.startswith(zh)), None)
    text = wish.thing or wish.do
    thing = next((en for zh, en in english_of_thing().items() if zh in text), None)
    if thing is None:
        return english_wish.learn_about(f"“{_latin(wish.event or text)}”")
    named = thing if thing in {"home", "rain", "snow", "bread", "thunder", "water", "honey"} else f"the {thing}"
    if wish.sort == "fear":
        return english_wish.fear_of(named)
    if wish.sort in _QUESTIONS:
        return english_wish.learn_about(named)
    return english_wish.wish_of(f"{verb or 'find'} {'a friend' if thing == 'friend' else named}")


def _is_in(language: Language, text: str) -> bool:
    return detect(text) == language


def _latin(text: str) -> str:
    if not has_han(text):
        return text
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415  (a large table, seldom needed)

    return "".join(lazy_pinyin(text, style=Style.NORMAL))


_KNOWN = {"home": {"zh": "回家", "en": "find the way home"}, "sleep": {"zh": "睡着", "en": "fall asleep"}}
_QUESTIONS = frozenset({"know", "answer", "wonder", "event", "night"})
_COUNTS = {"two": "两", "three": "三", "four": "四", "five": "五", "six": "六", "seven": "七", "twin": "两"}
_COUNTS_BACK = {"两": "two", "三": "three", "四": "four", "五": "five", "六": "six", "七": "seven", "几": "several"}
