"""Understanding a Chinese prompt: hero, wish, place, weather, theme."""

import re

from services.story.chinese_nouns import COUNTED, MEASURES, NUMBER, is_name, kind_in, place, role
from services.story.lexicon import Theme, chinese_kinds, english_of_thing, table, themes
from services.story.premise import Place, Premise, Role, Wish

_DESIRE = (
    r"(?:一直|总是|总|非常|特别|很|最|只|也)?"
    r"(?:想要|想|梦想着?|希望|渴望|要|打算|决定|学着|学习|学|试着|努力|盼望着?|盼着?|喜欢|爱)"
)
_RELATIVE = re.compile(
    rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?P<desire>{_DESIRE})(?P<do>[^的，,]+(?:的[^的，,]+)??)的"
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
_CLAUSE_WISH = re.compile(rf"^(?P<who>.{{1,10}}?){_DESIRE}(?P<do>[^，,]+)")
_CLAUSE_LOST = re.compile(
    r"^(?P<who>.{1,10}?)(?:把(?P<held>.+?)弄?丢了|弄?丢了(?P<thing>[^，,]+)|(?P<way>迷了?路|走丢了))"
)
_CLAUSE_MISDEED = re.compile(r"(?:打碎|打破|弄坏|摔碎|撒谎|说谎|偷)")
_QUESTION = re.compile(r"为什么|为何|怎么|怎样|如何|什么|哪里|哪儿|谁|多少|吗$|[？?]$|是怎么来的")
_HOW_TO = re.compile(r"^(?:如何|怎么|怎样|学会|学习|学)(?P<do>.+)$")
_PAIR = re.compile(r"^(?P<first>[^，,]+?)(?:和|与|跟)(?P<second>[^，,]+)$")
_AND_FIND = re.compile(
    r"^(?P<verb>找|寻找|去|做|帮助|帮|拯救|救|保护|寻|种|画|造|盖|修|送|追|抓|遇到|遇见|发现|参加|采|捡)"
    r"(?P<rest>.+)$"
)
_WEATHER = {
    "snow": r"下雪|雪天|冬天|雪地|大雪|雪夜",
    "rain": r"下雨|雨天|雨夜",
    "storm": r"暴风雨|打雷天",
    "fog": r"大雾",
    "wind": r"大风|刮风",
}
_SORTS = {
    "home": r"回家|回到家|家的路",
    "friend": r"(?:找|交|有|认识).{0,4}朋友",
    "fear": r"(?:不再|克服).*(?:怕|恐惧)",
    "find": r"^(?:寻找|找到?|寻|发现|搜寻)",
    "help": r"^(?:帮助?|救|拯救|保护|照顾|送|分享|给)",
    "make": r"^(?:学会?|做|烤|盖|造|画|唱|跳舞|弹|拉|写|种|织|游泳|骑|滑|煮|包|读|搭|建|修)",
    "know": r"^(?:知道|了解|明白|弄懂|弄明白)",
    "reach": r"^(?:摸|碰|够|飞|去|到|看|见|爬|登|抓|捉|坐|成为|当|变成|吃|摘|追|抱|亲|环游)",
}


def understand(gist: str) -> Premise:
    """The premise of a Chinese prompt. Whatever it names is used; what it leaves open stays None."""
    weather = next((name for name, words in _WEATHER.items() if re.search(words, gist)), None)
    text = re.sub(r"\s+", "", gist) if not re.search(r"[A-Za-z]", gist) else gist
    text = re.split(r"[，,。；;]", text)[0] or text
    text = re.sub(r"^(?:有一天|一天|在一个.{1,6}的(?:早晨|夜晚|晚上|日子))", "", text) or text
    parsed = _relative(text) or _question(text) or _placed(text) or _clause(text) or _pair(text) or _bare(text)
    return Premise(
        language="zh",
        gist=gist,
        hero=parsed.hero,
        companion=parsed.companion,
        wish=parsed.wish,
        theme=parsed.theme,
        theme_entry=parsed.theme_entry,
        place=parsed.place,
        weather=weather,
    )


