"""Understanding an English prompt: hero, wish, place, weather, theme."""

import re

from services.story.english_clauses import acting, together, wishing
from services.story.english_nouns import DETERMINER, clip, role
from services.story.english_parsed import Parsed, cut_place, theme_of
from services.story.english_wish import TAIL, find_wish, learn_about, wish_of
from services.story.english_words import capital
from services.story.premise import Premise, Wish

_QUESTION = re.compile(r"^(?:how|why|what|where|when|who)\b(?!\s+to\b)", re.I)
_HOW_TO = re.compile(r"^how\s+to\s+(?P<do>.+)$", re.I)
_INVERTED = re.compile(
    r"^(?:how|why|what|where|when|who)\s+(?:(?:big|old|far|many|much|high|deep)\s+\w*\s*)?"
    r"(?:is|are|was|were|do|does|did|can|will|would|should|has|have)\b",
    re.I,
)
_WEATHER = {
    "snow": r"\bsnow(?:y|ing|storm|fall)?\b(?!\s*m[ae]n)|\bwinter\b|\bblizzard\b",
    "rain": r"\brain(?:y|ing)\b|\bin the rain\b",
    "storm": r"\bstorm(?:y)?\b|\bthunderstorm\b",
    "fog": r"\bfog(?:gy)?\b|\bmisty?\b",
    "wind": r"\bwindy\b|\bin the wind\b",
}


def understand(gist: str) -> Premise:
    """The premise of an English prompt. Whatever it names is used; what it leaves open stays None."""
    weather = next((name for name, words in _WEATHER.items() if re.search(words, gist, re.I)), None)
    text = re.sub(
        r"^(?:on|one|during)\s+(?:a|an|one)?\s*(?:\w+\s+){0,2}(?:day|night|morning"
        r"|evening),?\s+",
        "",
        gist,
        flags=re.I,
    )
    text = re.sub(r"\s+on (?:holiday|vacation)$", "", text) or gist
    parsed = _question(text) or together(text) or wishing(text) or _pair(text) or acting(text) or _bare(text)
    return Premise(
        language="en",
        gist=gist,
        hero=parsed.hero,
        companion=parsed.companion,
        others=tuple(parsed.others),
        wish=parsed.wish,
        theme=parsed.theme,
        theme_entry=parsed.theme_entry,
        place=parsed.place,
        weather=weather,
    )


def _question(text: str) -> Parsed | None:
    parsed = Parsed()
    lesson = _HOW_TO.match(text)
    if lesson:
        parsed.wants(lesson["do"], is_lesson=True)
        return parsed
    if not _QUESTION.match(text):
        return None
    words = clip(text.rstrip(" ?!."), 14)
    words = words[:1].lower() + words[1:]
    if _INVERTED.match(words):
        parsed.wish = Wish(do="find the answer", sort="know", ask=f"{capital(words)}?")
    else:
        parsed.wish = Wish(do=f"find out {words}", sort="know", ask=f"I want to know {words}.")
    return parsed


def _pair(text: str) -> Parsed | None:
    """``Mia and the lost kite``, ``a cat and a dog``, ``the lion and the mouse``."""
    match = re.match(r"^(?P<first>[^,]+?)\s+and\s+(?P<second>[^,]+)$", text)
    if not match or len(text.split()) > 12:
        return None
    second, found = cut_place(match["second"])
    first_role = role(match["first"])
    if first_role.kind is None and first_role.name is None:
        return None
    if re.search(r"\b(?:who|that|want\w*|become)\b", second):
        return None
    parsed = Parsed()
    parsed.hero, parsed.place = first_role, found
    second_role = role(second)
    if re.search(r"\b(?:lost|missing|stolen|hidden|secret|golden|magic)\b", second, re.I) or not (
        second_role.kind or second_role.name
    ):
        parsed.wish = find_wish(second)
        if second_role.kind is None and second[:1].islower() and not DETERMINER.match(second):
            parsed.wish = learn_about(second)
    elif second_role.kind and second_role.kind.group == "thing" and not second_role.name:
        parsed.wish = wish_of(f"reach {second}")
    else:
        parsed.companion = second_role
    return parsed


def _bare(text: str) -> Parsed:
    """A noun phrase alone: a hero, a theme, or a thing to learn about."""
    parsed = Parsed()
    text = TAIL.sub("", text)
    rest, parsed.place = cut_place(text)
    parsed.theme, parsed.theme_entry = theme_of(rest)
    if parsed.theme:
        return parsed
    found = role(rest)
    lost = re.match(r"^(?:the|a)\s+(?:lost|missing|hidden|stolen|secret)\b", rest, re.I)
    living = found.kind is not None and found.kind.group != "thing"
    if lost and not living:
        parsed.wish = find_wish(rest)
    elif living or found.name or (found.kind and re.match(r"^(?:an?|my|our)\s", rest, re.I)):
        parsed.hero = found
        if lost:
            parsed.wish = Wish(do="find the way home", sort="home")
    elif re.match(r"^an?\s", rest, re.I) and len(rest.split()) <= 5:
        parsed.hero = found
    elif re.match(r"^to\s+\w+", rest):
        parsed.wants(rest[3:])
    else:
        thing = clip(rest, 9)
        proper = re.match(r"^(?:The|A|An)\s", thing)
        parsed.wish = learn_about(thing[:1].lower() + thing[1:] if proper or not re.match(r"^[A-Z]", thing) else thing)
    return parsed
