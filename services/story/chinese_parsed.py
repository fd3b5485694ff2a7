"""What one way of reading a Chinese prompt has found."""

import re

from services.story.chinese_nouns import is_name, kind_in, place, role
from services.story.chinese_wish import wish_of
from services.story.lexicon import Theme, themes
from services.story.premise import Place, Role, Wish

PAIR = re.compile(r"^(?P<first>[^，,]+?)(?:和|与|跟)(?P<second>[^，,]+)$")


class Parsed:
    """What one way of reading a prompt has found."""

    def __init__(self) -> None:
        self.hero: Role | None = None
        self.companion: Role | None = None
        self.wish: Wish | None = None
        self.theme: str | None = None
        self.theme_entry: Theme | None = None
        self.place: Place | None = None

    def who(self, text: str) -> None:
        where = re.match(r"^(?:住|生活)?在(.+?)的(.+)$", text)
        if where:
            self.place, text = place(where[1]), where[2]
        pair = PAIR.match(text)
        if pair and kind_in(pair["second"])[0]:
            self.hero, self.companion = role(pair["first"]), role(pair["second"])
        else:
            self.hero = role(text)

    def wants(self, verb_phrase: str) -> None:
        where = re.match(r"^在(?P<place>.+?(?:里|上|中|下|边|旁))(?P<rest>.+)$", verb_phrase)
        if where:
            self.place, verb_phrase = place(where["place"]), where["rest"]
        verb_phrase = re.split(r"(?:，|,|但是?|可是|因为|然后|却)", verb_phrase)[0] or verb_phrase
        self.wish = wish_of(verb_phrase)


def is_somebody(text: str) -> bool:
    return kind_in(text)[0] is not None or is_name(text)


def theme_of(text: str) -> tuple[str | None, Theme | None]:
    words = re.sub(r"^(?:什么是|真正的|关于)|的(?:力量|意义|重要性?|价值)$", "", text)
    for entry in themes().values():
        if words in (entry.zh, *entry.zh_also):
            return words, entry
    return None, None
