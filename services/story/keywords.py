"""Prompts that are words side by side: dragon princess castle, 恐龙 火车 蛋糕."""

import re

from services.story import chinese_nouns, english_nouns
from services.story.chinese_wish import find_wish as chinese_find
from services.story.english_wish import find_wish as english_find
from services.story.lexicon import chinese_of_thing, english_of_thing
from services.story.parsed import Found
from services.story.premise import Role

_APART = re.compile(r"\s*[,，、;；+&]\s*|\s+")
_MOST = 5


def english_keywords(parsed: Found, text: str) -> bool:
    """Who, where and what such words name, in ``parsed``; False where they are none, or one of them is not known."""
    words = _APART.split(text.lower().strip())
    if not 2 <= len(words) <= _MOST:
        return False
    for word in words:
        single = english_nouns.plurals().get(word, word)
        if (one := english_nouns.role(f"a {single}")).kind is not None and one.kind.group != "thing":
            _joins(parsed, one)
        elif word in english_nouns.place_nouns() and parsed.place is None:
            parsed.place = english_nouns.place(word)
        elif single in chinese_of_thing():
            parsed.wish = parsed.wish or english_find(f"the {word}")
        else:
            return False
    return parsed.hero is not None


def chinese_keywords(parsed: Found, text: str) -> bool:
    """The same of Chinese words."""
    words = _APART.split(text.strip())
    if not 2 <= len(words) <= _MOST:
        return False
    for word in words:
        kind, *_, after = chinese_nouns.kind_in(word)
        if kind is not None and kind.group != "thing" and not after and len(word) <= len(kind.zh) + 2:
            _joins(parsed, chinese_nouns.role(word))
        elif word in english_of_thing():
            parsed.wish = parsed.wish or chinese_find(word)
        elif chinese_nouns.english_place_noun(word) and parsed.place is None:
            parsed.place = chinese_nouns.place(word)
        else:
            return False
    return parsed.hero is not None


def _joins(parsed: Found, one: Role) -> None:
    if parsed.hero is None:
        parsed.hero = one
    elif parsed.companion is None:
        parsed.companion = one
    else:
        parsed.others.append(one)
