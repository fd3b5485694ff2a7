"""Chinese prompts that are a sentence, or a phrase with 的, about somebody: who wants, fears, loses or does something."""

import re

from services.story.chinese_nouns import MEASURES, NUMBER, kind_in, place, role
from services.story.chinese_parsed import Parsed, is_somebody
from services.story.chinese_wish import fear_of, find_wish, wish_of
from services.story.lexicon import chinese_kinds
from services.story.premise import Role, Wish

DESIRE = (
    r"(?:一直|总是|总|非常|特别|很|最|只|也)?"
    r"(?:想要|想|梦想着?|希望|渴望|要|打算|决定|学着|学习|学|试着|努力|盼望着?|盼着?|喜欢|爱)"
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
_LIVES = re.compile(rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?:住|生活)在(?P<place>.+?)的(?P<who>[^的]+)$")
_DOING_THERE = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)在(?P<place>[^，,]+?(?:里|上|中|下|边|旁))(?P<do>[^，,]{{2,}}?)的"
    rf"(?P<who>[^的，,]+)$"
)
_RELATIVE_VERB = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?P<do>(?:寻找|找|帮助|拯救|保护|照顾|收集|追|建造"
    rf"|发现)[^的，,]+)的(?P<who>[^的，,]+)$"
)
_WHO = r"(?P<who>[^，,在想要学怕找和与的]{1,10}|[^，,]{1,10}?)"
_PLACED = re.compile(
    rf"^{_WHO}(?:住|生活)?在(?P<place>[^，,]+?)(?P<side>里面?|中|上面?|下面?|旁边?|边上?|底下?|深处|"
    rf"(?<=村庄)|(?<=森林)|(?<=城市)|(?<=小镇)|(?<=学校)|(?<=花园)|(?<=农场)|(?<=大海)|(?<=沙漠)|(?<=太空)"
    rf"|(?<=城堡)|(?<=公园)|(?<=海边))(?:，|,)?(?P<rest>[^里上下中].+)$"
)
_CLAUSE_FEAR = re.compile(rf"^(?P<who>.{{1,10}}?){_AFRAID}(?P<fear>[^，,]+)")
_CLAUSE_WISH = re.compile(rf"^(?P<who>.{{1,10}}?){DESIRE}(?P<do>[^，,]+)")
_CLAUSE_LOST = re.compile(
    r"^(?P<who>.{1,10}?)(?:把(?P<held>.+?)弄?丢了|弄?丢了(?P<thing>[^，,]+)|(?P<way>迷了?路|走丢了))"
)
_CLAUSE_MISDEED = re.compile(r"(?:打碎|打破|弄坏|摔碎|撒谎|说谎|偷)")
AND_FIND = re.compile(
    r"^(?P<verb>找|寻找|去|做|帮助|帮|拯救|救|保护|寻|种|画|造|盖|修|送|追|抓|遇到|遇见|发现|参加|采|捡)"
    r"(?P<rest>.+)$"
)


def relative(text: str) -> Parsed | None:  # noqa: PLR0911  (one return a pattern)
    parsed = Parsed()
    if match := _LIVES.match(text):
        parsed.place = place(match["place"])
        parsed.who((match["lead"] or "") + match["who"])
        return parsed
    if (match := _DOING_THERE.match(text)) and kind_in(match["who"])[0]:
        parsed.place = place(match["place"])
        parsed.who((match["lead"] or "") + match["who"])
        parsed.wants(re.sub(rf"^(?:{DESIRE})(?=.{{2,}})", "", match["do"]))
        return parsed
    if match := _RELATIVE_FEAR.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wish = fear_of(match["fear"])
        return parsed
    if match := _RELATIVE_LOST.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wish = find_wish(match["thing"]) if match["thing"] else wish_of("回家")
        return parsed
    if match := _RELATIVE.match(text):
        parsed.who(match["lead"] + match["who"])
        parsed.wants(
            ("学" if match["desire"].startswith("学") and not match["do"].startswith("会") else "") + match["do"]
        )
        return parsed
    if (match := _RELATIVE_VERB.match(text)) and kind_in(match["who"])[0]:
        parsed.who((match["lead"] or "") + match["who"])
        parsed.wants(match["do"])
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
    fear = re.match(rf"^{_AFRAID}(.+)$", rest)
    if fear:
        parsed.wish = fear_of(fear[1])
    else:
        parsed.wants(re.sub(rf"^(?:{DESIRE})(?=.{{2,}})", "", rest) or rest)
    return parsed


def clause(text: str) -> Parsed | None:
    parsed = Parsed()
    if _CLAUSE_MISDEED.search(text):
        parsed.hero = _leading(text)
        if parsed.hero:
            parsed.wish = Wish(do="把一切弥补回来", sort="mend", did="把一切弥补了回来")
            return parsed
    if (match := _CLAUSE_LOST.match(text)) and is_somebody(match["who"]):
        parsed.who(match["who"])
        thing = match["held"] or match["thing"]
        parsed.wish = find_wish(thing) if thing else wish_of("回家")
        return parsed
    if (match := _CLAUSE_FEAR.match(text)) and is_somebody(match["who"]):
        parsed.who(match["who"])
        parsed.wish = fear_of(match["fear"])
        return parsed
    if (match := _CLAUSE_WISH.match(text)) and is_somebody(match["who"]):
        parsed.who(match["who"])
        parsed.wants(match["do"])
        return parsed
    return _doing(text)


def _doing(text: str) -> Parsed | None:
    """``小猫钓鱼``, ``小兔子帮助迷路的星星``: somebody, then a verb."""
    for word in chinese_kinds():
        at = text.find(word)
        if at < 0 or at > 8:
            continue
        rest = text[at + len(word) :]
        verb = AND_FIND.match(rest) or re.match(r"^(?P<verb>[钓拔飞学晒买过上下开回游旅搬])(?P<rest>.+)$", rest)
        if verb:
            parsed = Parsed()
            parsed.who(text[: at + len(word)])
            parsed.wants(re.sub(r"^(?:遇到|遇见)", "认识", rest))
            return parsed
    return None


def _leading(text: str) -> Role | None:
    for word in chinese_kinds():
        at = text.find(word)
        if 0 <= at <= 6:
            return role(text[: at + len(word)])
    name = re.match(r"^(小[^小]|[乐豆团圆明红东阿][^的]{1})", text)
    return role(name[1]) if name else None
