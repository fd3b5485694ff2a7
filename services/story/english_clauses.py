"""English prompts that are a sentence about somebody: who wants, fears, loses or does something."""

import re

from services.story.english_nouns import DETERMINER, clip, kind_of, place, plurals
from services.story.english_parsed import Parsed, cut_place, theme_of
from services.story.english_wish import PLAIN_VERBS, TAIL, amends, fear_of, find_wish, learn_about, wish_of
from services.story.english_words import base, gerund
from services.story.lexicon import english_kinds
from services.story.premise import Role, Wish

_WANTS = re.compile(
    r"^(?P<who>.+?)\s+(?:,\s*)?(?:(?:who|that|which)\s+)?(?:(?:always|really|only|just|secretly|once|also"
    r"|so|desperately)\s+)*"
    r"(?:(?:want|wish|hope|long|dream|love|like|tri|try|need|decide|learn|yearn|wishe|plan|set|goe|go)"
    r"(?:s|es|ed|ing|ies|ied|t)?|trying)"
    r"(?:\s+(?:out|very much|so much|off))?\s+(?:how\s+)?to\s+(?P<do>.+)$",
    re.I,
)
_WANTS_THING = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:really\s+|always\s+)?(?:want|wishe?|long|need)(?:s|ed)?(?:\s+for)?\s+"
    r"(?P<thing>(?:a|an|the|some|more|his|her|their)\s+.+)$",
    re.I,
)
_ABOUT_TO = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:is\s+|was\s+|goes\s+|went\s+|sets\s+out\s+)?(?:on\s+)?(?:a|an"
    r"|his|her|their|its|the)\s+"
    r"(?:\w+\s+)?(?:quest|journey|adventure|mission|trip|expedition|search)\s+(?:to|for)\s+(?P<do>.+)$",
    re.I,
)
_DREAMS = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?dream(?:s|ed|ing)?\s+(?:of|about)\s+(?P<do>\w+ing\b.*)$", re.I
)
_DREAM_THING = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?dream(?:s|ed|ing)?\s+(?:of|about)\s+(?P<thing>.+)$", re.I
)
_LOOKS = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:is\s+|was\s+)?(?:look(?:s|ed|ing)?|search(?:es|ed"
    r"|ing)?)\s+for\s+(?P<thing>.+)$",
    re.I,
)
_LEARNS = re.compile(r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?learn(?:s|ed|ing)?\s+about\s+(?P<thing>.+)$", re.I)
_FEARS = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:is\s+|was\s+|are\s+)?(?:so\s+|very\s+)?(?:afraid|scared"
    r"|frightened|terrified)\s+(?:of|by)\s+"
    r"(?P<fear>.+)$",
    re.I,
)
_OVERCOMES = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:overcom\w+|fac(?:es|ing))\s+(?:his|her|its"
    r"|their)\s+fear\s+of\s+(?P<fear>.+)$",
    re.I,
)
_CANNOT = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:cannot|can't|can’t|could not|couldn't|couldn’t|can not|won't|won’t"
    r"|is not able to|(?:does not|doesn't|doesn’t|did not|didn't) (?:know how|want|like) to|refuses to|hates to)\s+"
    r"(?P<do>.+)$",
    re.I,
)
_LOST = re.compile(
    r"^(?P<who>.+?)(?<!\bthe)(?<!\ba)(?<!\bhis)(?<!\bher)(?<!\bits)(?<!\btheir)(?<!\bmy)\s+(?:who\s+"
    r"|that\s+)?(?:has\s+|had\s+)?(?:lost|loses|losing|misplaced|is missing)\s+(?P<thing>.+)$",
    re.I,
)
_GETS_LOST = re.compile(
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:is|was|gets|got|went|goes)\s+lost"
    r"(?:\s+(?P<where>(?:in|on|at)\s+.+))?$",
    re.I,
)
_POSSESSED = re.compile(
    r"^(?P<who>.+?)['’]s?\s+(?:\w+\s+){0,3}?(?:journey|trip|adventure|voyage|way|walk)\s+to\s+(?P<where>.+)$", re.I
)
_CLAUSE = re.compile(r"^(?P<who>.+?),?\s+(?:who|that|which)\s+(?P<verb>[a-z]+)(?P<rest>\s+.+)?$", re.I)
_ACTING = re.compile(
    r"^(?P<who>(?:(?:a|an|the|two|three|my|our|\w+'s)\s+)?(?:[\w'-]+\s+){0,3}?[\w'-]+)\s+"
    r"(?P<verb>[a-z]{2,}ing)(?P<rest>\s+.+)?$"
)
_TRAITS = {
    "be": "was",
    "can": "could",
    "could": "could",
    "will": "would",
    "would": "would",
    "have": "had",
    "hate": "hated",
}
"""Verbs that say how somebody is, not what they are after; in the past."""
_MISDEEDS = {"break", "lie", "steal", "cheat", "spoil", "forget", "fight"}


