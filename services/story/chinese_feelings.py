"""Chinese prompts that say how somebody feels, or tell of them what no other way of reading understands."""

import re

from services.story.chinese_nouns import MEASURES, NUMBER, english_place_noun, kind_in, role
from services.story.chinese_parsed import Parsed, is_somebody
from services.story.chinese_wish import wish_of
from services.story.lexicon import chinese_kinds, feelings

_DEGREE = r"(?:很|非常|特别|总是|一直|最|有点儿?|最近)*"
_FELT = rf"(?P<feeling>{'|'.join(feelings('zh'))})"
_NO_LOVE = r"(?:总是)?(?P<dislike>不爱|不喜欢)"
_DOES = re.compile(
    r"^(?:吃|喝|睡|洗|刷|上|去|说|讲|跑|走|玩|起|做|写|练|读|看|听|游|唱|跳|穿|戴|和|跟|把|被|笑|哭|飞|动|出|回|打|收|分|学|画"
    r"|弹|帮|见|坐|站|排|等|梳|剪|理|晒|运动|锻炼|整理|交|离|当|做)"
)
_CLAUSE = re.compile(rf"^(?P<who>.{{1,20}}?){_DEGREE}(?:{_FELT}|{_NO_LOVE})(?:的是)?(?P<about>[^，,]*)$")
_RELATIVE = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?){_DEGREE}(?:{_FELT}|{_NO_LOVE})(?P<about>[^，,]*?)的(?P<who>[^的，,]+)$"
)


def feeling(text: str) -> Parsed | None:
    """小企鹅嫉妒刚出生的弟弟."""
    match = _CLAUSE.match(text)
    return _felt(match, match["who"]) if match and is_somebody(match["who"]) else None


def feeling_of(text: str) -> Parsed | None:
    """不爱星期一的司机, 嫉妒弟弟的小企鹅; an adjective alone, 难过的小熊, stays one."""
    match = _RELATIVE.match(text)
    if match is None or not match["about"] or not kind_in(match["who"])[0] or re.search(r"[的在]", match["about"]):
        return None
    return _felt(match, match["lead"] + match["who"])


def told_of(text: str) -> Parsed | None:
    """Somebody, and then words that no other way of reading understands: they are told of them."""
    ends = [text.find(word) + len(word) for word in chinese_kinds() if 0 <= text.find(word) <= 6]
    if not ends:
        return None
    end = max(end for end in ends if end <= min(ends) + 1)
    who, rest = text[:end], text[end:]
    named = chinese_kinds().get(next((w for w in chinese_kinds() if who.endswith(w)), ""))
    if named is None or named.group == "thing" or len(rest) < 3 or re.match(r"[的和与跟、们之]", rest):
        return None
    if english_place_noun(rest[-3:]) or re.search(r"的[^的]{1,4}$", rest):
        return None
    parsed = Parsed()
    parsed.hero = role(who)
    done = re.sub(r"^(?:一起|一块儿?|正在|正|在)+(?=.{2})", "", rest)
    if wish_of(done).sort != "any":
        parsed.wants(done)
    else:
        parsed.is_told(rest[:14])
    return parsed


def _felt(match: re.Match[str], who: str) -> Parsed | None:
    about = match["about"][:12].strip("。 ")
    if match["dislike"] and (not about or _DOES.match(about)):
        return None
    parsed = Parsed()
    parsed.who(who)
    word = match["feeling"] or "讨厌"
    trait = f"{word}{about}" if about else f"很{word}"
    parsed.feels(
        f"总是{trait}" if about else trait, f"再也不{word}{about if len(about) <= 3 else ''}了", feelings("zh")[word]
    )
    return parsed
