"""Understanding an English prompt: hero, wish, place, weather, theme."""

import re
from dataclasses import replace

from services.story.answers import answer_to
from services.story.english_clauses import acting, together
from services.story.english_company import company_of
from services.story.english_events import deed_of, event_of, plain_event
from services.story.english_everyday import first_day
from services.story.english_household import household
from services.story.english_nouns import DETERMINER, clip, place, place_noun, place_nouns, role
from services.story.english_parsed import Parsed, cut_place, theme_of
from services.story.english_topics import heirloom, occasion, quarrel
from services.story.english_ways import wishing
from services.story.english_wish import TAIL, fear_of, find_wish, learn_about, wish_of
from services.story.english_words import capital, gerund
from services.story.keywords import english_keywords
from services.story.lexicon import chinese_of_thing
from services.story.premise import Premise, Wish

_QUESTION = re.compile(r"^(?:how|why|what|where|when|who)\b(?!\s+to\b)", re.I)
_HOW_TO = re.compile(r"^how\s+to\s+(?P<do>.+)$", re.I)
_INVERTED = re.compile(
    r"^(?:how|why|what|where|when|who)\s+(?:(?:big|old|far|many|much|high|deep)\s+\w*\s*)?"
    r"(?:is|are|was|were|do|does|did|can|will|would|should|has|have)\b",
    re.I,
)
_OF_WHOM = re.compile(r"^(?P<who>(?:(?:an?|the)\s+)?(?:[\w'-]+\s+){0,2}?[\w'-]+)\s+(?:for|of)\s+.+$", re.I)
"""The postman of the clouds, a doctor for toys."""
_TRADE = re.compile(r"(?:ist|maker|keeper|smith|man|woman|ian|tor|cher|ter)$")
_ONE_OF_A_KIND = re.compile(r"(?:an?|his|her)\s+[\w-]+(?:\s[\w-]+)?", re.I)
_SEASON = re.compile(r"\s+in (?:the )?(?:winter|summer|spring|autumn|snow|rain)$", re.I)
_BETWEEN = re.compile(r"^(?:the |a )?(?P<theme>[a-z]+) between (?P<both>.+ and .+)$", re.I)
_FOR_WHOM = re.compile(
    r"^(?P<thing>(?:an?|the)\s+(?:[\w-]+\s+){0,2}[\w-]+) for (?P<whom>(?:an?|the|his|her|my)\s+.+)$", re.I
)
_FIRST_DAY = re.compile(
    r"^(?:(?P<who>.+?)['’]s?\s+|(?:the|a|an|my|our)\s+)?first\s+"
    r"(?P<what>(?:day|night|time|flight|swim|trip|snow|show|concert|winter)\b.*)$",
    re.I,
)
_TIME = re.compile(
    r"^(?:(?:an?|the|one)\s+)?(?:[\w-]+\s+){0,2}(?:day|night|morning|afternoon|evening|weekend|summer|winter|spring|autumn)$",
    re.I,
)
"""A time alone: a rainy afternoon."""
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
    company = company_of(text)
    text = deed_of(company.text)
    parsed = (
        _keywords(text)
        or household(text)
        or event_of(text)
        or _question(text)
        or occasion(text)
        or quarrel(text)
        or _between(text)
        or _first_day(text)
        or together(text)
        or wishing(text)
        or _pair(text)
        or acting(text)
        or plain_event(text)
        or heirloom(text)
        or _time_alone(text)
        or _bare(text)
    )
    parsed.joins(company.companion, role("a child"), are_friends=company.are_friends)
    parsed.is_spoken_of(company.pronoun)
    return Premise(
        language="en",
        gist=gist,
        hero=parsed.hero,
        companion=parsed.companion,
        others=tuple(parsed.others),
        elder=parsed.elder,
        are_friends=parsed.are_friends,
        wish=parsed.wish,
        theme=parsed.theme,
        theme_entry=parsed.theme_entry,
        place=parsed.place or (place(company.where) if company.where else None),
        weather=weather,
    )


def _keywords(text: str) -> Parsed | None:
    parsed = Parsed()
    return parsed if english_keywords(parsed, text) else None