def wishing(text: str) -> Parsed | None:  # noqa: PLR0911, PLR0912  (one branch a pattern)
    parsed = Parsed()
    for pattern in (_OVERCOMES, _FEARS):
        if match := pattern.match(text):
            parsed.who(match["who"], text)
            fear = clip(TAIL.sub("", match["fear"]), 6)
            parsed.wish = fear_of(fear)
            return parsed
    if match := _DREAMS.match(text):
        parsed.who(match["who"], text)
        verb, _, rest = match["do"].partition(" ")
        parsed.wants(f"{base(verb)} {rest}".strip())
        return parsed
    if match := _POSSESSED.match(text):
        parsed.who(match["who"], text)
        parsed.wants(f"travel to {match['where']}")
        return parsed
    if match := _GETS_LOST.match(text):
        parsed.who(match["who"], text)
        parsed.wish = Wish(do="find the way home", sort="home")
        parsed.place = place(match["where"]) if match["where"] else parsed.place
        return parsed
    for pattern in (_LOOKS, _LOST):
        if match := pattern.match(text):
            parsed.who(match["who"], text)
            thing, parsed.place = cut_place(TAIL.sub("", match["thing"]))
            parsed.wish = (
                Wish(do="find the way home", sort="home") if re.search(r"\bway\b", thing) else find_wish(thing)
            )
            return parsed
    if match := _ABOUT_TO.match(text):
        parsed.who(match["who"], text)
        first = match["do"].split(" ")[0].lower()
        is_verb = (
            re.search(r"(?:quest|journey|adventure|mission|trip|expedition|search)\s+to\s", text, re.I) is not None
        )
        parsed.wants(match["do"] if is_verb and first not in {"the", "a", "an"} else f"find {match['do']}")
        return parsed
    if match := _LEARNS.match(text):
        parsed.who(match["who"], text)
        thing, parsed.place = cut_place(TAIL.sub("", match["thing"]))
        parsed.theme, parsed.theme_entry = theme_of(thing)
        parsed.wish = None if parsed.theme else learn_about(thing)
        return parsed
    if match := _DREAM_THING.match(text):
        parsed.who(match["who"], text)
        parsed.wish = wish_of(f"find {match['thing']}")
        return parsed
    for pattern in (_CANNOT, _WANTS):
        if match := pattern.match(text):
            parsed.who(match["who"], text)
            parsed.wants(match["do"], is_lesson=pattern is _CANNOT or re.search(r"\blearn", text, re.I) is not None)
            return parsed
    if match := _WANTS_THING.match(text):
        parsed.who(match["who"], text)
        parsed.wish = find_wish(match["thing"])
        return parsed
    if match := _CLAUSE.match(text):
        parsed.who(match["who"], text)
        _clause(parsed, base(match["verb"]), (match["rest"] or "").strip())
        return parsed
    return None


