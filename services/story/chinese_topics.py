"""Chinese prompts that name what there is to do: who is taken along, quarrels, outings, festivals, heirlooms."""

import re

from services.story.chinese_nouns import FAMILY, MEASURES, role
from services.story.chinese_parsed import Parsed, is_somebody
from services.story.chinese_wish import learn_about
from services.story.lexicon import chinese_kinds, table, themes
from services.story.premise import Wish


def taken(text: str) -> Parsed | None:
    """爸爸带我去钓鱼: a child, and who takes them along."""
    match = re.match(
        rf"^(?P<who>{'|'.join(FAMILY)})(?P<how>带着?|陪着?|教)我(?:一起)?(?P<to>去|学)?(?P<do>.{{2,}})$", text
    )
    if not match:
        return None
    parsed = Parsed()
    parsed.hero, parsed.companion = role("孩子"), role(match["who"])
    parsed.wants(f"学{match['do']}" if match["to"] == "学" or match["how"] == "教" else match["do"])
    return parsed


def quarrel(text: str) -> Parsed | None:
    """哥哥弟弟抢玩具, 两个好朋友吵架了: a lesson about sharing, or about friends."""
    match = re.match(r"^(?P<who>.*?)(?:(?P<grab>抢)|吵架|打架|闹别扭)", text)
    if not match:
        return None
    parsed = Parsed()
    first = next((word for word in FAMILY if match["who"].startswith(word)), None)
    if two := re.match(
        rf"^[两俩二][{MEASURES}]?(?P<one>兄弟|姐妹|.*?(?:孩子?|朋友|{'|'.join(chinese_kinds())}))", match["who"]
    ):
        one = {"兄弟": "男孩", "姐妹": "女孩"}.get(two["one"], two["one"])
        parsed.hero, parsed.companion = role(one), role(one)
    elif len(both := re.findall("|".join(FAMILY), match["who"])) > 1:
        parsed.hero, parsed.companion = role(both[0]), role(both[1])
    elif first or is_somebody(match["who"]):
        parsed.who(first or match["who"])
    parsed.theme_entry = themes()["sharing" if match["grab"] else "friends"]
    if match["grab"] and (thing := text[match.end() :].strip("着了")):
        parsed.wish = Wish(do=f"玩{thing}", did=f"玩到了{thing}", sort="share", thing=thing)
    return parsed


def occasion(text: str) -> Parsed | None:
    """和爸爸一起露营, 中秋节, 爷爷的旧自行车: what there is to do rather than who does it."""
    family = "|".join(FAMILY)
    parsed = Parsed()
    if match := re.match(rf"^[和跟与](?P<who>{family})(?:一起|一块儿?)?(?:在?下雨天|在?下雪天)?(?P<do>.{{2,}})$", text):
        parsed.hero, parsed.companion = role("孩子"), role(match["who"])
        parsed.wants(match["do"])
    elif text in table("lexicon.toml")["festivals"]["zh"]:
        parsed.wish = Wish(do=f"过{text}", did=f"过上了{text}", sort="any", thing=text)
    elif match := re.match(rf"^(?P<who>{family})的(?P<thing>.{{2,}})$", text):
        parsed.hero, parsed.companion = role("孩子"), role(match["who"])
        parsed.wish = learn_about(text)
    else:
        return None
    return parsed
