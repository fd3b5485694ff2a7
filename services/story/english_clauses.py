"""English prompts that are a sentence about somebody: what they do."""

import re
from dataclasses import replace

from services.story.english_nouns import DETERMINER, FAMILY, clip, kind_of, place, plurals, role
from services.story.english_parsed import Parsed
from services.story.english_wish import PLAIN_VERBS, amends, wish_of
from services.story.english_words import base, gerund
from services.story.lexicon import english_kinds
from services.story.premise import Role, Wish

_MOST_WORDS_OF_WHO = 5
_NO_VERB = frozenset(
    word
    for line in (
        "morning evening king spring string thing wing ring being dumpling duckling gosling sapling seedling sibling",
        "darling pudding wedding stocking ceiling building painting clothing stuffing icing earring something nothing",
        "everything lightning herring starling",
    )
    for word in line.split()
)
_NO_THIRD_PERSON = frozenset({"is", "was", "has", "its", "his", "as", "us", "this"})
_TRAITS = {
    "be": "was",
    "can": "could",
    "could": "could",
    "will": "would",
    "would": "would",
    "have": "had",
    "hate": "hated",
    "look": "looked",
}
"""Verbs that say how somebody is, not what they are after; in the past."""
_MISDEEDS = {"break", "lie", "steal", "cheat", "spoil", "forget", "fight"}
_AND_ONE = re.compile(r"\band\s+(?:an?|the|his|her|its|their|my)\s+[\w-]+\s*$")
_IN_NEED = re.compile(r"\b(?:hurt|injured|wounded|broken|lost|abandoned|stray|orphaned|crying|sick|hungry|trapped)\b")
"""Whoever is found so is helped."""
_ACTING = re.compile(
    r"^(?P<who>(?:(?:a|an|the|two|three|my|our|\w+'s)\s+)?(?:[\w'-]+\s+){0,3}?[\w'-]+)\s+"
    r"(?P<verb>[a-z]{2,}ing)(?P<rest>\s+.+)?$"
)
_FINITE = re.compile(r"\s(?P<verb>[a-z]{2,}s|found|met|built|saw|broke|made)(?:\s+(?P<rest>.+))?$")


def clause(parsed: Parsed, verb: str, rest: str) -> None:
    """``who bakes cakes``, ``who was always late``."""
    verb, rest = _in_need(verb, rest)
    if verb == "break" and rest:
        parsed.wish = amends(rest)
    elif verb in _MISDEEDS or re.match(r"tell (?:a|some) lies?\b|cry wolf", f"{verb} {rest}"):
        parsed.wish = Wish(do="make everything right again", did="made everything right again", sort="mend")
    elif verb == "teach" and (taught := re.match(r"(?:me|us|\w+ how)\s+(?:how\s+)?to\s+(.+)$", rest)):
        parsed.hero, parsed.companion = role("a child"), parsed.hero
        parsed.wants(taught[1], is_lesson=True)
    elif verb == "live":
        _lives(parsed, rest)
    elif verb == "fall" and (fallen := re.match(r"^from\s+(.+)$", rest)):
        parsed.wish = Wish(do=f"find the way back to {clip(fallen[1], 6)}", sort="home", thing=clip(fallen[1], 6))
    elif verb == "miss" and rest:
        is_home = re.match(r"(?:(?:his|her|its|their|the)\s+)?(?:home|house|village|country)\b", rest) is not None
        parsed.wish = Wish(do="find the way home", sort="home") if is_home else wish_of(f"see {rest} again")
    elif verb in {"love", "like", "meet"}:
        parsed.wish = wish_of(f"{'meet' if verb == 'meet' else 'find'} {rest}")
    elif verb == "have" and re.match(r"no\b.*\bfriends?$", rest):
        parsed.wish = wish_of("find a friend")
    elif verb == "be" and " " not in rest:
        parsed.hero = _described(parsed.hero, rest)
    elif verb in {"can", "could", "will", "would"} and rest and " " not in rest:
        parsed.hero = _described(parsed.hero, gerund(rest))
    elif verb in _TRAITS and rest:
        _is_and_does(parsed, _TRAITS[verb], rest)
    else:
        parsed.wants(f"{verb} {rest}".strip(), is_habit=True)


def _is_and_does(parsed: Parsed, was: str, rest: str) -> None:
    """``a postman``; of ``a postman and delivers letters`` also what is done."""
    is_so, _, more = rest.partition(" and ")
    verb, _, what = more.partition(" ")
    if verb in _NO_THIRD_PERSON or base(verb) == verb or base(verb) not in PLAIN_VERBS:
        parsed.is_told(f"{was} {rest}")
        return
    parsed.is_told(f"{was} {is_so}")
    clause(parsed, base(verb), what)


def _in_need(verb: str, rest: str) -> tuple[str, str]:
    """``help the lost puppy``, of ``find a lost puppy``; any other as it is."""
    if verb == "find" and _IN_NEED.search(rest) and kind_of(rest.partition(" with ")[0])[0]:
        return "help", re.sub(r"^an? ", "the ", rest)
    return verb, rest


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
                or not (parsed.hero.kind or parsed.hero.name)
                or not (parsed.companion.kind or parsed.companion.name or _AND_ONE.search(text[:start]))
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
        parsed.wants(f"{base(verb)} {what}".strip(), is_habit=True)


def acting(text: str) -> Parsed | None:
    """``a fox dancing in the snow``, ``a fox dances``, ``two foxes dance in the snow``."""
    match = _ACTING.match(text)
    if not match or match["verb"].lower() in _NO_VERB:
        return _finite(text) or _several(text)
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
    for at in re.finditer(r"\s", text):
        match = _FINITE.match(text, at.start())
        who = text[: at.start()]
        if not match or len(who.split()) > _MOST_WORDS_OF_WHO or match["verb"] in _NO_THIRD_PERSON:
            continue
        verb, rest = base(match["verb"]), match["rest"] or ""
        if f"{verb}s" in english_kinds() or match["verb"] in plurals() or not (rest or verb in PLAIN_VERBS):
            continue
        named = re.fullmatch(r"[A-Z][\w'’-]+(?:,? the [\w -]+)?", who) and not DETERMINER.match(f"{who} ")
        bare = DETERMINER.sub("", who)
        if not (kind_of(bare)[0] or named or bare.lower() in FAMILY):
            continue
        parsed = Parsed()
        parsed.who(who, text)
        if verb == "break":
            parsed.wish = amends(rest)
        else:
            clause(parsed, verb, rest)
        return parsed
    return None


def _several(text: str) -> Parsed | None:
    """``the three little pigs build a boat``."""
    words = text.split()
    for at in range(1, min(len(words) - 1, _MOST_WORDS_OF_WHO + 1)):
        if words[at - 1].lower() in plurals() and words[at] in PLAIN_VERBS:
            parsed = Parsed()
            parsed.who(" ".join(words[:at]), "")
            parsed.wants(" ".join(words[at:]), is_habit=True)
            return parsed
    return None


def _described(hero: Role | None, rest: str) -> Role | None:
    if hero is None or not rest or len(rest.split()) > 3:
        return hero
    return replace(hero, adjectives=f"{hero.adjectives} {rest}".strip())
