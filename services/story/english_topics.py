"""English prompts that name what there is to do rather than who does it: quarrels, outings, festivals, heirlooms."""

import re

from services.story.english_nouns import FAMILY, clip, role
from services.story.english_parsed import Parsed, cut_place
from services.story.english_wish import learn_about, wish_of
from services.story.english_words import capital
from services.story.lexicon import table, themes
from services.story.premise import Wish

_QUARREL = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+)?(?:(?:are|is|were|was|always)\s+)*(?:fight|argu|quarrel)(?:s|es|e|ing|ed)?"
    r"(?:\s+(?:over|about|for)\s+(?P<thing>.+))?$",
    re.I,
)
_TWO = re.compile(r"^(?:the\s+)?two\s+(?:\w+\s+)*?(?P<one>\w+)$", re.I)
_OUTING = re.compile(
    r"^(?P<what>(?:(?:an?|the|our|my)\s+)?(?:[\w-]+\s+){0,3}?"
    r"(?P<noun>trip|journey|adventure|voyage|picnic|hike|holiday|tour|party|feast|concert|wedding|match|race|contest))"
    r"(?:\s+with\s+(?:my\s+|his\s+|her\s+)?(?P<with>[\w ]+?))?$",
    re.I,
)
_DONE = {
    **dict.fromkeys(("trip", "journey", "adventure", "voyage", "hike", "holiday", "tour"), "go on"),
    **dict.fromkeys(("party", "feast", "concert", "wedding"), "prepare"),
    "picnic": "have",
    **dict.fromkeys(("match", "race", "contest"), "win"),
}
_DISH = re.compile(
    r"\b(?:cookies?|cakes?|pies?|soup|bread|pancakes?|dumplings?|noodles|jam|biscuits?|stew|buns?)$", re.I
)
_MINE = re.compile(rf"^(?:my\s+)?(?P<who>{'|'.join(FAMILY)})['’]s\s+(?P<thing>.+)$", re.I)
_WENT_WRONG = re.compile(
    r"^(?:an?|the)\s+(?P<what>[\w -]+?)\s+(?:that|which)\s+(?P<verb>went wrong|vanished|disappeared)\b", re.I
)


def quarrel(text: str) -> Parsed | None:
    """``two sisters fighting over a swing``: what one has for herself, and then with the other."""
    match = _QUARREL.match(text)
    if not match:
        return None
    parsed = Parsed()
    if two := _TWO.match(match["who"]):
        one = two["one"].removesuffix("s")
        parsed.hero = parsed.companion = role(f"a { {'sister': 'girl', 'brother': 'boy'}.get(one, one) }")
    else:
        parsed.who(match["who"], "")
    parsed.theme_entry = themes()["sharing" if match["thing"] else "friends"]
    if match["thing"]:
        thing = re.sub(r"^an?\s", "the ", clip(match["thing"], 6))
        parsed.wish = Wish(do=f"have {thing}", did=f"had {thing}", sort="share", thing=thing)
    return parsed


def occasion(text: str) -> Parsed | None:
    """``a rainy camping trip with dad``, ``Christmas at the lighthouse``, ``a picnic that went wrong``."""
    rest, where = cut_place(text)
    parsed = Parsed()
    if wrong := _WENT_WRONG.match(text):
        what = f"the {wrong['what']}"
        event = f"{what} {wrong['verb']}"
        parsed.wish = Wish(
            do="be there", did="was there", sort="event", thing=what, event=event, the_day=f"the day {event}"
        )
        return parsed
    if outing := _OUTING.match(rest):
        if outing["with"]:
            parsed.hero, parsed.companion = role("a child"), role(outing["with"])
        what = re.sub(r"^(?:our|my)\s", "the ", outing["what"])
        parsed.wish = wish_of(f"{_DONE[outing['noun'].lower()]} {what}")
    elif rest.lower().removeprefix("the ") in table("lexicon.toml")["festivals"]["en"]:
        parsed.wish = wish_of(f"celebrate {rest}")
    else:
        return None
    parsed.place = where
    return parsed


def heirloom(text: str) -> Parsed | None:
    """``my grandfather's old bicycle``: a child and whose it is, and what there is to know about it."""
    rest, where = cut_place(text)
    mine = _MINE.match(rest)
    if not mine:
        return None
    parsed = Parsed()
    parsed.hero, parsed.companion, parsed.place = role("a child"), role(mine["who"]), where
    if _DISH.search(mine["thing"]):
        verb = "cook" if re.search(r"(?:soup|dumplings?|noodles|jam|stew)$", mine["thing"], re.I) else "bake"
        parsed.wish = wish_of(f"{verb} {capital(mine['who'].lower())}'s {mine['thing']}", is_lesson=True)
        return parsed
    parsed.wish = learn_about(f"{capital(mine['who'].lower())}'s {mine['thing']}")
    return parsed