def _clause(parsed: Parsed, verb: str, rest: str) -> None:
    """``who bakes cakes``, ``who was always late``."""
    if verb == "break" and rest:
        parsed.wish = amends(rest)
    elif verb in _MISDEEDS or re.match(r"tell (?:a|some) lies?\b", f"{verb} {rest}"):
        parsed.wish = Wish(do="make everything right again", did="made everything right again", sort="mend")
    elif verb == "live":
        _lives(parsed, rest)
    elif verb == "fall" and (fallen := re.match(r"^from\s+(.+)$", rest)):
        parsed.wish = Wish(do=f"find the way back to {clip(fallen[1], 6)}", sort="home", thing=clip(fallen[1], 6))
    elif verb in {"love", "like", "meet"}:
        parsed.wish = wish_of(f"{'meet' if verb == 'meet' else 'find'} {rest}")
    elif verb == "have" and re.match(r"no\b.*\bfriends?$", rest):
        parsed.wish = wish_of("find a friend")
    elif verb == "be" and " " not in rest:
        parsed.hero = _described(parsed.hero, rest)
    elif verb in {"can", "could", "will", "would"} and rest and " " not in rest:
        parsed.hero = _described(parsed.hero, gerund(rest))
    elif verb in _TRAITS and rest:
        parsed.is_told(f"{_TRAITS[verb]} {rest}")
    else:
        parsed.wants(f"{verb} {rest}".strip())


def together(text: str) -> Parsed | None:
    """``Lily, Max and their dog build a tree house``: several, then what they do."""
    if not (who := re.match(r"^(?:[^,]+,\s+)*[^,]+?\s+and\s+(?:\w+\s+){0,2}?", text)):
        return None
    for match in re.finditer(r"\b[a-z]+\b", text[who.end() :]):
        start = who.end() + match.start()
        if match.start() and match[0] in PLAIN_VERBS and not DETERMINER.match(text[:start].rsplit(" ", 2)[-2] + " "):
            parsed = Parsed()
            parsed.who(text[:start].strip(), "")
            if (
                parsed.hero is None
                or parsed.companion is None
                or not all(one.kind or one.name for one in (parsed.hero, parsed.companion))
            ):
                return None
            parsed.wants(text[start:])
            return parsed
    return None


def _lives(parsed: Parsed, rest: str) -> None:
    """``in a library and reads every night``: a place, and what is done there."""
    where, _, more = rest.partition(" and ")
    parsed.place = place(where) if where else None
    verb, _, what = more.partition(" ")
    if base(verb) in PLAIN_VERBS:
        parsed.wants(f"{base(verb)} {what}".strip())


def acting(text: str) -> Parsed | None:
    match = _ACTING.match(text)
    if not match or match["verb"].lower() in {
        "morning",
        "evening",
        "king",
        "spring",
        "string",
        "thing",
        "wing",
        "ring",
        "being",
    }:
        return _finite(text)
    head = DETERMINER.sub("", match["who"])
    if not (kind_of(head)[0] or DETERMINER.match(match["who"]) or match["who"][:1].isupper()):
        return None
    parsed = Parsed()
    parsed.who(match["who"], text)
    verb, rest = base(match["verb"]), (match["rest"] or "").strip()
    if verb == "live" and rest:
        _lives(parsed, rest)
    else:
        parsed.wants(f"{verb} {rest}".strip())
    return parsed


def _finite(text: str) -> Parsed | None:
    """``A girl discovers a door in the garden``: a known kind or a name, then a verb in the present."""
    match = re.match(
        r"^(?P<who>(?:(?:a|an|the)\s+)?(?:[\w'-]+\s+){0,3}?[\w'-]+)\s+(?P<verb>[a-z]{2,}s|found|met|built|saw|broke"
        r"|made)\s+(?P<rest>.+)$",
        text,
    )
    if not match or match["verb"] in {"is", "was", "has", "its", "his", "as", "us", "this"}:
        return None
    kind = kind_of(DETERMINER.sub("", match["who"]))[0]
    named = re.fullmatch(r"[A-Z][\w'’-]+", match["who"]) and match["who"].lower() not in {"the", "a", "an"}
    if not (kind or named) or base(match["verb"]) + "s" in english_kinds() or match["verb"] in plurals():
        return None
    parsed = Parsed()
    parsed.who(match["who"], text)
    if match["verb"] == "broke":
        parsed.wish = amends(match["rest"])
    else:
        parsed.wants(f"{base(match['verb'])} {match['rest']}")
    return parsed


def _described(hero: Role | None, rest: str) -> Role | None:
    if hero is None or not rest or len(rest.split()) > 3:
        return hero
    return Role(hero.noun, hero.kind, hero.name, f"{hero.adjectives} {rest}".strip(), hero.pronoun, hero.count)