def wish_of(verb_phrase: str) -> Wish:
    """The wish behind a verb phrase: ``摸月亮``."""
    do = verb_phrase.strip(" ，,。的")[:16].rstrip("的和与在")
    do = re.sub(r"^(?:着|去|来|要)(?=.{2,})", "", do) if not re.match(r"^(?:去|要)[^找看摸帮]", do) else do
    lesson = re.match(r"^(?:学会|学着|学习|学)(?![校生习])(?P<do>.{2,})$", do)
    if lesson:
        known = next((word for word in _things() if word in lesson["do"]), None)
        return Wish(do=lesson["do"], sort="make", thing=known or _object(lesson["do"]), did=f"学会了{lesson['do']}")
    sort = next((name for name, words in _SORTS.items() if re.search(words, do)), "any")
    known = next((word for word in _things() if word in do and not do.startswith(word)), None)
    return Wish(
        do=do, sort=sort, thing=known or _object(do), did=_did(do), ask=f"怎样才能{do}呢？" if sort == "know" else None
    )


def find_wish(thing: str) -> Wish:
    """The wish to find something."""
    what = re.sub(rf"^(?:{NUMBER}[{MEASURES}]|了)", "", thing)[:14] or thing[:14]
    return Wish(do=f"找到{what}", sort="friend" if "朋友" in what else "find", thing=what, did=f"找到了{what}")


def learn_about(thing: str) -> Wish:
    """The wish to know all about something that the prompt only names."""
    what = re.sub(r"的?秘密$", "", thing[:14])
    if not what:
        return find_wish("藏起来的秘密")
    secret = f"{what}的秘密"
    return Wish(do=f"弄明白{secret}", sort="know", thing=what, did=f"弄明白了{secret}", ask=f"{what}里藏着什么秘密呢？")


def fear_of(thing: str) -> Wish:
    """The wish to be afraid no longer."""
    what = thing[:10]
    return Wish(do=f"不再害怕{what}", sort="fear", thing=what, did=f"不再害怕{what}了", fear=what)


class _Parsed:
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
        pair = _PAIR.match(text)
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


def _relative(text: str) -> _Parsed | None:  # noqa: PLR0911  (one return a pattern)
    parsed = _Parsed()
    if match := _LIVES.match(text):
        parsed.place = place(match["place"])
        parsed.who((match["lead"] or "") + match["who"])
        return parsed
    if (match := _DOING_THERE.match(text)) and kind_in(match["who"])[0]:
        parsed.place = place(match["place"])
        parsed.who((match["lead"] or "") + match["who"])
        parsed.wants(re.sub(rf"^(?:{_DESIRE})(?=.{{2,}})", "", match["do"]))
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


def _question(text: str) -> _Parsed | None:
    if not _QUESTION.search(text):
        return None
    parsed = _Parsed()
    lesson = _HOW_TO.match(text)
    if lesson and not re.search(r"[吗？?]$|来的|形成", text) and not lesson["do"].startswith("会"):
        parsed.wants("学会" + lesson["do"])
        return parsed
    words = text.rstrip("？?。!！ ")[:24]
    thing = next((word for word in _things() if word in words), None)
    parsed.wish = Wish(
        do="找到答案",
        sort="know",
        thing=thing,
        did="找到了答案",
        ask=f"{words}{'' if words.endswith('吗') else '呢'}？",
    )
    return parsed


def _placed(text: str) -> _Parsed | None:
    match = _PLACED.match(text)
    if not match:
        return None
    parsed = _Parsed()
    parsed.who(match["who"])
    parsed.place = place(match["place"] + match["side"])
    rest = match["rest"]
    fear = re.match(rf"^{_AFRAID}(.+)$", rest)
    if fear:
        parsed.wish = fear_of(fear[1])
    else:
        parsed.wants(re.sub(rf"^(?:{_DESIRE})(?=.{{2,}})", "", rest) or rest)
    return parsed


def _clause(text: str) -> _Parsed | None:
    parsed = _Parsed()
    if _CLAUSE_MISDEED.search(text):
        parsed.hero = _leading(text)
        if parsed.hero:
            parsed.wish = Wish(do="把一切弥补回来", sort="mend", did="把一切弥补了回来")
            return parsed
    if (match := _CLAUSE_LOST.match(text)) and _is_somebody(match["who"]):
        parsed.who(match["who"])
        thing = match["held"] or match["thing"]
        parsed.wish = find_wish(thing) if thing else wish_of("回家")
        return parsed
    if (match := _CLAUSE_FEAR.match(text)) and _is_somebody(match["who"]):
        parsed.who(match["who"])
        parsed.wish = fear_of(match["fear"])
        return parsed
    if (match := _CLAUSE_WISH.match(text)) and _is_somebody(match["who"]):
        parsed.who(match["who"])
        parsed.wants(match["do"])
        return parsed
    return _doing(text)


