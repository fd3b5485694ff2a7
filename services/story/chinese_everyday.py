"""What Chinese prompts of every day are after: an outing, a first day, sleep."""

import re

from services.story.premise import Wish

_GOES_THERE = re.compile(
    r"(?:坐(?:公交车|火车|地铁|校车))?(?:去|逛|到)(?P<goal>.{1,8}?)(?P<more>玩(?:耍|儿)?|散步|郊游|春游|秋游|野餐)?$"
)
_PLACE = re.compile(
    r"(?:海边|海滩|沙滩|湖边|河边|山里|乡下|农场|果园|花园|公园|乐园|动物园|植物园|水族馆|游乐[园场]|超市|商[店场]|市场|集市|庙会|书店"
    r"|图书馆|博物馆|电影院|游泳池|操场|广场|森林|树林|草地|草原|田野|雪场|溜冰场|外婆家|奶奶家|姥姥家|爷爷家|外公家|城里|镇上)$"
)
_ONE_WORD = re.compile(
    r"(?:去)?(?:露营|野餐|郊游|春游|秋游|旅行|钓鱼|爬山|滑雪|滑冰|溜冰|游泳|赶集|逛街|逛庙会|放风筝|赶海)$"
)
_HARVEST = re.compile(r"(?:去)?[摘采](?:草莓|苹果|樱桃|葡萄|桃子?|梨|橘子|野果|蘑菇|野花|花|桑葚|蓝莓)$")
_SLEEP = re.compile(r"(?:学会?)?(?:自己|独自|一个人|好好|早点)?(?:睡觉|入睡|睡着|上床睡觉)$")
_SCHOOL = re.compile(r"(?:去|上)(?P<school>幼儿园|小学|学校|托儿所|学前班|学)$")


def everyday_wish(do: str) -> Wish | None:
    """The wish to go out for the day, or to fall asleep; None for any other."""
    if _SLEEP.match(do):
        return Wish(do="睡着", did="睡着了", sort="sleep")
    if _HARVEST.match(do):
        how, what = do.removeprefix("去")[0], do.removeprefix("去")[1:]
        return Wish(do=do, did=f"{how}到了{what}", sort="outing", thing=what)
    if _ONE_WORD.match(do):
        return Wish(do=do, did=f"去{do.removeprefix('去')}了", sort="outing")
    there = _GOES_THERE.match(do)
    if there is None or not _PLACE.search(there["goal"]):
        return None
    goal = there["goal"]
    more = there["more"] or ""
    return Wish(do=f"去{goal}{more}", did=f"到{goal}去{more or '玩'}了一天", sort="outing", thing=goal, goal=goal)


def first_day(what: str) -> Wish | None:
    """The wish behind a first day at school, of 上幼儿园; None for any other first time."""
    school = _SCHOOL.match(what)
    if school is None:
        return None
    goal = "学校" if school["school"] in {"学", "小学"} else school["school"]
    return Wish(do=what, did=f"{what}了", sort="first", thing=what, goal=f"{goal}的教室")