def _question(text: str) -> Parsed | None:
    parsed = Parsed()
    lesson = _HOW_TO.match(text)
    if lesson:
        verb, _, rest = lesson["do"].partition(" ")
        parsed.theme, parsed.theme_entry = theme_of(f"{gerund(verb)} {rest}".strip())
        if not parsed.theme:
            parsed.wants(lesson["do"], is_lesson=True)
        return parsed
    if not _QUESTION.match(text):
        return None
    words = " ".join(text.rstrip(" ?!.").split()[:20])
    words = re.sub(r"\bi\b", "I", words[:1].lower() + words[1:])
    ask = f"{capital(words)}?" if _INVERTED.match(words) else f"I want to know {words}."
    if answer := answer_to(words, "en"):
        parsed.wish = Wish(do="find the answer", sort="answer", thing=answer.thing["en"], ask=ask)
    else:
        named = next((word for word in chinese_of_thing() if re.search(rf"\b{word}s?\b", words)), None)
        parsed.wish = Wish(do="find the answer", sort="wonder", thing=f"the {named}" if named else None, ask=ask)
        parsed.others = [one for one in (role(f"a {named}"),) if one.kind is not None and one.kind.group == "animal"]
    return parsed


def _between(text: str) -> Parsed | None:
    """``friendship between a wolf and a sheep``: a theme and the two whom it is told of."""
    match = _BETWEEN.match(text)
    theme, entry = theme_of(match["theme"]) if match else (None, None)
    parsed = _pair(match["both"]) if match and theme else None
    if parsed is not None:
        parsed.theme_entry = entry
    return parsed


def _is_weather(phrase: str) -> bool:
    return any(re.search(words, phrase, re.I) for words in _WEATHER.values())


def _first_day(text: str) -> Parsed | None:
    """``my brother's first day at school``: something to be brave for."""
    match = _FIRST_DAY.match(text)
    if not match:
        return None
    parsed = Parsed()
    parsed.hero = role(match["who"] or "a child")
    what = clip(match["what"], 7)
    parsed.wish = first_day(what) or fear_of(f"the first {what}")
    return parsed


def _pair(text: str) -> Parsed | None:
    """``Mia and the lost kite``, ``a cat and a dog``, ``the lion and the mouse``."""
    match = re.match(r"^(?P<first>[^,]+?)\s+and\s+(?P<second>[^,]+)$", text)
    if not match or len(text.split()) > 12:
        return None
    second, found = cut_place(_SEASON.sub("", match["second"]))
    first_role = role(match["first"])
    if first_role.kind is None and first_role.name is None:
        return None
    if re.search(r"\b(?:who|that|want\w*|become)\b", second):
        return None
    parsed = Parsed()
    parsed.hero, parsed.place = first_role, found
    second_role = role(second)
    is_known = second_role.kind is not None or second_role.name is not None or second_role.is_family
    if not is_known and _is_weather(second):
        parsed.wish = fear_of(second)
    elif not is_known and all(_ONE_OF_A_KIND.fullmatch(one) for one in (match["first"], second)):
        parsed.companion = second_role
    elif second_role.name is None and re.search(r"\b(?:broken|torn)\b", second, re.I):
        parsed.wish = Wish(do=f"mend {second}", sort="make", thing=second)
    elif not is_known or re.search(r"\b(?:lost|missing|stolen|hidden|secret|golden|magic)\b", second, re.I):
        parsed.wish = find_wish(second)
        if second_role.kind is None and second[:1].islower() and not DETERMINER.match(second):
            parsed.wish = learn_about(second)
    elif second_role.kind and second_role.kind.group == "thing" and not second_role.name:
        parsed.wish = wish_of(f"reach {second}")
    else:
        parsed.companion = second_role
    return parsed


def _time_alone(text: str) -> Parsed | None:
    """``a rainy afternoon at grandma's house``: where it is, and a weather; neither a hero nor a wish."""
    rest, found = cut_place(text)
    if not _TIME.match(rest):
        return None
    parsed = Parsed()
    parsed.place = found
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
    if trade := _OF_WHOM.match(rest):
        who = role(trade["who"])
        if (who.kind is not None and who.kind.group == "person") or (who.kind is None and _TRADE.search(trade["who"])):
            parsed.hero = replace(who, trait=f"was {trade[0][:1].lower()}{trade[0][1:]}")
            return parsed
    if (given := _FOR_WHOM.match(rest)) and role(given["whom"]).kind is not None:
        parsed.companion = role(given["whom"])
        parsed.wish = wish_of(f"prepare {given['thing']}")
        return parsed
    if (found.kind is None or parsed.place) and found.name is None and place_noun(rest)[0] in place_nouns():
        parsed.place = replace(place(rest), name=text, at=f"{place(rest).at.split(' ')[0]} {text}")
        return parsed
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
    elif re.match(r"^(?:the|her|his|our|their)\s+(?:very\s+)?(?:last|only|best|biggest|smallest|first)\s", rest, re.I):
        parsed.wish = find_wish(text)
    else:
        thing = clip(rest, 9)
        proper = re.match(r"^(?:The|A|An)\s", thing)
        parsed.wish = learn_about(thing[:1].lower() + thing[1:] if proper or not re.match(r"^[A-Z]", thing) else thing)
    return parsed