def _doing(text: str) -> _Parsed | None:
    """``小猫钓鱼``, ``小兔子帮助迷路的星星``: somebody, then a verb."""
    for word in chinese_kinds():
        at = text.find(word)
        if at < 0 or at > 8:
            continue
        rest = text[at + len(word) :]
        verb = _AND_FIND.match(rest) or re.match(r"^(?P<verb>[钓拔飞学晒买过上下开回游旅搬])(?P<rest>.+)$", rest)
        if verb:
            parsed = _Parsed()
            parsed.who(text[: at + len(word)])
            parsed.wants(re.sub(r"^(?:遇到|遇见)", "认识", rest))
            return parsed
    return None


def _pair(text: str) -> _Parsed | None:
    match = _PAIR.match(text)
    if not match or not _is_somebody(match["first"]):
        return None
    parsed = _Parsed()
    parsed.who(match["first"])
    second, _, tail = re.sub(r"(成为|变成|做|交|一起|互相|去)", r"\n\1", match["second"], count=1).partition("\n")
    if not second:
        return None
    kind, *_ = kind_in(second)
    if kind is not None and kind.group != "thing":
        parsed.companion = role(second)
        if "朋友" in tail:
            parsed.wish = Wish(do="成为好朋友", sort="friend", did="成为了好朋友", thing="朋友")
        elif len(tail) > 2 and tail[0] not in "一互":
            parsed.wants(tail)
    elif kind is None and is_name(second) and not any(word in second for word in _things()):
        parsed.companion = role(second)
    else:
        parsed.wish = find_wish(second)
    return parsed


def _bare(text: str) -> _Parsed:
    parsed = _Parsed()
    where = re.match(r"^(?:住|生活)?在(.+?(?:里|上|中|下|边|旁|底))的(.+)$", text) or re.match(
        r"^(.{2,8}?(?:里|上|中|下|边|旁|底))的(.+)$", text
    )
    rest = text
    if where:
        parsed.place, rest = place(where[1]), where[2]
    parsed.theme, parsed.theme_entry = _theme(rest)
    if parsed.theme:
        return parsed
    kind, _, adjectives, after = kind_in(rest)
    counted = COUNTED.match(rest)
    if (
        kind is not None
        and (
            re.match(r"^[会能爱]", adjectives)
            or kind.group != "thing"
            or "小" in rest[:3]
            or (counted and counted["number"])
        )
        and len(after) <= 3
    ):
        parsed.hero = role(rest)
        if re.search(r"迷路|走丢|走失", adjectives):
            parsed.wish = wish_of("回家")
    elif counted and counted["number"] and counted["measure"] and len(rest) <= 12:
        parsed.hero = role(rest)
    elif _AND_FIND.match(rest) and len(rest) <= 12:
        parsed.wants(rest)
    elif is_name(rest):
        parsed.hero = role(rest)
    else:
        parsed.wish = learn_about(rest)
    return parsed


def _leading(text: str) -> Role | None:
    for word in chinese_kinds():
        at = text.find(word)
        if 0 <= at <= 6:
            return role(text[: at + len(word)])
    name = re.match(r"^(小[^小]|[乐豆团圆明红东阿][^的]{1})", text)
    return role(name[1]) if name else None


def _is_somebody(text: str) -> bool:
    return kind_in(text)[0] is not None or is_name(text)


def _theme(text: str) -> tuple[str | None, Theme | None]:
    words = re.sub(r"^(?:什么是|真正的|关于)|的(?:力量|意义|重要性?|价值)$", "", text)
    for entry in themes().values():
        if words in (entry.zh, *entry.zh_also):
            return words, entry
    return None, None


def _things() -> list[str]:
    return [word for word in english_of_thing() if len(word) > 1 or word in "雨雪风歌书"]


def _object(do: str) -> str | None:
    match = re.match(
        r"^(?:学会?|想)?(?:摸|找到?|寻找|看见?|去|到|做|烤|画|唱|种|盖|造|救|帮助?|保护|抓住?|捉|摘|追"
        r"|爬上?|见|买|送|写|弹|拉|骑|吃|够到|碰)(?P<np>.{1,10})$",
        do,
    )
    return re.sub(rf"^(?:一?[{MEASURES}]|到)(?=.{{2,}})", "", match["np"]) if match else None


def _did(do: str) -> str:
    results = table("zh/verbs.toml")
    for verb in sorted(results, key=len, reverse=True):
        if do.startswith(verb):
            rest = do.removeprefix(verb).removeprefix("到").removeprefix("了")
            if verb == "回家":
                return "回到了家"
            return f"{results[verb]}{rest}"
    return f"实现了{do}的心愿"
