"""Chinese prompts that are a sentence, or a phrase with 的, about somebody: who wants, fears or does something."""

import re
from dataclasses import replace

from services.story.chinese_everyday import everyday_wish
from services.story.chinese_nouns import MEASURES, NUMBER, is_name, kind_in, place, role
from services.story.chinese_parsed import Parsed, is_somebody, nouns
from services.story.chinese_wish import fear_of, lost_wish, wish_of
from services.story.lexicon import chinese_kinds
from services.story.premise import Role, Wish

DESIRE = (
    r"(?:一直|总是|总|非常|特别|很|最|只|也)?"
    r"(?:想要|想|梦想着?|希望|渴望|要|打算|决定|学着|学习|学(?![校生院期问])|试着|努力|盼望着?|盼着?|喜欢|爱(?!心))"
)
_RELATIVE = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?P<desire>{DESIRE})(?P<do>[^的，,]+(?:的[^的，,]+)??)的"
    rf"(?P<who>[^的，,]+)$"
)
_AFRAID = r"(?:很|特别|非常|总是|最|有点)?(?:害怕|怕|恐惧|不敢)"
_RELATIVE_FEAR = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?P<verb>{_AFRAID})(?P<fear>[^的，,]+)的(?P<who>[^的，,]+)$"
)
_RELATIVE_LOST = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?P<verb>迷了?路|走丢了?|弄丢了?|丢了?|丢失了?)"
    rf"(?P<thing>[^的，,]*)的(?P<who>[^的，,想要找]+)(?P<more>.*)$"
)
_DOING_THERE = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)在(?P<place>[^，,]+?(?:里|上|中|下|边|旁)|[^，,]*?(?:太空|{nouns()}))(?P<do>[^，,]{{2,}}?)的"
    rf"(?P<who>[^的，,]+)$"
)
_DEED = (
    "寻找|找|帮助|拯救|救|保护|照顾|收集|追|建造|发现|做|烤|画|写|盖|建|种|唱|弹|拉|修|送|卖|养|教|织|造|采|钓|讲|打扫|守护|看守"
    "|煮|酿|练|跳|踢|打败|寄|开|数|当|捡|搬|酿造|制作|学会|打(?![碎破喷呼嗝架滚雷])|嫁|吹|敲|放|浇|剪|缝|补|洗|挖|摘|骑|赢得?|分享|发明|变成|成为|造访|拜访|游|坐|听|看"
)
_RELATIVE_VERB = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?:会|最会|天天|每天|常常|总是|总爱|只)?(?P<do>(?:{_DEED}|吃|[和跟][^的]+?(?=说话|聊天|跳舞|玩))[^的，,]+)的(?P<who>[^的，,]+)$"
)
_UNABLE = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?:总是?|怎么也|一直)?(?P<verb>\w{{1,2}})不(?P<result>[着到上动])(?P<what>\w*)的(?P<who>[^的，,]+)$"
)
"""睡不着的小熊, 够不到苹果的小狗."""
_FALLEN = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)从(?P<from>.+?)(?:掉|落|摔|跌)(?:下来|下|了下来|落)?的(?P<who>[^的，,]+)$"
)
_HOMESICK = re.compile(rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)想家的(?P<who>[^的，,]+)$")
TRADE = re.compile(r"[员师家工匠手长生夫人兵农]$")
_CANNOT = r"(?:总是|总|就是|一直|很)?(?:不会|不能|不肯|不愿意?|不想|不爱|不喜欢|学不会)"
_RELATIVE_CANNOT = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?P<verb>{_CANNOT})(?P<do>[^的，,]+)的(?P<who>[^的，,]+)$"
)
_CLAUSE_CANNOT = re.compile(rf"^(?P<who>.{{1,20}}?){_CANNOT}(?P<do>[^，,]+)")
VERB = (
    f"(?:{_DEED}|去|帮|寻|种|抓|遇到|遇见|参加|来到|翻过|飞过|穿过|走过|渡过|越过|环游"
    "|钓|拔|背|搬|比(?!赛)|飞|学|晒|买|过|回|游|旅|比赛)"
)
_WHO = r"(?P<who>[^，,在想要学怕找和与的]{1,10}|[^，,]{1,10}?)"
_PLACED = re.compile(
    rf"^{_WHO}(?:住|生活)?在(?P<place>[^，,]+?)(?P<side>里面?|中|上面?|下面?|旁边?|边上?|底下?|深处|"
    rf"(?<=村庄)|(?<=森林)|(?<=城市)|(?<=小镇)|(?<=学校)|(?<=花园)|(?<=农场)|(?<=大海)|(?<=沙漠)|(?<=太空)"
    rf"|(?<=城堡)|(?<=公园)|(?<=海边))(?:，|,)?(?P<rest>[^里上下中].+)$"
)
_ACTS_TOO = re.compile(r"小.{1,3}|.{1,4}[机车船艇员师]")
"""Who may be a hero without being of a kind: 小不点, 挖掘机."""
_CLAUSE_FEAR = re.compile(rf"^(?P<who>.{{1,20}}?){_AFRAID}(?P<fear>[^，,]+)")
_CLAUSE_WISH = re.compile(rf"^(?P<who>.{{1,20}}?){DESIRE}(?P<do>[^，,]+)")
_CLAUSE_LOST = re.compile(
    r"^(?P<who>.{1,20}?)(?:把(?P<held>.+?)弄?丢了|弄?丢了(?P<thing>[^，,]+)|(?P<way>迷了?路|走丢了))"
)
_CLAUSE_MISDEED = re.compile(r"(?:打碎|打破|弄坏|摔碎|摔坏|撒谎|说谎|偷)")
_BROKE = re.compile(r"(?:打碎|打破|弄坏|摔碎|摔坏)了?(?P<thing>[^，,]+?)(?:的(?P<who>[^的，,]+))?$")
AND_FIND = re.compile(
    r"^(?P<verb>找|寻找|去|做|帮助|帮|拯救|救|保护|寻|种|画|造|盖|修|送|追|抓|遇到|遇见|发现|参加|采|捡)"
    r"(?P<rest>.+)$"
)


