"""Who and where, as a Chinese prompt names them."""

import re

from services.story.lexicon import Kind, chinese_kinds, kinds, table
from services.story.premise import Place, Role

WORLD = "zh/world.toml"
MEASURES = "只个位条头匹颗朵列辆艘棵滴片把座名群对双根块张间家"
NUMBER = r"(?:[一两二三四五六七几那这]|有一)"
COUNTED = re.compile(rf"^(?P<number>{NUMBER})?(?P<measure>[{MEASURES}])?(?P<rest>.+)$")
_SIDES = {"里", "里面", "中", "上", "上面", "下", "下面", "旁", "旁边", "边", "边上", "底", "底下", "深处"}
FAMILY = {
    **dict.fromkeys(("奶奶", "外婆", "姥姥", "妈妈", "姐姐", "妹妹", "阿姨"), "she"),
    **dict.fromkeys(("爷爷", "外公", "爸爸", "哥哥", "弟弟", "叔叔"), "he"),
}
"""Who is called by what they are, where the prompt gives no name."""
OFFSPRING = frozenset({"儿子", "女儿", "孙子", "孙女", "侄子", "侄女", "外甥"})
"""Whom only the family calls so: a story calls them a boy or a girl."""
_NO_FLOWERS = {"烟花", "火花", "浪花", "棉花", "豆花", "礼花"}
_CALLED = {("哥", "叔", "伯", "爷", "先生", "大爷"): "he", ("姐", "妹", "姨", "婶", "小姐", "太太", "奶"): "she"}
"""Who is called so is he or she."""
PLACE_ADJECTIVES = {
    "雪": "snowy",
    "魔法": "magic",
    "安静": "quiet",
    "古老": "old",
    "美丽": "beautiful",
    "小": "little",
    "大": "big",
}
_ADJECTIVES = {
    "下雪的": "snowy",
    "魔法": "magic",
    "安静的": "quiet",
    "古老的": "old",
    "小": "small",
    "大": "big",
    "热闹的": "busy",
}


def role(text: str) -> Role:
    """Somebody as a prompt names them: ``一只叫豆豆的小狐狸``, ``小明``, ``三只小猪``, ``会飞的茶壶``."""
    words = text.strip(" ，,。的")[:16] or text[:16]
    words = re.sub(r"^(?:一对)?双胞胎(?=兄弟|姐妹|$)", "两个", words)
    words = "两个孩子" if words == "两个" else words
    match = COUNTED.match(words)
    number, rest = (
        ((match["number"] or "").replace("有", ""), match["rest"]) if match and (match["number"]) else ("", words)
    )
    name = None
    called = re.match(r"^(?:名叫|名字叫|叫做|叫)(?P<name>[^的]{1,8})的(?P<what>.+)$", rest) or re.match(
        r"^(?P<what>.+?)(?:名叫|叫做|叫)(?P<name>.{1,8})$", rest
    )
    if called:
        name, rest = called["name"], called["what"]
    kind, noun, adjectives, after = kind_in(rest)
    if kind is not None and name is None and (is_name(after) or re.fullmatch(r"[小阿老].{1,2}", after)):
        name = after
    count = number if number in {"两", "二", "三", "四", "五", "六", "七", "几"} else ""
    if kind is None and name is None and not number and is_name(rest):
        child = kinds()[_child(rest)]
        return Role(noun=child.zh, kind=child, name=rest, pronoun=child.gender)
    adjectives = adjectives.removeprefix("我").removeprefix("的")
    told = {"女": "she", "男": "he"}.get(adjectives[-1:]) or next(
        (who for ends, who in _CALLED.items() if noun.endswith(ends)), None
    )
    pronoun = "they" if count else (kind.gender or told if kind else FAMILY.get(noun) or told)
    return Role(
        noun=noun,
        kind=kind,
        name=name,
        adjectives=adjectives,
        pronoun=pronoun,
        count="两" if count == "二" else count,
        is_family=noun in FAMILY and not count,
    )


