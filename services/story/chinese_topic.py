"""Understanding a Chinese prompt: hero, wish, place, weather, theme."""

import re

from services.story.answers import answer_to
from services.story.chinese_clauses import AND_FIND, TRADE, clause, placed, relative
from services.story.chinese_company import company_of
from services.story.chinese_events import deed_of, event_of, plain_event
from services.story.chinese_everyday import first_day
from services.story.chinese_feelings import feeling, feeling_of, told_of
from services.story.chinese_household import household
from services.story.chinese_nouns import (
    COUNTED,
    MEASURES,
    NUMBER,
    english_place_noun,
    is_name,
    kind_in,
    place,
    role,
)
from services.story.chinese_pairs import aside, pair
from services.story.chinese_parsed import Parsed, theme_of
from services.story.chinese_topics import occasion, quarrel, taken
from services.story.chinese_wish import fear_of, find_wish, learn_about, things, wish_of
from services.story.keywords import chinese_keywords
from services.story.premise import Place, Premise, Wish

_QUESTION = re.compile(r"为什么|为何|怎么|怎样|如何|什么|哪里|哪儿|谁|多少|吗$|[？?]$|是怎么来的")
_HOW_TO = re.compile(r"^(?:如何|怎么|怎样|学会|学习|学)(?P<do>.+)$")
_THING = re.compile(r"[灯车船屋鞋帽书画糖饼家尾歌]$")
"""兔子灯 is no rabbit."""
_TIME = re.compile(
    r"^(?:一个|那个)?.{1,4}的(?:早上|早晨|上午|下午|中午|傍晚|晚上|夜晚|夜里|日子|一天|春天|夏天|秋天|冬天)$"
)
"""A time alone: 下雪的夜晚."""
_WEATHER = {
    "snow": r"下雪|雪中|雪里|雪天|冬天|雪地|大雪|雪夜",
    "rain": r"下雨|雨天|雨夜|雨中|雨里",
    "storm": r"暴风雨|打雷天",
    "fog": r"大雾",
    "wind": r"大风|刮风",
}


def understand(gist: str) -> Premise:
    """The premise of a Chinese prompt. Whatever it names is used; what it leaves open stays None."""
    weather = next((name for name, words in _WEATHER.items() if re.search(words, gist)), None)
    words = Parsed()
    if chinese_keywords(words, gist):
        return _premise(words, gist, weather)
    text = re.sub(r"\s+", "", gist) if not re.search(r"[A-Za-z]", gist) else gist
    text = re.sub(r"^(?:下[雨雪]|刮风|晴)天(?=[^的里，]{2})", "", text) or text
    if own := household(text):
        return _premise(own, gist, weather)
    text = re.split(r"[，,。；;]", text)[0] or text
    if own := household(text):
        return _premise(own, gist, weather)
    text = re.sub(r"^我(?:家)?的", "", text) or text
    text = re.sub(
        r"在(?:(?:大|暴)?[雨雪风雾][里中]|(?:一个)?(?:下[雨雪]|刮风|大雾|暴风雨)的?(?:天|夜|日子|夜晚|晚上)里?)",
        "",
        text,
    )
    text = text or gist
    text = re.sub(r"^(?:有一天|一天|在一个.{1,6}的(?:早晨|夜晚|晚上|日子))", "", text) or text
    text = re.sub(r"[和跟与](?:[他她它]们?的)?(?:好|小)*(?:朋友|伙伴|同学)们(?:一起|一块儿?)?(?=[^的]{2})", "", text)
    text = re.sub(
        r"^(?:一个)?(?:[下刮起]?[雨雪风雾晴]天?|安静|炎热|寒冷|美好)的(?:早上|早晨|上午|下午|中午|傍晚|晚上|夜晚|日子|一天)(?=在)",
        "",
        text,
    )
    where, text = _home(text)
    company = company_of(text)
    text = deed_of(company.text)
    parsed = (
        event_of(text)
        or _first_day(text)
        or taken(text)
        or occasion(text)
        or quarrel(text)
        or plain_event(text)
        or feeling_of(text)
        or relative(text)
        or _question(text)
        or placed(text)
        or aside(text)
        or feeling(text)
        or clause(text)
        or pair(text)
        or _time_alone(text)
        or told_of(text)
        or _bare(text)
    )
    companion = role(company.companion) if company.companion else None
    parsed.joins(companion, role("孩子"), are_friends=company.are_friends)
    parsed.place = parsed.place or where
    return _premise(parsed, gist, weather)


def _premise(parsed: Parsed, gist: str, weather: str | None) -> Premise:
    return Premise(
        language="zh",
        gist=gist,
        hero=parsed.hero,
        companion=parsed.companion,
        others=tuple(parsed.others),
        elder=parsed.elder,
        are_friends=parsed.are_friends,
        wish=parsed.wish,
        theme=parsed.theme,
        theme_entry=parsed.theme_entry,
        place=parsed.place,
        weather=weather,
    )