def relative(text: str) -> Parsed | None:  # noqa: PLR0911  (one return a pattern)
    parsed = Parsed()
    if (match := _UNABLE.match(text)) and kind_in(match["who"])[0]:
        parsed.who(match["lead"] + match["who"])
        done = f"{match['verb']}{match['result']}"
        parsed.wish = everyday_wish(done) or Wish(
            do=f"{done}{match['what']}", sort="reach", did=f"{done}了{match['what']}"
        )
        return parsed
    if (match := _FALLEN.match(text)) and kind_in(match["who"])[0]:
        parsed.who(match["lead"] + match["who"])
        parsed.wish = wish_of(f"回到{match['from']}")
        return parsed
    if match := _HOMESICK.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wish = wish_of("回家")
        return parsed
    if (match := _DOING_THERE.match(text)) and kind_in(match["who"])[0]:
        parsed.place = place(match["place"])
        parsed.who((match["lead"] or "") + match["who"])
        if re.match(r"迷了?路|走丢|走失", match["do"]):
            parsed.wish = replace(wish_of("回家"), sort="away", lost_at=parsed.place.at)
        else:
            done = re.sub(rf"^(?:{DESIRE})(?=.{{2,}})", "", match["do"])
            is_lesson = "学" in match["do"].removesuffix(done)
            parsed.wants(f"{'学' if is_lesson else ''}{done}", is_habit=not is_lesson)
        return parsed
    if match := _RELATIVE_FEAR.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wish = fear_of(match["fear"])
        return parsed
    if match := _RELATIVE_LOST.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wish = lost_wish(match["thing"]) if match["thing"] else wish_of("回家")
        return parsed
    if match := _RELATIVE.match(text):
        parsed.who(match["lead"] + match["who"])
        is_lesson = match["desire"].startswith("学") and not match["do"].startswith("会")
        parsed.wants(f"{'学' if is_lesson else ''}{match['do']}", is_habit=match["desire"].endswith(("爱", "喜欢")))
        return parsed
    if match := _RELATIVE_CANNOT.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wants("学" + match["do"])
        return parsed
    if (match := _RELATIVE_VERB.match(text)) and (kind_in(match["who"])[0] or TRADE.search(match["who"])):
        parsed.who(match["lead"].removeprefix("只") + match["who"])
        parsed.wants(match["do"], is_habit=True)
        return parsed
    return None


