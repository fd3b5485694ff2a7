"""Nouns of a prompt that are not in its picture, as far as grammar shows them without a tagger or a dictionary."""

import re

from services.image.cues import cues, prop_table, stop_words
from services.image.words import is_chinese, lemmas, split


def missing_words(prompt: str, drawn: set[str]) -> list[str]:
    """Concrete nouns for which nothing was drawn, given the words that are ``drawn``."""
    shown, other = set(drawn), set(stop_words())
    for says, _, phrase in cues().spans(prompt):
        is_noun = any(category in ("place", "time", "weather", "sky") for category, _ in says)
        (shown if is_noun else other).update(split(phrase))
    return _missing_chinese(prompt, shown | other) if is_chinese(prompt) else _missing_english(prompt, shown, other)


def _missing_english(prompt: str, shown: set[str], other: set[str]) -> list[str]:
    """The last word after a determiner and before a verb, a preposition or the clause's end, unless it is shown."""
    missing = []
    determiners = set(prop_table()["words"]["determiners"])
    for clause in re.split(r"[^A-Za-z'’\s-]+", prompt):
        words = split(clause)
        for number, word in enumerate(words):
            if word not in determiners:
                continue
            head: str | None = None
            for following in words[number + 1 : number + 6]:
                forms = tuple(lemmas(following))
                if any(form in shown for form in forms):
                    head = None
                    break
                if (
                    following in determiners
                    or following.endswith(("ing", "ly", "ed"))
                    or any(form in other for form in forms)
                ):
                    if head is None and following not in determiners:
                        continue
                    break
                head = following
            if head is not None:
                missing.append(head)
    return missing


def _missing_chinese(prompt: str, known: set[str]) -> list[str]:
    missing = []
    counters = prop_table()["words"]["counters"]
    described = r"(?:[\u4e00-\u9fff]{1,6}的)?"
    noun_end = r"(?=[，。、！？；\s]|$|[在和与站坐跑飞躺正旁])"
    pattern = rf"[一两三几那这][{counters}]{described}([\u4e00-\u9fff]{{2,3}}){noun_end}"
    for noun in re.findall(pattern, prompt):
        if noun not in known and not any(piece in known for piece in (noun, noun[-2:], noun[-1])):
            missing.append(noun)
    return missing
