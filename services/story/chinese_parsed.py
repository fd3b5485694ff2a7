"""What one way of reading a Chinese prompt has found."""

import re
from functools import cache

from services.story.chinese_nouns import FAMILY, WORLD, is_name, kind_in, place, role
from services.story.chinese_wish import is_work, wish_of, work_of
from services.story.lexicon import Theme, table, themes
from services.story.parsed import Found
from services.story.premise import Place

PAIR = re.compile(r"^(?P<first>[^，,]+?)(?:和|与|跟)(?P<second>[^，,]+)$")

_LIVED = re.compile(r"(?:学会了?|学)?(?:遵守诺言|信守诺言|守信|说到做到|分享)$")
"""What is no wish but a theme that somebody lives."""


class Parsed(Found):
    """What one way of reading a Chinese prompt has found."""

    def who(self, text: str) -> None:
        """Read who it is about, and where they live."""
        if where := re.match(r"^(?:住|生活)?在(.+?)的(.+)$", text):
            self.place, text = place(where[1]), where[2]
        elif where := re.match(r"^(.+?)在(.+)$", text):
            self.place, text = _somewhere(where[2]), where[1]
        several = re.split(r"、|和|与|跟", text)
        pair = PAIR.match(text)
        if len(several) > 1 and all(is_somebody(one) for one in several):
            self.hero, self.companion, *self.others = [role(one) for one in several[:4]]
        elif pair and kind_in(pair["second"])[0]:
            self.hero, self.companion = role(pair["first"]), role(pair["second"])
        else:
            self.hero = role(text)

    def wants(self, verb_phrase: str, *, is_habit: bool = False) -> None:
        """Read what they want, and where. ``is_habit``: what they always do."""
        where = re.match(rf"^在(?P<place>.+?(?:里|上|中|下|边|旁)|.{{0,6}}?{nouns()}城?)(?P<rest>.+)$", verb_phrase)
        if where:
            self.place, verb_phrase = _somewhere(where["place"]) or self.place, where["rest"]
        verb_phrase = re.sub(r"^会(?=.)", "学会", verb_phrase)
        verb_phrase = re.sub(r"^(?:比赛跑步|比赛跑|赛跑)$", "赢得赛跑", verb_phrase)
        verb_phrase = re.split(r"(?:，|,|但是?|可是|因为|然后|却)", verb_phrase)[0] or verb_phrase
        self.theme_entry = theme_of(verb_phrase)[1] if _LIVED.match(verb_phrase) else None
        wish = None if self.theme_entry else wish_of(verb_phrase)
        self.wish = work_of(wish) if wish and is_habit and is_work(wish) else wish


def _somewhere(text: str) -> Place | None:
    """A place; none where only the weather is named: 雨中."""
    return None if re.fullmatch(r"(?:大|暴|风)?[雨雪风雾](?:里|中|天|夜|地)", text) and text != "雪地" else place(text)


@cache
def nouns() -> str:
    """A pattern of the nouns that name a place."""
    return f"(?:{'|'.join(sorted(table(WORLD)['place_nouns'], key=len, reverse=True))})"


def is_somebody(text: str) -> bool:
    return kind_in(text)[0] is not None or is_name(text) or text in FAMILY


def theme_of(text: str) -> tuple[str | None, Theme | None]:
    words = re.sub(r"^(?:学会了?|学着|学习|学)(?=.{2,}$)", "", text)
    words = re.sub(r"^(?:什么是|真正的|关于)|的(?:力量|意义|重要性?|价值)$", "", words)
    for entry in themes().values():
        if words in (entry.zh, *entry.zh_also):
            return words, entry
    return None, None