def placed(text: str) -> Parsed | None:
    match = _PLACED.match(text)
    if not match:
        return None
    parsed = Parsed()
    parsed.who(match["who"])
    parsed.place = place(match["place"] + match["side"])
    rest = match["rest"]
    if re.match(r"迷了?路|走丢|走失", rest):
        parsed.wish = replace(wish_of("回家"), sort="away", lost_at=parsed.place.at)
        return parsed
    fear = re.match(rf"^{_AFRAID}(.+)$", rest)
    if fear:
        parsed.wish = fear_of(fear[1])
    else:
        parsed.wants(re.sub(rf"^(?:{DESIRE})(?=.{{2,}})", "", rest) or rest)
    return parsed


def clause(text: str) -> Parsed | None:
    parsed = Parsed()
    if _CLAUSE_MISDEED.search(text):
        broke = _BROKE.search(text)
        is_relative = broke is not None and broke["who"] is not None and kind_in(broke["who"])[0] is not None
        lead = re.match(rf"^(?:{NUMBER}[{MEASURES}])?", text)
        parsed.hero = role(f"{lead[0] if lead else ''}{broke['who']}") if broke and is_relative else _leading(text)
        if parsed.hero:
            parsed.wish = Wish(
                do="把一切弥补回来",
                sort="broken" if broke else "mend",
                did="把一切弥补了回来",
                thing=_broken(broke) if broke else None,
            )
            return parsed
    if (match := _CLAUSE_LOST.match(text)) and is_somebody(match["who"]) and not _acts(match["who"]):
        parsed.who(match["who"])
        thing = match["held"] or match["thing"]
        parsed.wish = lost_wish(thing) if thing else wish_of("回家")
        return parsed
    if (match := _CLAUSE_CANNOT.match(text)) and is_somebody(match["who"]):
        parsed.who(match["who"])
        parsed.wants("学" + match["do"])
        return parsed
    if (match := _CLAUSE_FEAR.match(text)) and is_somebody(match["who"]):
        parsed.who(match["who"])
        parsed.wish = fear_of(match["fear"])
        return parsed
    if (match := _CLAUSE_WISH.match(text)) and is_somebody(match["who"]):
        parsed.who(match["who"])
        desire = match[0][match.end("who") : match.start("do")]
        is_lesson = "学" in desire and not match["do"].startswith("会")
        parsed.wants(f"{'学' if is_lesson else ''}{match['do']}", is_habit=desire.endswith(("喜欢", "爱")))
        return parsed
    return _doing(text)


def _broken(broke: re.Match[str]) -> str:
    """花瓶, of 打碎了花瓶的小男孩 and of 小男孩打碎了邻居的花瓶."""
    who = broke["who"]
    return broke["thing"] if who is None or kind_in(who)[0] else f"{broke['thing']}的{who}"


def _acts(who: str) -> bool:
    """Whether a verb stands behind somebody: 小龙帮助, not 小龙."""
    return re.search(r"(?:帮助?|救|找|遇[到见]|保护|照顾|看[到见])$", who) is not None


def _doing(text: str) -> Parsed | None:
    """``小猫钓鱼``, ``小兔子帮助迷路的星星``, ``小蝌蚪找妈妈``: somebody, then a verb."""
    match = re.match(
        rf"^(?P<who>.{{1,20}}?)(?:一起|一块儿?|正在|正|又|去|[春夏秋冬]天|每天|天天)*(?P<do>{VERB}(?!的).+)$", text
    )
    if match and "的" not in match["who"][-1:]:
        who = match["who"]
        after = kind_in(who)[3]
        if (kind_in(who)[0] and (not after or len(after) <= 3)) or is_name(who) or _ACTS_TOO.fullmatch(who):
            parsed = Parsed()
            parsed.who(who)
            if (given := re.match(r"^(?P<giver>.+)给(?P<other>.+)$", who)) and is_somebody(given["giver"]):
                parsed.hero, parsed.companion = role(given["giver"]), role(given["other"])
            parsed.wants(re.sub(r"^(?:遇到|遇见)", "认识", match["do"]), is_habit=True)
            return parsed
    return None


def _leading(text: str) -> Role | None:
    found = [(text.find(word), -len(word), word) for word in chinese_kinds() if 0 <= text.find(word) <= 6]
    if found:
        at, _, word = min(found)
        return role(text[: at + len(word)])
    name = re.match(r"^(小[^小]|[乐豆团圆明红东阿][^的]{1})", text)
    return role(name[1]) if name else None