def place(text: str) -> Place:
    """A place as a user writes it: ``下雪的小村庄``, ``在大海里``, ``森林``."""
    words = text.strip(" ，,。")
    words = re.sub(r"^(?:住|生活)?在", "", words)[:20] or words[:20]
    words = re.sub(rf"^一[{MEASURES}]", "", words) or words
    noun, realm, side = _place_noun(words)
    if realm == "land" and re.search(r"雪|冰|冬", words):
        realm = "snow"
    for given in sorted(_SIDES, key=len, reverse=True):
        if words.endswith(given) and len(words) > len(given) and not noun.endswith(given):
            return Place(name=words.removesuffix(given), at=words, realm=realm)
    return Place(name=words, at=f"{words}{side}", realm=realm)


def place_from_english(known: Place) -> Place:
    """The Chinese words for a place that was read in English; one that is not known keeps its name."""
    nouns = table(WORLD)["place_nouns"]
    for han, (_, _, english) in nouns.items():
        if english and re.search(rf"\b{english}s?\b", known.name.lower()):
            adjective = next(
                (f"{zh}" for zh, en in _ADJECTIVES.items() if re.search(rf"\b{en}\b", known.name.lower())), ""
            )
            found = place(f"{adjective}{han}")
            return Place(name=found.name, at=found.at, realm=known.realm)
    bare = re.sub(r"^(?:the|a|an)\s+", "", known.name, flags=re.I)
    name = bare if bare[:1].isupper() else f"名叫“{bare}”的地方"
    return Place(name=name, at=f"{name}那里" if bare[:1].isupper() else name, realm=known.realm)


def english_place_noun(text: str) -> str | None:
    """The English word for the place noun in a Chinese text."""
    nouns = table(WORLD)["place_nouns"]
    for han in sorted(nouns, key=len, reverse=True):
        if han in text and nouns[han][2]:
            return str(nouns[han][2])
    return None


def kind_in(phrase: str) -> tuple[Kind | None, str, str, str]:
    """The last kind of hero that a phrase names: kind, noun, what stands before it and what after."""
    best: tuple[int, int, str] | None = None
    for word in chinese_kinds():
        at = phrase.rfind(word)
        is_name_of_two = at > 0 and len(word) == 1 and phrase[at - 1] == word
        if at >= 0 and not is_name_of_two and phrase[max(0, at - 1) : at + 1] not in _NO_FLOWERS:
            end = at + len(word)
            if best is None or (end, len(word)) > (best[0], best[1]):
                best = (end, len(word), word)
    if best is None:
        noun = phrase.rpartition("的")[2] or phrase
        before = phrase[: len(phrase) - len(noun)].rstrip("的")
        return None, noun, before, ""
    end, size, word = best
    kind = chinese_kinds()[word]
    before = phrase[: end - size].removesuffix("小").rstrip("的")
    if len(word) == 1 and phrase[end - size - 1 : end - size] == "小":
        before = phrase[: end - size - 1].rstrip("的")
    plain = word.removeprefix("小")
    noun = plain if plain in chinese_kinds() else word
    return kind, noun, before, phrase[end:]


def is_name(text: str) -> bool:
    """Whether somebody may be called so: 小明, 乐乐, 阿花, 米娅, Mia."""
    if re.fullmatch(r"[A-Z][A-Za-z'-]{1,12}", text):
        return True
    if text in FAMILY:
        return False
    doubled = len(text) == 2 and text[0] == text[1]
    affixed = re.fullmatch(r"[小阿老][\u4e00-\u9fff]", text) is not None
    return doubled or affixed or text in table(WORLD)["given"]["she"] + table(WORLD)["given"]["he"]


def _child(name: str) -> str:
    girlish = name in (*table(WORLD)["given"]["she"], *table(WORLD)["names"]["person_she"]) or any(
        character in "花红丽美娜芳莉娅雪兰梅婷玲妞萱朵莹慧琳琪雯欣怡悦甜囡倩燕蓉莲珍珠静" for character in name
    )
    return "girl" if girlish else "boy"


def _place_noun(text: str) -> tuple[str, str, str]:
    nouns = table(WORLD)["place_nouns"]
    for word in sorted(nouns, key=len, reverse=True):
        if word in text:
            realm, side, _ = nouns[word]
            return word, realm, side
    return "", "land", "里"
