"""Reading a Chinese text that is told: its people, places, times and weathers."""

import logging
import re
from collections.abc import Iterator
from functools import cache

from schemas import Language
from services.story import chinese_nouns
from services.story.lexicon import Kind, chinese_kinds, table
from services.story.premise import Role
from services.story.reading import Mentions, Person, Said, Where, cues, last_said, longest, mood_of

_SPEECH = re.compile(r"“[^”]*”?")
_SENTENCE = re.compile(r"(?<=[。！？])")
_FIRST_PRONOUN = re.compile(r"^(?P<lead>[^，他她它]{0,8}，)?(?P<pronoun>他们|她们|它们|他|她|它)")
_NOT_THERE = re.compile(r"(?:想|要是|如果|希望|梦见|想起|离开|离|听说)[^，。！？；]{0,8}$")
_PLACE = (
    r"(?:在|到|进|回|去|上|穿过|飞向|游向|住着|^|(?<=[，。！？]))了?"
    r"(?P<np>[^，。！？；：“”在到进了]{0,8}(?P<noun>{nouns})(?:里面|旁边|里|上|下|边|中)?)(?P<after>.?)"
)
_HOME = re.compile(r"(?:回|到|在)了?家(?!乡)")
_DESCRIBED = re.compile(r"[一两三四五六七几][只个位条头匹颗朵]?(?P<what>[^，。！？“”]{0,12})$")
_COLOUR = re.compile(r"(?:雪白|金黄|火红|大红|粉红|红棕|棕|红|蓝|绿|黄|橙|紫|粉|白|黑|灰|金|银)色?")
_PRONOUNS = {"他": "he", "她": "she", "它": None}
_NO_NAME = re.compile("(?:爸|妈|奶|爷|哥|弟|姐|妹|叔|宝|星|娃){2}|大家|自己|老师|小时|小心|小孩|小路|小屋")
"""Words that look like a name and are none."""
_PRESENTING = re.compile(r"叫|住着|从前|有一[只个位条头匹颗朵]")
"""Who somebody is makes less of a picture than what they do."""
_LONGEST_ACTION = 50
_SHORTEST_ACTION = 4
_PERSON = frozenset({"girl", "boy", "child"})


class ChineseReader:
    """See :class:`services.story.reading.Reader`."""

    language: Language = "zh"

    def people(self, text: str) -> list[Person]:
        tokens = _tokens(text)
        found = Mentions()
        named: set[str] = set()
        for name in _names(text, tokens):
            kind, before = _what_is(name, text)
            role = chinese_nouns.role(name)
            if kind is not None:
                role = Role(kind.zh, kind, name, _colour(before), kind.gender)
            is_person = role.kind is not None and role.kind.id in _PERSON
            words = (name,) if kind is None or is_person else (name, kind.zh)
            named |= {kind.id} if kind else {role.kind.id} if role.kind else set()
            found.add(name, Person(role, words), text.count(name))
        for word, kind in _kinds(text, tokens):
            if kind.id not in named:
                called = next((prefix + word for prefix in ("小", "老", "大灰", "大") if prefix + word in text), word)
                described = _DESCRIBED.search(text[: text.find(called)][-14:])
                noun = called if called.startswith(("老", "大")) else kind.zh
                colour = _colour(described["what"] if described else "")
                role = Role(noun, kind, called, colour, kind.gender, _count_of(called, text))
                found.add(kind.id, Person(role, (called, word)), text.count(word))
        for word, (noun, pronoun, look) in cues("zh", "people").items():
            found.add(noun, Person(Role(noun, None, word, "", pronoun), (word,), look), text.count(word))
        return found.ranked()

    def said(self, page: str) -> Said:
        told = self.told(page)
        return Said(
            where=_where(told),
            time=last_said(told, "zh", "times"),
            weather=last_said(told, "zh", "weathers"),
            mood=mood_of(page, "zh"),
        )

    def told(self, page: str) -> str:
        return _SPEECH.sub("。", page)

    def action(self, page: str, people: list[Person]) -> str:
        sentences = [_bare(sentence) for sentence in _SENTENCE.split(_SPEECH.sub("", page))]
        full = [one for one in sentences if len(one) >= _SHORTEST_ACTION]
        chosen = longest([one for one in full if not _PRESENTING.search(one)] or full, _LONGEST_ACTION)
        return _with_names(chosen, page[: page.find(chosen[:6])] if chosen else "", people)

    def is_named(self, person: Person, page: str) -> bool:
        return any(word in page for word in person.words)


def _count_of(word: str, text: str) -> str:
    """三 where a text brings in three of them: 三只可爱的小猪."""
    found = re.search(rf"([两三四五六七])[{chinese_nouns.MEASURES}][^，。！？“”]{{0,4}}?{re.escape(word)}", text)
    return found[1] if found else ""


