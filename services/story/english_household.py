"""English prompts about a child's own days: birthdays, bedtime, a new baby, a pet that ran away, the dentist."""

import re
from collections.abc import Callable

from services.story.english_everyday import first_day
from services.story.english_nouns import FAMILY, clip, place, role
from services.story.english_parsed import Parsed
from services.story.english_wish import fear_of, lost_wish, wish_of
from services.story.lexicon import feelings
from services.story.premise import Role, Wish

_GONE = (
    r"(?:ran|runs|has run|flew|flies|blew) away|(?:has |had )?(?:disappeared|vanished)|went missing"
    r"|is (?:missing|lost|gone)|was stolen"
)
Read = Callable[[Parsed, re.Match[str]], None]


def household(text: str) -> Parsed | None:
    """What such a prompt has, in the first of the ways of saying it that fits."""
    for pattern, read in _WAYS:
        if match := pattern.match(text):
            parsed = Parsed()
            read(parsed, match)
            return parsed
    return None


def _somebody(text: str) -> Role:
    """``bunny`` is a bunny."""
    return role(f"a {text}" if re.fullmatch(r"[a-z]+(?: [a-z]+)?", text) and not text.startswith("a ") else text)


def _birthday(parsed: Parsed, match: re.Match[str]) -> None:
    who, what = match["who"], (match["what"] or "").lower()
    if who.lower() not in FAMILY:
        parsed.hero, parsed.wish = _somebody(who), wish_of("bake a birthday cake")
        return
    parsed.hero, parsed.elder = role("a child"), role(who)
    do = {
        "surprise": "prepare a birthday surprise",
        "present": "make a birthday present",
        "gift": "make a birthday present",
    }
    made = wish_of(do.get(what, f"prepare a birthday {what}" if what == "party" else "bake a birthday cake"))
    parsed.wish = Wish(do=made.do, sort="gift", thing=made.thing)


