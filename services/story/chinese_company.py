"""Chinese prompts that name who comes along: 和好朋友小熊, 和他的小狗旺财, 带着小狗."""

import re
from dataclasses import dataclass

from services.story.chinese_clauses import VERB
from services.story.chinese_nouns import FAMILY, is_name, kind_in

_OWN = r"(?:[他她它我]们?的|自己的)"
_FRIEND = r"(?:最|要好的|好的|好|老)*(?:小?伙伴|朋友|同伴)"
_HIS_FRIEND = re.compile(rf"(?:和|跟|与|带着?){_OWN}?{_FRIEND}(?!们)")
_ARE_FRIENDS = re.compile(rf"^(?P<two>[^，,]+?[和跟与][^，,]+?)(?:一直)?是(?:一对)?{_FRIEND}$")
_TWO_FRIENDS = re.compile(rf"^[两俩二][个位只]?{_FRIEND}(?=.)")
_AND_I = re.compile(r"^(?:我[和跟与](?P<first>[^，,]+)|(?P<second>[^，,]{1,6}?)[和跟与]我(?P<do>[^，,的]{2,}))$")
_TAKEN_ALONG = re.compile(r"^(?P<who>[^，,]{1,8}?)带(?:着|上)(?P<second>[^，,]+)$")
_HIS_OWN = re.compile(rf"(?<=[和跟与]){_OWN}(?P<what>[^，,]+)$")
_WITH_FAMILY = re.compile(
    rf"^(?P<lead>[^，,和跟与]{{1,12}}?(?:想|要|希望|喜欢))(?:和|跟|与)(?:[他她]的)?(?P<who>{'|'.join(FAMILY)})"
    r"(?:一起|一块儿?)?(?P<do>[^，,的]{2,})$"
)


@dataclass(frozen=True)
class Company:
    """A prompt without the words for who comes along."""

    text: str
    are_friends: bool = False
    companion: str | None = None
    """Whoever somebody wants to do it with: 想跟奶奶学煮面."""


def company_of(text: str) -> Company:  # noqa: PLR0911  (one return a pattern)
    """The prompt with its friends called by what they are: 小兔子和小熊, of 小兔子和好朋友小熊.

    What it tells of several of whom one is 我 is told of a child.
    """
    if match := _ARE_FRIENDS.match(text):
        return Company(match["two"], are_friends=True)
    if _TWO_FRIENDS.match(text) and not re.search("吵架|打架|闹别扭|抢", text):
        return Company(_TWO_FRIENDS.sub("小女孩和小男孩", text), are_friends=True)
    if match := _WITH_FAMILY.match(text):
        return Company(f"{match['lead']}{match['do']}", companion=match["who"])
    text = _of_a_child(text)
    if match := _HIS_FRIEND.search(text):
        rest = text[match.end() :]
        if _names_somebody(rest):
            return Company(f"{text[: match.start()]}和{_named(rest)}", are_friends=True)
        return Company(text[: match.start()] + rest if rest and match.start() else text)
    if (match := _TAKEN_ALONG.match(text)) and _names_somebody(match["who"]) and _names_somebody(match["second"]):
        return Company(f"{match['who']}和{_named(match['second'])}", are_friends=True)
    if (match := _HIS_OWN.search(text)) and _names_somebody(match["what"]):
        return Company(f"{text[: match.start()]}{_named(match['what'])}", are_friends=True)
    return Company(text)


def _of_a_child(text: str) -> str:
    match = _AND_I.match(text)
    if match is None or not _names_somebody(match["first"] or match["second"]):
        return text
    return f"孩子和{match['first'] or match['second'] + match['do']}"


def _names_somebody(text: str) -> bool:
    """Whether a phrase begins with somebody: 小熊去摘草莓, 妹妹一起做煎饼, 乐乐."""
    kind, noun, before, _ = kind_in(text[:6])
    is_first = kind is not None and kind.group != "thing" and len(before) <= 2 and noun in text[:5]
    return is_first or text.startswith(tuple(FAMILY)) or is_name(text[:2])


def _named(text: str) -> str:
    """小狗叫旺财去海边, of 小狗旺财去海边."""
    kind, noun, _, _ = kind_in(text[:4])
    end = text.find(noun) + len(noun)
    after = text[end:]
    is_named = kind is not None and re.match(rf"[^的和跟与一叫]{{2}}(?:一起|去|{VERB}|$)", after) is not None
    if not is_named or re.match(rf"{VERB}|去|一起|会|想|要|怕|在", after):
        return text
    return f"{text[:end]}叫{after}"