def _home(text: str) -> tuple[Place | None, str]:
    """Where somebody lives, 住在珊瑚礁里的, and the text without it."""
    match = re.match(rf"^(?P<lead>{NUMBER}?[{MEASURES}]?)(?:住|生活)在(?P<place>[^的，,]+)的(?P<rest>.+)$", text)
    return (place(match["place"]), match["lead"] + match["rest"]) if match else (None, text)


def _first_day(text: str) -> Parsed | None:
    """第一天上幼儿园: something to be brave for."""
    match = re.match(r"^(?P<who>.*?)(?:的)?第一(?:天|次|夜)(?P<what>[上去住睡离一].{1,10})$", text)
    if not match:
        return None
    parsed = Parsed()
    parsed.hero = role(match["who"] or "孩子")
    parsed.wish = first_day(match["what"]) or fear_of(match["what"])
    return parsed


def _question(text: str) -> Parsed | None:
    if not _QUESTION.search(text):
        return None
    parsed = Parsed()
    lesson = _HOW_TO.match(text)
    if lesson and not re.search(r"[吗？?]$|来的|形成", text) and not lesson["do"].startswith("会"):
        parsed.wants("学会" + lesson["do"])
        return parsed
    words = text.rstrip("？?。!！ ")[:24]
    answer = answer_to(words, "zh")
    parsed.wish = Wish(
        do="找到答案",
        sort="answer" if answer else "wonder",
        thing=answer.thing["zh"] if answer else next((word for word in things() if word in words), None),
        did="找到了答案",
        ask=f"{words}{'' if words.endswith('吗') else '呢'}？",
    )
    one = role(kind_in(words)[1])
    if not answer and one.kind is not None and one.kind.group == "animal":
        parsed.others = [one]
    return parsed


def _is_place(text: str) -> bool:
    """Whether a phrase names a place and nobody: 一座老寺庙, 安静的小村庄."""
    if re.search(r"[去到来在找飞想会和]", text):
        return False
    counted = COUNTED.match(text)
    is_building = re.search(r"[寺庙塔宫殿馆店院楼桥]$", text) or (
        counted and (counted["measure"] or "") in {"座", "间"}
    )
    return bool(is_building or english_place_noun(text[-3:]))


def _time_alone(text: str) -> Parsed | None:
    """下雪的夜晚, 在外婆家: a time or a place; neither a hero nor a wish."""
    alone = re.fullmatch(r"在(?P<place>.{2,10})", text)
    if not (alone or _TIME.match(text)):
        return None
    parsed = Parsed()
    parsed.place = place(alone["place"]) if alone else None
    return parsed


def _bare(text: str) -> Parsed:
    parsed = Parsed()
    where = re.match(r"^(?:住|生活)?在(.+?(?:里|上|中|下|边|旁|底))的(.+)$", text) or re.match(
        r"^((?![早晚]).{1,8}?(?:里|上|中|下|边|旁|底))的(.+)$", text
    )
    rest = text
    if where:
        parsed.place, rest = place(where[1]), where[2]
    parsed.theme, parsed.theme_entry = theme_of(rest)
    if parsed.theme:
        return parsed
    kind, _, adjectives, after = kind_in(rest)
    counted = COUNTED.match(rest)
    if (
        kind is not None
        and (
            re.match(r"^[会能爱]", adjectives)
            or kind.group != "thing"
            or "小" in rest
            or (counted and counted["number"])
        )
        and len(after) <= 3
        and not _THING.search(after)
    ):
        parsed.hero = role(rest)
        parsed.theme_entry = theme_of(adjectives)[1]
        if re.search(r"迷路|走丢|走失", adjectives):
            parsed.wish = wish_of("回家")
        elif re.search(r"没有?(?:朋友|伙伴)", adjectives):
            parsed.wish = wish_of("找到一个朋友")
    elif kind is None and _is_place(rest) and len(rest) <= 9:
        whole = re.sub(rf"{NUMBER}[{MEASURES}]", "", text)
        parsed.place = place(whole)
    elif (counted and counted["number"] and counted["measure"] and len(rest) <= 12) or (
        kind is None and re.match(r"^[会能爱].+的.{1,4}$", rest)
    ):
        parsed.hero = role(rest)
    elif AND_FIND.match(rest) and len(rest) <= 12:
        parsed.wants(rest)
    elif is_name(rest) or TRADE.search(rest) or re.search(r"[车船艇]$", rest):
        parsed.hero = role(rest)
    elif re.search(r"最后一|唯一|最[大小好甜]的", rest) or (_THING.search(after) and kind is not None):
        parsed.wish = find_wish(text)
    else:
        parsed.wish = learn_about(rest)
    return parsed
