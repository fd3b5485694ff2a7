"""Chinese prompts about a child's own days: birthdays, bedtime, a new baby, a pet that ran away, the dentist."""

import re
from collections.abc import Callable
from dataclasses import replace

from services.story.chinese_nouns import FAMILY, place, role
from services.story.chinese_parsed import Parsed, is_somebody
from services.story.chinese_wish import fear_of, lost_wish, wish_of
from services.story.lexicon import feelings
from services.story.premise import Role, Wish

_FAMILY = "|".join(FAMILY)
_BABY = r"小?(?:弟弟|妹妹|宝宝)"
_GONE = r"(?:走丢|跑丢|走失|弄丢|丢|不见|飞走|跑掉|跑|失踪)了?"
Read = Callable[[Parsed, re.Match[str]], None]


def household(text: str) -> Parsed | None:
    """What such a prompt has, in the first of the ways of saying it that fits."""
    for pattern, read in _WAYS:
        if match := pattern.match(text):
            parsed = Parsed()
            read(parsed, match)
            return parsed
    return None


def _birthday(parsed: Parsed, match: re.Match[str]) -> None:
    what = match["what"] or "蛋糕"
    if match["who"] not in FAMILY:
        parsed.hero, parsed.wish = role(match["who"]), wish_of("做生日蛋糕")
        return
    parsed.hero, parsed.elder = role("孩子"), role(match["who"])
    do, did = {
        "礼物": ("做一份生日礼物", "做好了生日礼物"),
        "惊喜": ("准备一个生日惊喜", "准备好了生日惊喜"),
    }.get(what, ("做一个生日蛋糕", "做好了生日蛋糕"))
    parsed.wish = Wish(do=do, did=did, sort="gift", thing=f"生日{what if what in {'礼物', '惊喜'} else '蛋糕'}")


