"""Chinese prompts that name two: 小猫和小狗, 小明和丢失的风筝, 烟花和怕响声的小狗."""

import re

from services.story.chinese_clauses import relative
from services.story.chinese_nouns import FAMILY, is_name, kind_in, role
from services.story.chinese_parsed import PAIR, Parsed, is_somebody
from services.story.chinese_wish import find_wish, things
from services.story.premise import Wish


def aside(text: str) -> Parsed | None:
    """烟花和怕响声的小狗: a thing, and somebody who wants, fears or does something; it is they who are the hero."""
    match = PAIR.match(text)
    if not match or is_somebody(match["first"].partition("、")[0]) or kind_in(match["second"])[0] is None:
        return None
    return relative(match["second"])


def pair(text: str) -> Parsed | None:
    match = PAIR.match(text)
    if not match:
        return None
    met = kind_in(match["second"])
    is_pair_of_beings = met[0] is not None and met[0].group != "thing" and not met[3] and len(match["first"]) <= 4
    if not (is_pair_of_beings or is_somebody(match["first"].partition("、")[0])):
        return None
    parsed = Parsed()
    first, *more = match["first"].split("、")
    parsed.who(first)
    second, tail = _second(match["second"])
    kind = kind_in(second)[0]
    tail = re.sub(r"^(?:一起|一块儿?|互相|去(?!.{1,4}[里上边中].{2}))+", "", tail)
    if second == "我":
        parsed.wants(tail)
        return parsed if tail else None
    if second in FAMILY or (kind is not None and (kind.group != "thing" or tail in FAMILY)):
        tail = "" if tail in FAMILY else tail
        parsed.companion = role(second)
        if "朋友" in tail:
            parsed.wish = Wish(do="成为好朋友", sort="friend", did="成为了好朋友", thing="朋友")
        elif len(tail) > 1:
            parsed.wants(tail)
    elif kind is None and (is_name(second) or tail) and not any(word in second for word in things()):
        parsed.companion = role(second)
        if tail:
            parsed.wants(tail)
    else:
        parsed.wish = find_wish(second)
    if more:
        between = [role(one) for one in more if one]
        parsed.companion, *parsed.others = [*between, *([parsed.companion] if parsed.companion else [])]
    return parsed


def _second(text: str) -> tuple[str, str]:
    """The second of two, and what is told after them."""
    kind, *_, after = kind_in(text)
    called = re.match(r"叫.{2}(?P<tail>.*)$", after)
    if family := next((word for word in FAMILY if text.startswith(word)), None):
        return family, text.removeprefix(family)
    if called:
        return text.removesuffix(called["tail"]), called["tail"]
    if kind is not None and len(after) >= 2 and not is_name(after):
        return text.removesuffix(after), after
    split = re.match(r"^(?P<second>.{1,4}?)(?P<tail>(?:一起|去|成为|变成|做|交).+)$", text)
    return (split["second"], split["tail"]) if split else (text, "")
