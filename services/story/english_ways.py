"""English prompts that say what somebody is after: the ways of saying it, in one table."""

import re
from collections.abc import Callable

from services.story.english_clauses import clause
from services.story.english_nouns import DETERMINER, clip, place
from services.story.english_parsed import Parsed, cut_place, theme_of
from services.story.english_wish import TAIL, fear_of, find_wish, learn_about, lost_wish, wish_of
from services.story.english_words import base
from services.story.lexicon import feelings
from services.story.premise import Wish

Way = Callable[[Parsed, re.Match[str]], None]
_ADVERBS = frozenset({"always", "often", "sometimes", "secretly", "really", "still", "only", "just", "also", "once"})
_SEARCH = r"(?:quest|journey|adventure|mission|trip|expedition|search)"


def wishing(text: str) -> Parsed | None:
    """Somebody and what they are after, in the first of the ways of saying it that fits."""
    for pattern, read in _WAYS:
        if match := pattern.match(text):
            parsed = Parsed()
            parsed.who(match["who"], text)
            read(parsed, match)
            return parsed
    return None


def _fears(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.wish = fear_of(clip(TAIL.sub("", match["fear"]), 6))


def _dreams(parsed: Parsed, match: re.Match[str]) -> None:
    verb, _, rest = match["do"].partition(" ")
    parsed.wants(f"{base(verb)} {rest}".strip())


def _travels(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.wants(f"travel to {match['where']}")


def _gets_lost(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.place = place(match["where"]) if match["where"] else parsed.place
    at = parsed.place.at if parsed.place else None
    parsed.wish = Wish(do="find the way home", sort="away" if at else "home", lost_at=at)


def _looks_for(parsed: Parsed, match: re.Match[str]) -> None:
    thing, parsed.place = cut_place(TAIL.sub("", match["thing"]))
    is_way = re.search(r"\bway\b", thing)
    parsed.wish = Wish(do="find the way home", sort="home") if is_way else find_wish(thing)


def _loses(parsed: Parsed, match: re.Match[str]) -> None:
    _looks_for(parsed, match)
    if parsed.wish is not None and parsed.wish.sort == "find":
        thing = cut_place(TAIL.sub("", match["thing"]))[0]
        parsed.wish = lost_wish(thing)
        if parsed.place is not None:
            parsed.is_told(f"had lost {thing} {parsed.place.at}")
            parsed.place = None


def _sets_out(parsed: Parsed, match: re.Match[str]) -> None:
    is_noun = match["to"].lower() == "for" or DETERMINER.match(match["do"]) is not None
    parsed.wants(f"find {match['do']}" if is_noun else match["do"])


def _learns_about(parsed: Parsed, match: re.Match[str]) -> None:
    thing, parsed.place = cut_place(TAIL.sub("", match["thing"]))
    parsed.theme, parsed.theme_entry = theme_of(thing)
    parsed.wish = None if parsed.theme else learn_about(thing)


def _dreams_of(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.wish = wish_of(f"find {match['thing']}")


def _cannot(parsed: Parsed, match: re.Match[str]) -> None:
    if found := re.match(r"find (?P<thing>(?:his|her|their|its|my|the)\s.+)$", match["do"]):
        parsed.wish = lost_wish(cut_place(found["thing"])[0])
        return
    parsed.wants(match["do"], is_lesson=True)


def _feels(parsed: Parsed, match: re.Match[str]) -> None:
    about = clip(TAIL.sub("", match["about"]).strip(), 7)
    felt = f"{match['feeling'].lower()} {about}".strip()
    parsed.feels(
        f"was {felt}", f"was not {match['feeling'].lower()} any more", feelings("en")[match["feeling"].lower()]
    )


def _hates(parsed: Parsed, match: re.Match[str]) -> None:
    thing = clip(TAIL.sub("", match["thing"]), 7)
    parsed.feels(f"hated {thing}", f"did not hate {thing} any more", feelings("en")["hate"])


def _loves(parsed: Parsed, match: re.Match[str]) -> None:
    verb, _, rest = match["do"].removeprefix("to ").partition(" ")
    parsed.wants(f"{base(verb)} {rest}".strip(), is_habit=True)


def _wants(parsed: Parsed, match: re.Match[str]) -> None:
    if DETERMINER.match(match["do"]):
        parsed.wants(f"go to {match['do']}")
        return
    parsed.wants(match["do"], is_lesson=re.search(r"\blearn", match[0], re.I) is not None)


def _wants_thing(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.wish = find_wish(match["thing"])


def _does(parsed: Parsed, match: re.Match[str]) -> None:
    verb, rest = match["verb"].lower(), (match["rest"] or "").strip()
    if verb == "never" and rest:
        done, _, what = rest.partition(" ")
        parsed.wants(f"{base(done)} {what}".strip(), is_lesson=True)
    elif verb in _ADVERBS and rest:
        done, _, what = rest.partition(" ")
        clause(parsed, base(done), what.strip())
    else:
        clause(parsed, base(verb), rest)


def _loves_thing(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.wish = find_wish(re.split(r"\s+and\s+", match["thing"])[0])


def _way(rest: str, read: Way) -> tuple[re.Pattern[str], Way]:
    """``a fox``, ``a fox who``, ``a fox that``, and then the rest."""
    return re.compile(rf"^(?P<who>.+?)\s+(?:,\s*)?(?:(?:who|that|which)\s+)?{rest}$", re.I), read


_WAYS: tuple[tuple[re.Pattern[str], Way], ...] = (
    _way(r"(?:overcom\w+|fac(?:es|ing))\s+(?:his|her|its|their)\s+fear\s+of\s+(?P<fear>.+)", _fears),
    _way(
        r"(?:is\s+|was\s+|are\s+)?(?:so\s+|very\s+)?(?:afraid|scared|frightened|terrified)\s+(?:of|by)\s+(?P<fear>.+)",
        _fears,
    ),
    _way(r"dream(?:s|ed|ing)?\s+(?:of|about)\s+(?P<do>\w+ing\b.*)", _dreams),
    (
        re.compile(
            r"^(?P<who>.+?)['’]s?\s+(?:\w+\s+){0,3}?(?:journey|trip|adventure|voyage|way|walk)\s+to\s+(?P<where>.+)$",
            re.I,
        ),
        _travels,
    ),
    _way(r"(?:is|was|are|were|gets?|got|went|goes?)\s+lost(?:\s+(?P<where>(?:in|on|at)\s+.+))?", _gets_lost),
    _way(r"(?:(?:is|are|was|gets?|got)\s+)?(?:stuck|stranded|trapped)\s+(?P<where>(?:in|on|at)\s+.+)", _gets_lost),
    _way(
        r"(?:is\s+|was\s+)?(?:look(?:s|ed|ing)?|search(?:es|ed|ing)?|hunt(?:s|ed|ing)?)\s+for\s+(?P<thing>.+)",
        _looks_for,
    ),
    _way(
        r"(?<!\bthe )(?<!\ba )(?<!\bhis )(?<!\bher )(?<!\bits )(?<!\btheir )(?<!\bmy )"
        r"(?:has\s+|had\s+)?(?:lost|loses|losing|misplaced|is missing)\s+(?P<thing>.+)",
        _loses,
    ),
    _way(
        r"(?:is\s+|was\s+|goes\s+|went\s+|sets\s+out\s+)?(?:on\s+)?(?:a|an|his|her|their|its|the)\s+(?:\w+\s+)?"
        rf"{_SEARCH}\s+(?P<to>to|for)\s+(?P<do>.+)",
        _sets_out,
    ),
    _way(r"learn(?:s|ed|ing)?\s+about\s+(?P<thing>.+)", _learns_about),
    _way(r"dream(?:s|ed|ing)?\s+(?:of|about)\s+(?P<thing>.+)", _dreams_of),
    _way(
        r"(?:is|are|was|were|feels?|felt)\s+(?:(?:so|very|always|often|a bit|a little)\s+)*"
        rf"(?P<feeling>{'|'.join(feelings('en'))})\b(?P<about>(?:\s+(?:of|about|with|at|because|and)\b.*)?)",
        _feels,
    ),
    _way(r"(?:hates?|hated|dislikes?|can't stand|cannot stand)\s+(?!to\b|\w+ing\b)(?P<thing>.+)", _hates),
    _way(
        r"(?:cannot|can't|can’t|could not|couldn't|couldn’t|can not|won't|won’t|is not able to"
        r"|(?:does not|doesn't|doesn’t|did not|didn't) (?:know how|want|like) to|refuses to|hates to)\s+(?P<do>.+)",
        _cannot,
    ),
    _way(
        r"(?:(?:really|just|always|simply)\s+)?(?:love|like|enjoy)(?:s|d|ed)?\s+(?P<do>to\s+.+|\w{2,}ing\b.*)", _loves
    ),
    _way(
        r"(?:(?:always|really|only|just|secretly|once|also|so|desperately)\s+)*"
        r"(?:(?:want|wish|hope|long|dream|tri|try|need|decide|learn|yearn|wishe|plan|set|goe|go)"
        r"(?:s|es|ed|ing|ies|ied|t)?|trying)(?:\s+(?:out|very much|so much|off))?\s+(?:how\s+)?to\s+(?P<do>.+)",
        _wants,
    ),
    _way(
        r"(?:really\s+|always\s+)?(?:want|wishe?|long|need)(?:s|ed)?(?:\s+for)?\s+"
        r"(?P<thing>(?:a|an|the|some|more|his|her|their)\s+.+)",
        _wants_thing,
    ),
    (re.compile(r"^(?P<who>.+?),?\s+(?:who|that|which)\s+(?P<verb>[a-z]+)(?P<rest>\s+.+)?$", re.I), _does),
    _way(r"(?:really\s+)?(?:loves|likes|adores)\s+(?P<thing>.+)", _loves_thing),
)
"""Ways of saying what somebody is after, the most telling first."""