def _names(text: str, tokens: list[tuple[str, str]]) -> list[str]:
    """Names in the order of the text: words tagged as one that are said twice or speak, and whoever is called so."""
    called = re.findall(r"(?:名叫|名字叫|叫做|叫)([^的，。！？“”：]{1,4})(?=的|，|。)", text)
    speaking = "|".join(cues("zh", "speech")["verbs"])
    names: dict[str, None] = {name: None for name in called if chinese_nouns.is_name(name) or len(name) in {2, 3}}
    for word, tag in tokens:
        doubled = len(word) == 2 and word[0] == word[1] and tag not in {"d", "z", "m", "v"}
        if not (tag.startswith("nr") or doubled or (chinese_nouns.is_name(word) and tag.startswith("n"))):
            continue
        if _NO_NAME.fullmatch(word) or word in cues("zh", "people") or _kind_of(word) or len(word) > 4:
            continue
        if text.count(word) > 1 or re.search(rf"{re.escape(word)}(?:\w{{0,4}})(?:{speaking})", text):
            names.setdefault(word)
    return list(names)


def _what_is(name: str, text: str) -> tuple[Kind | None, str]:
    """What somebody is, by the words right before or after the name, and the words before these."""
    for pattern in (
        rf"叫(?:做)?{re.escape(name)}的(?P<what>[^，。！？]{{1,10}})",
        rf"(?P<what>[^，。！？“”]{{1,16}})，?(?:它|他|她)?(?:的)?(?:名字)?(?:名叫|叫做|叫){re.escape(name)}",
        rf"{re.escape(name)}是(?:一[只个位条头匹颗朵])?(?P<what>[^，。！？“”]{{1,10}})",
        rf"(?P<what>[^，。！？“”]{{0,4}}){re.escape(name)}",
    ):
        for match in re.finditer(pattern, text):
            kind, _, before, after = chinese_nouns.kind_in(match["what"])
            if kind is not None and (len(after) <= 1 or pattern.startswith("叫")):
                return kind, before
    return None, ""


def _kinds(text: str, tokens: list[tuple[str, str]]) -> Iterator[tuple[str, Kind]]:
    """Beings that a text names by what they are: as words of their own, and things only where they speak."""
    speaking = "|".join(cues("zh", "speech")["verbs"])
    seen: set[str] = set()
    for token, _ in tokens:
        found = _kind_of(token)
        if found is None or found[1].id in seen:
            continue
        word, kind = found
        if kind.group != "thing" or re.search(rf"{word}\w{{0,4}}(?:{speaking})", text):
            seen.add(kind.id)
            yield word, kind


def _kind_of(token: str) -> tuple[str, Kind] | None:
    """The kind that a whole word names: 狐狸, 小狐狸, 老狐狸."""
    for word in (token, token.removeprefix("小"), token.removeprefix("大"), token.removeprefix("老")):
        if word in chinese_kinds():
            return word, chinese_kinds()[word]
    return None


def _colour(words: str) -> str:
    found = _COLOUR.search(words)
    return f"{found[0]}" if found else ""


def _where(told: str) -> Where:
    """Where a page ends: at the last place that it says somebody is or comes to."""
    place, end = None, -1
    for match in _place_pattern().finditer(told):
        leads = match[0] != match["np"] + match["after"]
        if not _NOT_THERE.search(told[: match.start()]) and (leads or match["after"] in {"住", "有"}):
            named = re.sub(r"^(?:从前|很久以前|了|一[片座条个间])", "", match["np"])
            place, end = chinese_nouns.place(named), match.end()
    is_home = any(match.end() > end for match in _HOME.finditer(told))
    return Where(None if is_home else place, is_home)


@cache
def _place_pattern() -> re.Pattern[str]:
    nouns = sorted(table(chinese_nouns.WORLD)["place_nouns"], key=len, reverse=True)
    return re.compile(_PLACE.replace("{nouns}", "|".join(nouns)))


def _bare(sentence: str) -> str:
    """A sentence without what was left of speech, and nothing where only that it was said is left."""
    text = sentence.strip("，。！？：；…— ")
    speaking = "|".join(cues("zh", "speech")["verbs"])
    return "" if re.fullmatch(rf"\w{{1,6}}(?:{speaking})\w{{0,3}}", text) else text


def _with_names(sentence: str, before: str, people: list[Person]) -> str:
    match = _FIRST_PRONOUN.match(sentence)
    if not match or not people:
        return sentence
    if match["pronoun"].endswith("们"):
        name = "和".join(str(person.role.name) for person in people[:2])
    else:
        gender = _PRONOUNS[match["pronoun"]]
        fitting = [one for one in people if gender is None or one.role.pronoun in {gender, None}] or people
        last = max(((before.rfind(word), one) for one in fitting for word in one.words), key=lambda pair: pair[0])
        name = str((last[1] if last[0] >= 0 else fitting[0]).role.name)
    return f"{match['lead'] or ''}{name}{sentence[match.end() :]}"


def _tokens(text: str) -> list[tuple[str, str]]:
    return [(token.word, token.flag) for token in _tagger().cut(text)]


@cache
def _tagger():  # type: ignore[no-untyped-def]
    import jieba  # noqa: PLC0415  with the extra [embedded]
    from jieba.posseg import POSTokenizer  # noqa: PLC0415

    jieba.setLogLevel(logging.WARNING)
    return POSTokenizer(jieba.Tokenizer())
