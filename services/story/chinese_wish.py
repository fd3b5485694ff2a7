"""What somebody in a Chinese prompt is after."""

import re
from dataclasses import replace

from services.story.chinese_everyday import everyday_wish
from services.story.chinese_nouns import MEASURES, NUMBER
from services.story.lexicon import english_of_thing, table
from services.story.premise import Wish

_SORTS = {
    "home": r"回家|^回到|家的路",
    "friend": r"(?:找|交|有|认识).{0,4}朋友",
    "fear": r"(?:不再|克服).*(?:怕|恐惧)",
    "find": r"^(?:寻找|找到?|寻|发现|搜寻)",
    "help": r"^(?:帮助?|救|拯救|保护|照顾|送|分享|给)",
    "contest": r"^(?:赢|比赛|参加.*(?:赛|运动会)|得冠军|拿冠军)",
    "make": r"^(?:做|烤|盖|造|画|写|种|织|煮|包|搭|堆|捏|折|建|修|制作|酿)",
    "skill": r"^(?:学会?|唱|跳舞|踢|弹|拉|游泳|骑|滑|读|练|数|打鼓|吹)",
    "know": r"^(?:知道|了解|明白|弄懂|弄明白)",
    "reach": r"^(?:来到|翻过|飞过|穿过|走过|渡过|越过|游过|环游|摸|碰|够|飞|去|到|看|见|爬|登|抓|捉|坐"
    r"|吃|摘|追|抱|亲)",
}


_WORK = re.compile(
    r"^(?:送|烤|画|唱|弹|拉|吹|打(?!败|碎|破|喷|呼|嗝|架|滚|雷)|敲|修|卖|教|织|讲|打扫|守护|看守|煮|酿|种|养|收集|采|捡|钓|缝|补|洗|浇|剪|写|读|跳舞|踢|数"
    r"|做|和.+(?:说话|聊天|玩|跳舞)|演奏|发明)(?!一|这|那|给|出|到|好)"
)
"""What somebody may do day after day, for a living or for love."""


_IN_NEED = re.compile(
    rf"(?:捡到?|发现|遇到|遇见|看到|看见|碰到)了?(?:一?[{MEASURES}])?"
    r"(?P<who>(?:受伤|迷路|生病|流浪|走丢|被困|没人要|淋湿|翅膀受伤|饿肚子)的.+)"
)
"""Whoever is found so is helped."""


def is_work(wish: Wish) -> bool:
    """Whether a wish is what somebody may do day after day: 送信, 画画; not 造一艘船."""
    return _WORK.match(wish.do) is not None and "朋友" not in wish.do


def wish_of(verb_phrase: str) -> Wish:
    """The wish behind a verb phrase: ``摸月亮``."""
    do = re.sub(r"^(.{1,3})了(?=.)", r"\1", verb_phrase.strip(" ，,。的"))[:16].rstrip("的和与在")
    do = re.sub(r"^比(?:力气|大小|本领|高矮|快慢)$", "赢得比赛", do)
    do = {"寻宝": "寻找宝藏", "探宝": "寻找宝藏", "探险": "去远方探险", "捉迷藏": "玩捉迷藏"}.get(do, do)
    do = re.sub(r"^[去来](?=(?:.{1,4}[里上边中]|地球|月球|太空).{2})", "到", do)
    do = re.sub(r"^(?:着|去|来(?!到)|要)(?=.{2,})", "", do) if not re.match(r"^(?:去|要)[^找看摸帮]", do) else do
    if everyday := everyday_wish(do):
        return everyday
    if close := re.fullmatch(r"(?:做|当|成为|变成)(?:了|好)*(?P<who>邻居|室友|同桌|伙伴)", do):
        return Wish(do=f"成为好{close['who']}", sort="friend", did=f"成为了好{close['who']}", thing="朋友")
    if found := _IN_NEED.fullmatch(do):
        return wish_of(f"帮助{found['who']}")
    if eaten := re.fullmatch(r"吃(?![到好完饱])(?:太多|好多|很多|许多)?(?:的)?(.+)", do):
        return find_wish(f"最好吃的{eaten[1]}")
    lesson = re.match(r"^(?:学会|学着|学习|学)(?![校生习])(?P<do>.{2,}|[飞游跑走唱])$", do)
    if lesson:
        known = next((word for word in things() if word in lesson["do"]), None)
        made = re.search(_SORTS["make"], lesson["do"]) is not None
        return Wish(
            do=lesson["do"],
            sort="make" if made else "skill",
            thing=known or _object(lesson["do"]),
            did=f"学会了{lesson['do']}",
        )
    sort = next((name for name, words in _SORTS.items() if re.search(words, do)), "any")
    known = next(
        (
            word
            for word in things()
            if word in do[1:] and (len(word) > 1 or do.endswith(word)) and not do.startswith(word)
        ),
        None,
    )
    return Wish(
        do=do, sort=sort, thing=known or _object(do), did=_did(do), ask=f"怎样才能{do}呢？" if sort == "know" else None
    )


def work_of(wish: Wish) -> Wish:
    """The same as what somebody does day after day: a craft where something is made."""
    return replace(wish, sort="craft" if wish.sort == "make" else "work")


def find_wish(thing: str) -> Wish:
    """The wish to find something."""
    what = re.sub(rf"^(?:[他她它]们?的?(?=.{{2}})|自己的)?(?:{NUMBER}[{MEASURES}]|了)?", "", thing)[:14] or thing[:14]
    return Wish(do=f"找到{what}", sort="friend" if "朋友" in what else "find", thing=what, did=f"找到了{what}")


def lost_wish(thing: str) -> Wish:
    """The wish to find what somebody has lost."""
    found = find_wish(thing)
    return replace(found, sort="lost") if found.sort == "find" else found


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


def things() -> list[str]:
    return [word for word in english_of_thing() if len(word) > 1 or word in "雨雪风歌书"]


def _object(do: str) -> str | None:
    match = re.match(
        r"^(?:学会?|想)?(?:摸|找到?|寻找|看见?|去|到|做|烤|画|唱|种|盖|造|救|帮助?|保护|抓住?|捉|摘|追"
        r"|爬上?|见|买|送|写|弹|拉|骑|吃|够到|碰)(?P<np>.{1,10})$",
        do,
    )
    return re.sub(rf"^(?:一?[{MEASURES}]|到)(?=.{{2,}})", "", match["np"]) if match else None


def _did(do: str) -> str:
    if done := re.match(r"^(.{1,2}[好到出完上])(?!了)(.+)$", do):
        return f"{done[1]}了{done[2]}"
    results = table("zh/verbs.toml")
    for verb in sorted(results, key=len, reverse=True):
        if do.startswith(verb):
            rest = do.removeprefix(verb).removeprefix("到").removeprefix("了")
            if verb == "回家":
                return "回到了家"
            return f"{results[verb]}{rest}"
    return f"实现了{do}的心愿"
