"""English prompts that name who comes along: his friend the owl, her dog Rex, with her grandpa."""

import re
from dataclasses import dataclass

from services.story.english_nouns import role
from services.story.english_wish import PLAIN_VERBS
from services.story.premise import Role

_OWN = r"(?:his|her|its|their|my|our)"
_CLOSE = r"(?:(?:very|best|good|old|dear|closest|faithful)\s+)*"
_FRIEND = rf"{_CLOSE}(?:friend|pal|buddy|companion)"
_HIS_FRIEND = re.compile(
    rf"\band\s+(?P<own>{_OWN})\s+{_FRIEND}(?P<comma>,)?\s+(?:(?:called|named)\s+)?(?=(?:an?|the)\s|[A-Z])"
)
_SET_OFF = re.compile(r"(\band (?:(?:an?|the) )?[\w'-]+(?: [\w'-]+)?),\s+")
"""The comma behind a friend who was set off by commas."""
_ARE_FRIENDS = re.compile(
    rf"^(?P<two>.+?\s+and\s+.+?)\s+(?:who\s+)?(?:are|were|have always been)\s+{_CLOSE}"
    r"(?:friends|roommates|flatmates|neighbou?rs|classmates|cousins)$",
    re.I,
)
_TWO_FRIENDS = re.compile(rf"^(?:the\s+)?two\s+{_CLOSE}friends\b", re.I)
_AND_I = re.compile(r"^(?:my\s+(?P<first>[\w' -]+?)\s+and\s+(?:I|me)|(?:me|I)\s+and\s+my\s+(?P<second>[\w'-]+))\b")
_HIS_FRIENDS = re.compile(
    rf"^(?P<who>[^,]+?)\s+and\s+{_OWN}\s+(?:\w+\s+)?friends\s+(?P<verb>[a-z]+)(?P<rest>\s.+)$", re.I
)
_AT_HOME = re.compile(
    r"^(?P<who>.+?),?\s+who\s+lives?\s+(?P<where>(?:in|on|at|above|under|near|by|beside|next to|over)\s+[^,]+?)"
    rf"(?:\s+with\s+(?P<with>{_OWN}\s+[\w' -]+?))?,?\s+and\s+(?P<rest>\w+\s.+)$",
    re.I,
)
"""Where somebody lives, and with whom, before what they do."""
_ALONG = re.compile(rf"\s+(?:together\s+)?with\s+(?P<who>{_OWN}\s+[\w' -]+)$", re.I)


@dataclass(frozen=True)
class Company:
    """A prompt without the words for who comes along."""

    text: str
    companion: Role | None = None
    """Whoever is named behind what is done: goes to the zoo with her grandpa."""
    are_friends: bool = False
    pronoun: str | None = None
    """Of whoever it is about, where only those words say it: he, of his friend the owl."""
    where: str | None = None
    """Where they live."""


def company_of(text: str) -> Company:  # noqa: PLR0911  (one return a pattern)
    """The prompt with its friends called by what they are: ``a fox and the owl``, of ``a fox and his friend the owl``.

    What it tells of several of whom one is *I* is told of a child.
    """
    if match := _ARE_FRIENDS.match(text):
        return Company(match["two"], are_friends=True)
    if _TWO_FRIENDS.match(text):
        return Company(_TWO_FRIENDS.sub("a girl and a boy", text), are_friends=True)
    if match := _AT_HOME.match(text):
        one = role(match["with"]) if match["with"] else None
        return Company(
            f"{match['who']} who {match['rest']}", one, pronoun=_pronoun(match["with"] or ""), where=match["where"]
        )
    if match := _AND_I.match(text):
        return Company(f"a child and my {match['first'] or match['second']}{text[match.end() :]}")
    if match := _HIS_FRIEND.search(text):
        rest = text[match.end() :]
        kept = f"{text[: match.start()].rstrip(' ,')} and {rest}"
        kept = _SET_OFF.sub(r"\1 ", kept, count=1) if match["comma"] else kept
        return Company(kept, are_friends=True, pronoun=_pronoun(match["own"]))
    if (match := _HIS_FRIENDS.match(text)) and match["verb"] in PLAIN_VERBS:
        return Company(f"{match['who']} wants to {match['verb']}{match['rest']}")
    if match := _ALONG.search(text):
        return _along(text, match)
    return Company(text)


def _along(text: str, match: re.Match[str]) -> Company:
    who = re.sub(rf"^({_OWN})\s+{_FRIEND},?\s+(?=\w)", "", match["who"])
    is_friend = who != match["who"]
    one = role(who)
    is_somebody = one.is_family or one.name is not None or (one.kind is not None and one.kind.group != "thing")
    if not is_somebody or one.count or one.pronoun == "they":
        return Company(text)
    return Company(text[: match.start()], one, is_friend, _pronoun(match["who"]))


def _pronoun(own: str) -> str | None:
    return {"his": "he", "her": "she"}.get(own.partition(" ")[0].lower())