def _bedtime(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"])
    parsed.wish = wish_of("睡觉")


def _lost(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.who(match["who"])
    where = place(match["where"]) if match["where"] else None
    wish = wish_of("回家")
    parsed.wish = replace(wish, sort="away", lost_at=where.at) if where else wish


def _pet(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role("孩子")
    pet = match["pet"]
    parsed.wish = lost_wish(f"小{pet}" if len(pet) == 1 else pet)


def _crying(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role("孩子")
    parsed.wish = Wish(do=f"逗{match['who']}笑", did=f"逗笑了{match['who']}", sort="skill")


def _new_baby(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role("孩子")
    parsed.feels(f"有点嫉妒刚出生的{match['who']}", "再也不嫉妒了", feelings("zh")["嫉妒"])
    parsed.wish = Wish(do=f"逗{match['who']}笑", did=f"逗笑了{match['who']}", sort="skill")


def _child_or(who: str) -> Role:
    return role(who) if who and is_somebody(who) else role("孩子")


def _tooth(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _child_or(match["who"])
    parsed.wish = lost_wish("掉下来的那颗牙")


def _doctor(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _child_or(match["who"])
    parsed.wish = fear_of(match["what"])


def _moves(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _child_or(match["who"])
    parsed.wish = fear_of("新家")


def _ill(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _child_or(match["who"])
    parsed.feels(f"{match['ill']}了", "全好了", feelings("zh")["难过"])


def _dish(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero, parsed.companion = role("孩子"), role(match["who"])
    parsed.wants(f"学做{match['dish']}")


def _forgot(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _child_or(match["who"])
    parsed.wish = lost_wish(match["thing"])


def _lost_there(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _child_or(match["who"])
    parsed.wish = lost_wish(match["thing"])
    parsed.is_told(f"在{match['where']}弄丢了{match['thing']}")


def _there(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.place = place(match[0])


def _keeper(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = Role(noun=match["trade"], adjectives=(match["how"] or "").rstrip("的"))


def _done(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.wants(match[0])


def _way(pattern: str, read: Read) -> tuple[re.Pattern[str], Read]:
    return re.compile(rf"^{pattern}$"), read


_WAYS: tuple[tuple[re.Pattern[str], Read], ...] = (
    _way(rf"(?:我的?)?(?P<who>{_FAMILY}|[^，的]{{2,5}}?)的?生日(?P<what>礼物|惊喜|蛋糕|会|派对)?", _birthday),
    _way(r"晚安[，,]?(?P<who>[^，,]{1,8})", _bedtime),
    _way(r"(?P<who>[^，,的]{1,8}?)(?:的?睡前|的?晚安|要睡觉了|该睡觉了)", _bedtime),
    _way(
        r"(?P<who>[^，的在]{1,6}[和跟与][^，的在]{1,6}?)(?:一起)?(?:在(?P<where>[^，的]{1,8}?))?(?:迷了?路|走丢|走失)了?",
        _lost,
    ),
    _way(rf"我们?(?:家)?的?(?P<pet>(?!{_FAMILY})[^，的]{{1,6}}?){_GONE}", _pet),
    _way(rf"(?:我的?)?(?P<who>{_BABY})(?:总是?|老是?|一直|不停地|又|整天)*(?:在)?哭(?:个不停|闹|不停|了)?", _crying),
    _way(rf"(?:我?家里?|妈妈|我)?(?:又)?(?:多了?|有了|来了|新来了?|生了)(?:一个|个)(?P<who>{_BABY})", _new_baby),
    _way(r"(?P<who>[^，]{0,5}?)(?:的)?(?:掉|换)了?(?:的)?(?:第?一?颗|门|乳|小)*牙齿?了?", _tooth),
    _way(r"(?P<who>[^，]{0,5}?)(?:要|第一次|怕)?(?:去)?(?:看)(?P<what>牙医|医生)", _doctor),
    _way(r"(?P<who>[^，]{0,5}?)(?:要|第一次)?(?:去)?(?P<what>打针|拔牙|剪头发|理发)", _doctor),
    _way(r"(?P<who>[^，]{1,6}?)(?:怎么也|总是?|又)?找不[到着]了?(?:[他她它]的|自己的)?(?P<thing>[^，]{1,8})", _forgot),
    _way(r"(?P<who>[^，的]{0,6}?)(?:要)?搬(?:进)?(?:到)?(?:了)?(?:新?家|新房子)(?:了)?", _moves),
    _way(r"(?P<who>[^，的]{1,6}?)(?P<ill>发烧|生病|感冒|咳嗽|肚子疼|拉肚子)了?", _ill),
    _way(
        rf"(?:我的?)?(?P<who>{_FAMILY})(?:做|包|煮|烤)?的(?P<dish>饼干|蛋糕|饺子|馒头|包子|面条|汤|粽子|月饼|糖葫芦)",
        _dish,
    ),
    _way(r"(?:总是|又|老是)?忘(?:了|记)?(?:带|拿|戴)?了?(?P<thing>[^，的去要做]{1,6})的(?P<who>[^，的]{1,8})", _forgot),
    _way(r"(?P<who>[^，的]{1,6}?)(?:总是|又|老是)?忘(?:了|记)?(?:带|拿|戴)了?(?P<thing>[^，的]{1,6})", _forgot),
    _way(
        r"(?P<who>[^，的在]{1,6}?)在(?P<where>[^，的]{1,6}?)(?:把)?(?:弄丢|丢失|丢)了(?P<thing>[^，]{1,8})", _lost_there
    ),
    _way(r"(?P<how>[^，]{1,4}的)?(?P<trade>[^，的]{1,4}(?:看守人|守护人|管理员|饲养员|驾驶员))", _keeper),
    _way(
        r"[^，的去来找想看]{1,4}(?:楼上|楼下|阁楼上|底下|床下|下面|里面|后面|屋顶上|柜子里|口袋里|抽屉里|地下室里?)",
        _there,
    ),
    _way(
        r"(?:堆雪人|打雪仗|搭积木|捉迷藏|放风筝|包饺子|包粽子|折纸飞机|吹泡泡|过家家|种花|种树|捏泥人|做饼干|做蛋糕)",
        _done,
    ),
)
"""Ways of saying it, the most telling first."""
