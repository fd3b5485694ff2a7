"""Chinese prompts that tell of an event: 月亮睡着的那一天, 所有的颜色都消失了."""

import re

from services.story.chinese_nouns import kind_in, role
from services.story.chinese_parsed import PAIR, Parsed, is_somebody
from services.story.chinese_wish import lost_wish, things
from services.story.premise import Wish

_WHEN = re.compile(
    r"^(?P<clause>.{2,}?)的(?P<when>那?一天|那天|那?一夜|那?一晚|(?:那个?)?(?:夜晚|晚上|夜里|早晨|早上|下午|傍晚|日子|夏天|冬天|春天|秋天))$"
)
_NIGHTLY = re.compile(r"[夜晚]")
_STATED = re.compile(r"^(?P<clause>.{3,}?)了$")
_GONE = re.compile(r"^(?P<thing>.{2,}?)(?:都|突然|忽然)*(?:不见|丢|失踪)$")
_SUDDEN = re.compile(r"都|突然|忽然|全部|一起|变成|变得")
_ENDED = re.compile(r"[着来去掉走见停光失醒亮黑破住飞活雨错话电水食]$|不[走动见响亮]")
_IS_LIKE = re.compile(r"^(?:在|很|最|特别|非常|一个|有)")
_NATURE = r"(?:天空|天上|太阳|时间|时钟|钟|颜色|声音|影子|玩具|海水|大地|世界|灯|数字|字母|星期|季节)"


def event_of(text: str) -> Parsed | None:
    """月亮睡着的那一天: the event. None for what somebody does: they are the hero."""
    if (with_whom := PAIR.match(text)) and is_somebody(with_whom["first"]):
        parsed_event = event_of(with_whom["second"])
        if parsed_event is not None and parsed_event.hero is None:
            parsed_event.who(with_whom["first"])
            return parsed_event
    match = _WHEN.match(text)
    clause = match["clause"].removesuffix("了") if match else ""
    if match and (mine := re.match(r"我们?(?!家)(?P<do>.{2,})", clause)):
        parsed = Parsed()
        parsed.hero = role("孩子")
        parsed.wants(mine["do"])
        return parsed
    if match is None or _is_of_somebody(clause) or not _happens(clause):
        return None
    when = match["when"]
    return _happened(clause, f"{clause}的{'那个' if len(when) == 2 and when[0] not in '那一' else ''}{when}", when)


def deed_of(text: str) -> str:
    """小狗学会飞, of 小狗学会飞的那一天; any other text as it is."""
    match = _WHEN.match(text)
    return match["clause"] if match and _is_of_somebody(match["clause"]) and len(match["clause"]) > 4 else text


def plain_event(text: str) -> Parsed | None:
    """所有的颜色都消失了: an event of things; 月饼不见了: a thing to be found."""
    match = _STATED.match(text)
    if match is None or _is_of_somebody(match["clause"]):
        return None
    if (gone := _GONE.match(match["clause"])) and not re.search(r"都|所有", match["clause"]):
        parsed = Parsed()
        parsed.wish = lost_wish(gone["thing"])
        return parsed
    return _happened(match["clause"], f"{match['clause']}的那一天", "天") if _happens(match["clause"]) else None


_JOYS = re.compile(r"(?<![不没下起])(?:下起.+|来|来到.+|到了?|出现|开花|发芽|跳起?舞|唱起?歌)$")
"""What it is a joy to see."""


def _happened(clause: str, the_day: str, when: str) -> Parsed:
    parsed = Parsed()
    named = [(clause.find(word), -len(word), word) for word in things() if word in clause]
    parsed.wish = Wish(
        do="亲眼去看",
        did="亲眼看到了",
        sort="night" if _NIGHTLY.search(when) else "event",
        thing=min(named)[2] if named else None,
        event=_started(clause),
        the_day=the_day,
        is_welcome=_JOYS.search(clause) is not None,
    )
    return parsed


def _started(clause: str) -> str:
    """天上下起了糖果雨, of 天上下起糖果雨; and else 大海结冰了."""
    return (
        re.sub(r"(?<=[^起]起)(?=[^了来])", "了", clause, count=1) if re.search("起[^了来]", clause) else f"{clause}了"
    )


def _happens(clause: str) -> bool:
    """Whether a clause tells what happens, not what a day is like: 月亮睡着, not 安静."""
    if _IS_LIKE.match(clause) or re.fullmatch(r"(?:下[雨雪]|刮风|打雷)", clause):
        return False
    if _SUDDEN.search(clause) or _ENDED.search(clause):
        return True
    return re.search(_NATURE, clause) is not None or any(word in clause[:4] for word in things() if len(word) > 1)


def _is_of_somebody(clause: str) -> bool:
    """Whether somebody of a kind that acts is its subject."""
    kind, noun, before, after = kind_in(clause)
    if kind is None or not after:
        return False
    first = [word for word in things() if word in clause[: clause.find(noun)]]
    return kind.group != "thing" and not first and len(before) <= 4
