"""Understanding an English prompt: hero, wish, place, weather, theme."""

import re

from services.story.english_nouns import DETERMINER, clip, kind_of, place, place_noun, plurals, role
from services.story.english_words import base, capital, gerund
from services.story.lexicon import Theme, english_kinds, themes
from services.story.premise import Place, Premise, Role, Wish

_WANTS = re.compile(
    r"^(?P<who>.+?)\s+(?:,\s*)?(?:(?:who|that|which)\s+)?(?:(?:always|really|only|just|secretly|once|also"
    r"|so|desperately)\s+)*"
    r"(?:(?:want|wish|hope|long|dream|love|like|tri|try|need|decide|learn|yearn|wishe|plan|set|goe|go)"
    r"(?:s|es|ed|ing|ies|ied|t)?|trying)"
    r"(?:\s+(?:out|very much|so much|off))?\s+(?:how\s+)?to\s+(?P<do>.+)$",
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
    r"^(?P<who>.+?)\s+(?:who\s+|that\s+)?(?:cannot|can't|can’t|could not|couldn't|couldn’t|can not"
    r"|is not able to|does not know how to|doesn't know how to)\s+"
    r"(?P<do>.+)$",
    re.I,
)
_LOST = re.compile(
    r"^(?P<who>.+?)(?<!\bthe)(?<!\ba)(?<!\bhis)(?<!\bher)(?<!\bits)(?<!\btheir)(?<!\bmy)\s+(?:who\s+"
    r"|that\s+)?(?:has\s+|had\s+)?(?:lost|loses|losing|misplaced|is missing)\s+(?P<thing>.+)$",
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
_QUESTION = re.compile(r"^(?:how|why|what|where|when|who)\b(?!\s+to\b)", re.I)
_HOW_TO = re.compile(r"^how\s+to\s+(?P<do>.+)$", re.I)
_INVERTED = re.compile(
    r"^(?:how|why|what|where|when|who)\s+(?:(?:big|old|far|many|much|high|deep)\s+\w*\s*)?"
    r"(?:is|are|was|were|do|does|did|can|will|would|should|has|have)\b",
    re.I,
)
_TAIL = re.compile(
    r"(?:\s*[,;:–]\s*|\s+)(?:but|because|so that|until|while|although|even though|with the help|and then"
    r"|and so|before|after|"
    r"when|if|despite|and (?:finds?|meets?|discovers?|learns?|makes?|becomes?|realizes?|gets?)|, )\b.*$",
    re.I,
)
_PLACE = re.compile(
    r"\s+(?P<prep>in|on|at|under|near|beside|by|inside|among|beneath|above|behind|beyond|across|aboard|through)\s+"
    r"(?P<np>(?:(?:the|a|an|his|her|its|their|my|our)\s+)?[\w'’ -]+)$",
    re.I,
)
_WEATHER = {
    "snow": r"\bsnow(?:y|ing|storm|fall)?\b(?!\s*m[ae]n)|\bwinter\b|\bblizzard\b",
    "rain": r"\brain(?:y|ing)\b",
    "storm": r"\bstorm(?:y)?\b|\bthunderstorm\b",
    "fog": r"\bfog(?:gy)?\b|\bmisty?\b",
    "wind": r"\bwindy\b",
}
_PRONOUNS = {"his": "he", "he": "he", "him": "he", "her": "she", "she": "she", "their": "they", "they": "they"}
_INTRANSITIVE = {
    "swim",
    "live",
    "dance",
    "play",
    "sleep",
    "skate",
    "ski",
    "sing",
    "dive",
    "sail",
    "run",
    "walk",
    "fly",
    "jump",
}
_SORTS = {
    "reach": "touch reach catch climb fly travel sail go visit hug kiss jump become see explore "
    "hold meet walk cross race win "
    "ride",
    "find": "find seek search look discover hunt",
    "make": "bake build make paint draw cook sing dance play write read skate swim learn knit sew "
    "plant grow juggle whistle "
    "tie ski "
    "count speak spell dive surf paddle invent",
    "help": "help save rescue protect give share bring feed heal comfort deliver guard free cheer wake",
    "secret": "solve unlock open decode",
    "know": "know understand",
    "mend": "fix mend repair apologise apologize",
}
_SORT_OF = {verb: sort for sort, words in _SORTS.items() for verb in words.split()}
_MISDEEDS = {"break", "lie", "steal", "cheat", "spoil", "forget", "fight"}
_HOME = re.compile(r"\b(?:way home|go(?:es)? home|get(?:s)? home|return(?:s)? home|come(?:s)? home|back home)\b", re.I)


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
    text = text or gist
    parsed = _question(text) or _wishing(text) or _pair(text) or _acting(text) or _bare(text)
    return Premise(
        language="en",
        gist=gist,
        hero=parsed.hero,
        companion=parsed.companion,
        wish=parsed.wish,
        theme=parsed.theme,
        theme_entry=parsed.theme_entry,
        place=parsed.place,
        weather=weather,
    )


def wish_of(verb_phrase: str, *, is_lesson: bool = False) -> Wish:
    """The wish behind a verb phrase in its base form: ``touch the moon``."""
    do = clip(_TAIL.sub("", verb_phrase).strip(" ,.;:"), 10)
    do = re.sub(r"\bits\b", "their", do)
    verb, _, rest = do.partition(" ")
    verb = verb.lower()
    do = f"{verb} {rest}".strip()
    thing = _object(rest)
    if _HOME.search(do):
        sort = "home"
    elif re.search(r"\bfriends?\b", rest) and verb in {"find", "make", "have", "meet", "become", "be"}:
        sort = "friend"
    elif is_lesson and _SORT_OF.get(verb, "any") in {"any", "reach"}:
        sort = "make"
    else:
        sort = _SORT_OF.get(verb, "any")
    ask = f"How can I {do}?" if sort == "know" else None
    return Wish(do=do, sort=sort, thing=thing, ask=ask)


def find_wish(thing: str) -> Wish:
    """The wish to find something."""
    what = clip(_TAIL.sub("", thing).strip(" ,.;:"), 9)
    found = wish_of(f"find {what}")
    return found if found.sort != "any" else Wish(do=found.do, sort="find", thing=found.thing)


def learn_about(thing: str) -> Wish:
    """The wish to know all about something that the prompt only names."""
    what = clip(thing, 9)
    return Wish(do=f"find out all about {what}", sort="know", thing=what, ask=f"I want to know all about {what}.")


def fear_of(thing: str) -> Wish:
    """The wish to be afraid no longer."""
    return Wish(do=f"stop being afraid of {thing}", sort="fear", thing=thing, fear=thing)


class _Parsed:
    """What one way of reading a prompt has found."""

    def __init__(self) -> None:
        self.hero: Role | None = None
        self.companion: Role | None = None
        self.wish: Wish | None = None
        self.theme: str | None = None
        self.theme_entry: Theme | None = None
        self.place: Place | None = None

    def who(self, text: str, about: str) -> None:
        rest, self.place = _cut_place(text) if self.place is None else (text, self.place)
        pair = re.match(r"^(.+?)\s+and\s+(.+)$", rest)
        pronoun = next((_PRONOUNS[w] for w in re.findall(r"[a-z]+", about.lower()) if w in _PRONOUNS), None)
        if pair and not rest.lower().startswith(("two ", "three ")):
            self.hero, self.companion = role(pair[1]), role(pair[2])
        else:
            self.hero = role(rest, pronoun=pronoun)

    def wants(self, verb_phrase: str, *, is_lesson: bool = False) -> None:
        text = _TAIL.sub("", verb_phrase)
        rest, found = _cut_place(text)
        if found and rest.lower() in _INTRANSITIVE:
            rest, found = text, None
        self.place = found or self.place
        self.wish = wish_of(rest, is_lesson=is_lesson)


def _question(text: str) -> _Parsed | None:
    parsed = _Parsed()
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


def _wishing(text: str) -> _Parsed | None:  # noqa: PLR0911, PLR0912  (one branch a pattern)
    parsed = _Parsed()
    for pattern in (_OVERCOMES, _FEARS):
        if match := pattern.match(text):
            parsed.who(match["who"], text)
            fear = clip(_TAIL.sub("", match["fear"]), 6)
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
    for pattern in (_LOOKS, _LOST):
        if match := pattern.match(text):
            parsed.who(match["who"], text)
            thing, parsed.place = _cut_place(_TAIL.sub("", match["thing"]))
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
        thing, parsed.place = _cut_place(_TAIL.sub("", match["thing"]))
        parsed.theme, parsed.theme_entry = _theme(thing)
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
    if match := _CLAUSE.match(text):
        parsed.who(match["who"], text)
        verb = base(match["verb"])
        rest = (match["rest"] or "").strip()
        if verb in _MISDEEDS:
            parsed.wish = Wish(do="make everything right again", did="made everything right again", sort="mend")
        elif verb == "live":
            parsed.place = place(rest) if rest else None
        elif verb == "be":
            parsed.hero = _described(parsed.hero, rest)
        elif verb in {"can", "could", "will", "would"}:
            parsed.hero = _described(parsed.hero, gerund(rest.split(" ")[0])) if rest else parsed.hero
        elif verb == "fall" and (fallen := re.match(r"^from\s+(.+)$", rest)):
            parsed.wish = Wish(do=f"find the way back to {clip(fallen[1], 6)}", sort="home", thing=clip(fallen[1], 6))
        elif verb in {"have", "love", "like", "hate", "meet"}:
            parsed.wish = (
                find_wish(rest) if verb == "have" else wish_of(f"{'meet' if verb == 'meet' else 'find'} {rest}")
            )
        else:
            parsed.wants(f"{verb} {rest}".strip())
        return parsed
    return None


def _acting(text: str) -> _Parsed | None:
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
    parsed = _Parsed()
    parsed.who(match["who"], text)
    verb, rest = base(match["verb"]), (match["rest"] or "").strip()
    if verb == "live" and rest:
        parsed.place = place(rest)
    else:
        parsed.wants(f"{verb} {rest}".strip())
    return parsed


def _finite(text: str) -> _Parsed | None:
    """``A girl discovers a door in the garden``: a known kind or a name, then a verb in the present."""
    match = re.match(
        r"^(?P<who>(?:(?:a|an|the)\s+)?(?:[\w'-]+\s+){0,3}?[\w'-]+)\s+(?P<verb>[a-z]{2,}s|found|met|built|saw"
        r"|made)\s+(?P<rest>.+)$",
        text,
    )
    if not match or match["verb"] in {"is", "was", "has", "its", "his", "as", "us", "this"}:
        return None
    kind = kind_of(DETERMINER.sub("", match["who"]))[0]
    named = re.fullmatch(r"[A-Z][\w'’-]+", match["who"]) and match["who"].lower() not in {"the", "a", "an"}
    if not (kind or named) or base(match["verb"]) + "s" in english_kinds() or match["verb"] in plurals():
        return None
    parsed = _Parsed()
    parsed.who(match["who"], text)
    parsed.wants(f"{base(match['verb'])} {match['rest']}")
    return parsed


def _pair(text: str) -> _Parsed | None:
    """``Mia and the lost kite``, ``a cat and a dog``, ``the lion and the mouse``."""
    match = re.match(r"^(?P<first>[^,]+?)\s+and\s+(?P<second>[^,]+)$", text)
    if not match or len(text.split()) > 12:
        return None
    second, found = _cut_place(match["second"])
    first_role = role(match["first"])
    if first_role.kind is None and first_role.name is None:
        return None
    if re.search(r"\b(?:who|that|want\w*|become)\b", second):
        return None
    parsed = _Parsed()
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


def _bare(text: str) -> _Parsed:
    """A noun phrase alone: a hero, a theme, or a thing to learn about."""
    parsed = _Parsed()
    text = _TAIL.sub("", text)
    rest, parsed.place = _cut_place(text)
    parsed.theme, parsed.theme_entry = _theme(rest)
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


def _cut_place(text: str) -> tuple[str, Place | None]:
    """The text without a place at its end, and that place."""
    for match in reversed(
        list(re.finditer(r"\s+(?=(?:in|on|at|under|near|beside|by|inside|among|beneath|behind|beyond|aboard)\s)", text))
    ):
        found = _PLACE.match(text[match.start() :])
        if found and place_noun(found["np"])[0]:
            return text[: match.start()].strip(" ,"), place(found["np"], found["prep"].lower())
    return text, None


def _described(hero: Role | None, rest: str) -> Role | None:
    if hero is None or not rest or len(rest.split()) > 3:
        return hero
    return Role(hero.noun, hero.kind, hero.name, f"{hero.adjectives} {rest}".strip(), hero.pronoun, hero.count)


def _theme(text: str) -> tuple[str | None, Theme | None]:
    words = re.sub(r"^(?:the (?:power|value|importance|meaning) of|what is|about)\s+", "", text.lower()).strip(" .")
    words = re.sub(r"^true\s+", "", words)
    for entry in themes().values():
        if words in (entry.id, *entry.also):
            return words, entry
    return None, None


def _object(rest: str) -> str | None:
    """The noun phrase right after the verb."""
    match = re.match(
        r"^(?:to |on |in |for |at |with |up to )?(?P<np>(?:(?:a|an|the|his|her|their|its|all"
        r"|some)\s+)?[\w'’-]+(?:\s[\w'’-]+){0,3}?)"
        r"(?=\s(?:in|on|at|to|for|with|from|under|over|by|near|and|of|like|about|before|all|so)\b|$)",
        rest,
    )
    return (
        match["np"] if match and match["np"].split(" ")[0] not in {"how", "why", "what", "where", "out", "up"} else None
    )