def _bedtime(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = _somebody(match["who"]) if match["who"] else None
    parsed.wish = wish_of("fall asleep")


def _school(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"])
    parsed.wish = first_day(f"day of {match['school'].lower()}")


def _pet(parsed: Parsed, match: re.Match[str]) -> None:
    pet = role(f"my {match['pet']}")
    parsed.hero = role("a child")
    named = f"{pet.noun} {pet.name}" if pet.name else pet.noun
    parsed.wish = Wish(do=f"find the {named}", sort="lost", thing=pet.name or f"the {named}")


def _crying(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role("a child")
    parsed.wish = Wish(do=f"make his {match['who']} laugh", sort="skill", did=f"made his {match['who']} laugh")


def _new_baby(parsed: Parsed, match: re.Match[str]) -> None:
    baby = "the new baby" if match["who"] == "baby" else f"the new baby {match['who']}"
    parsed.hero = role("a child")
    parsed.feels(f"was jealous of {baby}", "was not jealous any more", feelings("en")["jealous"])
    parsed.wish = Wish(do=f"make {baby} laugh", sort="skill")


def _doctor(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"]) if match["who"] else None
    parsed.wish = fear_of(match["to"].lower())


def _hurt(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"])
    parsed.is_told(f"had a broken {match['part']}")


def _forgot(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.who(match["who"], match["thing"])
    parsed.wish = wish_of("find the way") if re.match(r"the way\b", match["thing"]) else lost_wish(match["thing"])


def _tooth(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"] or "a child")
    parsed.wish = lost_wish("his tooth")


def _moves(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"]) if match["who"] else role("a child")
    parsed.wish = fear_of(f"the {match['where']}")


def _ill(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"])
    ill = match["ill"].lower()
    parsed.feels(f"was {ill}" if " " not in ill else f"had {ill}", "was well again", feelings("en")["sad"])


def _whose(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.who(match["who"], "")
    parsed.wish = lost_wish(f"his {match['thing']}")


def _there(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.place = place(match[0])


def _has(parsed: Parsed, match: re.Match[str]) -> None:
    parsed.hero = role(match["who"])
    parsed.is_told(f"had {clip(match['what'], 8)}")


def _way(pattern: str, read: Read) -> tuple[re.Pattern[str], Read]:
    return re.compile(rf"^{pattern}$", re.I), read


_WAYS: tuple[tuple[re.Pattern[str], Read], ...] = (
    _way(
        r"(?:(?:my|our)\s+)?(?P<who>[\w ]+?)['’]s?\s+birthday(?:\s+(?P<what>surprise|present|gift|cake|party))?",
        _birthday,
    ),
    _way(r"(?:bedtime|good ?night)(?:,?\s+(?:for\s+|with\s+)?(?P<who>[\w ]+))?", _bedtime),
    _way(r"(?P<who>[\w ]+)['’]s?\s+bedtime", _bedtime),
    _way(
        r"(?P<who>[\w' ]+?)(?:,?\s+who\s.+?\s+and)?\s+"
        r"(?:starts|is starting|begins|is going to start|goes to(?=.*first time))\s+(?:at\s+)?"
        r"(?P<school>school|kindergarten|nursery|preschool|daycare|playgroup)"
        r"(?:\s+(?:today|tomorrow|for the first time))?",
        _school,
    ),
    _way(rf"(?:my|our)\s+(?P<pet>[\w ]+?)\s+(?:{_GONE})", _pet),
    _way(
        r"(?:my|our)\s+(?P<who>(?:\w+ )*(?:sister|brother|baby))\s+(?:(?:won['’]t|will not|does(?:n['’]t| not)|cannot"
        r"|can['’]t)\s+stop\s+(?:crying|screaming)|(?:is )?(?:always )?(?:cries|crying|screaming)(?:\s.*)?)",
        _crying,
    ),
    _way(r"(?:(?:the|a|my|our)\s+)?new\s+(?:baby\s+)?(?P<who>brother|sister|baby)(?:\s.*)?", _new_baby),
    _way(
        r"(?:(?:(?:an?|the|my)\s+)?(?:trip|visit|going)|(?P<who>[\w' ]+?)\s+(?:goes|has to go|must go))\s+to\s+"
        r"(?P<to>the (?:dentist|doctor|hospital|hairdresser|barber|vet))",
        _doctor,
    ),
    _way(
        r"(?P<who>[\w' ]+?)\s+(?:who\s+)?(?:breaks?|broke|has broken)\s+(?:his|her|its|their|an?)\s+"
        r"(?P<part>arm|leg|foot|toe|finger|wing|nose|ankle|wrist)",
        _hurt,
    ),
    _way(
        r"(?P<who>[\w' ]+?)\s+(?:who\s+)?(?:(?:always\s+)?forgets|forgot|has forgotten)\s+"
        r"(?P<thing>(?:his|her|its|their|the)\s+(?!\w+['’]s\s+birthday)[\w ]+)",
        _forgot,
    ),
    _way(
        r"(?:the day )?(?:my|(?P<who>[A-Z]\w+)['’]s)\s+(?:first |baby |loose |wobbly )*tooth\s+"
        r"(?:fell|falls|comes|came)\s+out",
        _tooth,
    ),
    _way(
        r"(?:(?P<who>[\w' ]+?)\s+)?(?:is )?mov(?:ing|es?)\s+(?:in)?to\s+(?:an?|the|our|their)\s+(?P<where>[\w ]+)",
        _moves,
    ),
    _way(r"(?P<who>[\w' ]+?)\s+(?:is|gets|got|was|feels)\s+(?:very |so )?(?P<ill>sick|ill|poorly)(?:\s.*)?", _ill),
    _way(
        r"(?P<who>[\w' ]+?)\s+has\s+"
        r"(?P<ill>(?:a|the) (?:cold|fever|cough|tummy ache|stomach ache|flu|chickenpox)|chickenpox)",
        _ill,
    ),
    _way(rf"(?P<who>[\w' ]+?)\s+whose\s+(?P<thing>[\w ]+?)\s+(?:{_GONE})", _whose),
    _way(r"(?:in|on|under|behind|inside|at|beneath|above)\s+(?:the|a|an|my|our)\s+[\w -]{3,30}", _there),
    _way(
        r"(?P<who>[A-Z]\w+(?:,? the \w+)?|(?:an?|the|my)\s+(?:\w+ ){0,2}?\w+)\s+(?:who\s+)?has\s+"
        r"(?P<what>(?!lost|been|to\b|no friend)\w+\s.+)",
        _has,
    ),
)
"""Ways of saying it, the most telling first."""
