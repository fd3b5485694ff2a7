"""English prompts that tell of an event: ``the day the moon fell asleep``, ``it rained pancakes``."""

import re

from services.story.english_nouns import DETERMINER, FAMILY, kind_of, plurals, role
from services.story.english_parsed import Parsed
from services.story.english_wish import PLAIN_VERBS
from services.story.english_words import base, past
from services.story.lexicon import table
from services.story.premise import Wish

_WHEN = re.compile(
    r"^(?:the|that|one|a)\s+(?P<when>day|night|evening|morning|afternoon|summer|winter|spring|autumn|week|year)\s+"
    r"(?:when\s+|that\s+)?(?P<clause>.+)$",
    re.I,
)
_WITH = re.compile(r"^(?P<who>.+?)\s+and\s+(?P<event>the\s+(?:day|night|morning|winter|summer)\s.+)$", re.I)
_NIGHTLY = frozenset({"night", "evening"})
_AUXILIARY = frozenset({"was", "were", "is", "are", "had", "has", "could", "would", "did", "didn't", "couldn't"})
_NOT_FINITE = frozenset({"wicked", "naked", "red", "bed", "hundred", "tired", "sacred", "beloved", "was", "its", "his"})
_IMPERSONAL = re.compile(r"(?:it|everything|everybody|everyone|nobody|nothing|all of it|somebody|something)$", re.I)
_OF_ONESELF = frozenset({"i", "we"})


def event_of(text: str) -> Parsed | None:
    """``the day the moon fell asleep``: the event, or, if it is somebody's deed, whoever did it and what it was."""
    if (with_whom := _WITH.match(text)) and (parsed := event_of(with_whom["event"])) and parsed.hero is None:
        parsed.who(with_whom["who"], "")
        return parsed
    match = _WHEN.match(text)
    found = _split(match["clause"]) if match else None
    if match is None or found is None:
        return None
    who, verb, rest = found
    parsed = Parsed()
    if who.lower() in _OF_ONESELF:
        parsed.hero = role("a child")
        parsed.wants(f"{base(verb)} {rest}".strip())
        return parsed
    if _is_somebody(who):
        return None
    return _happened(who, verb, rest, match["when"].lower())


def deed_of(text: str) -> str:
    """``my dog who learned to fly``, of ``the day my dog learned to fly``; any other text as it is."""
    match = _WHEN.match(text)
    found = _split(match["clause"]) if match else None
    if found is None or found[0].lower() in _OF_ONESELF or not _is_somebody(found[0]):
        return text
    return f"{found[0]} who {found[1]} {found[2]}".strip()


def plain_event(text: str) -> Parsed | None:
    """``all the colours disappeared``: an event without a day; of things, since somebody who does something is a
    hero.
    """
    found = _split(text)
    if found is None or _is_somebody(found[0]) or re.match(r"an?\s", text, re.I):
        return None
    return _happened(*found, "day")


_JOYS = frozenset(
    ("come", "arrive", "appear", "land", "return", "visit", "bloom", "blossom", "dance", "sing", "rain", "snow")
)
"""What it is a joy to see."""


def _happened(who: str, verb: str, rest: str, when: str) -> Parsed:
    parsed = Parsed()
    told = verb if verb in _AUXILIARY else past(base(verb))
    told = {"is": "was", "are": "were", "has": "had"}.get(told, told)
    whole = f"{_lower(who)} {told} {rest}".strip()
    is_somewhere = _IMPERSONAL.match(who) is None
    rained = re.match(r"(?!to\b)(?:an?\s+|the\s+)?(?P<what>[a-z-]+)$", rest)
    parsed.wish = Wish(
        do="be there",
        did="was there",
        sort="night" if when in _NIGHTLY else "event",
        thing=_lower(who) if is_somewhere else rained["what"] if rained and told in {"rained", "snowed"} else None,
        event=whole,
        the_day=f"the {when} {whole}",
        is_welcome=base(verb) in _JOYS and not re.match(r"(?:off|down|apart|undone|loose|out of)\b", rest),
    )
    return parsed


def _split(clause: str) -> tuple[str, str, str] | None:
    """Who, finite verb and the rest of a clause."""
    words = clause.strip(" .!").split()
    for at in range(1, min(len(words), 7)):
        word = words[at].lower()
        if words[at][0].isupper() or word in _NOT_FINITE - _AUXILIARY or not _is_finite(word, words[at - 1]):
            continue
        return " ".join(words[:at]), word, " ".join(words[at + 1 :])
    return None


def _is_finite(word: str, before: str) -> bool:
    if word in _AUXILIARY or word in _pasts():
        return before.lower() not in {"a", "an", "the", "my", "his", "her", "to"}
    if word.endswith("ed") and len(word) > 4:
        return DETERMINER.match(f"{before} ") is None
    known = base(word)
    return word.endswith("s") and word not in plurals() and (known in PLAIN_VERBS or known in table("en/verbs.toml"))


def _pasts() -> set[str]:
    return {forms[0] for forms in table("en/verbs.toml").values()}


def _is_somebody(who: str) -> bool:
    """Whether it is somebody of a kind that acts, or has a name: not the moon, not everybody, not all the colours."""
    if _IMPERSONAL.match(who):
        return False
    bare = DETERMINER.sub("", who)
    kind = kind_of(bare)[0]
    return (
        bare.lower() in FAMILY
        or (kind is not None and kind.group != "thing")
        or (kind is None and who[:1].isupper() and " " not in who)
    )


def _lower(who: str) -> str:
    return who[:1].lower() + who[1:] if re.match(r"(?:The|A|An|All|Every|My|It|Nobody)", who) else who
