"""Reading an English text that is told: its people, places, times and weathers."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from schemas import Language
from services.story import english_nouns
from services.story.english_figures import COLOURS, SIZES
from services.story.english_words import capital
from services.story.lexicon import Kind, english_kinds, table
from services.story.premise import Role
from services.story.reading import Mentions, Person, Said, Where, cues, last_said, longest, mood_of

_PRONOUNS = {"he": "he", "she": "she", "it": None, "they": "they"}
_NAME = r"[A-Z][a-z'’-]*[a-z]"
_DETERMINED = r"\b(?:an?|the|his|her|their|its|my|our|your|this|that|two|three|little|old|young|and)"
_SPEECH = re.compile(r"[“\"][^”\"]*[”\"]?")
_FIRST_PRONOUN = re.compile(r"^(?P<lead>(?:[A-Z][\w ]{0,30}, |There )?)(?P<pronoun>he|she|it|they)\b", re.I)
_NOT_THERE = re.compile(
    r"\b(?:want|wish|hope|dream|would|could|if|until|remember|thought of|far from|away from)\w*\b[^,.;]*$",
    re.I,
)
_INTO = {"into": "in", "onto": "on"} | dict.fromkeys(("to", "through", "across", "towards", "along", "up", "down"))
_PLACE = (
    r"\b(?P<prep>in|on|at|under|near|beside|by|inside|among|beneath|behind|aboard|into|onto|to|through|across|towards"
    r"|along|up|down)\s+(?P<np>(?:the\s+(?:edge|foot|top|bottom|end|middle|heart|side)\s+of\s+)?"
    r"(?:(?:the|a|an|his|her|their|its|my|our)\s+)?(?:(?!(?:{links})\b)[a-z-]+\s+){0,3}?(?:{nouns}))\b(?!['’-])"
)
_NO_NAME = re.compile(
    r"i|i'm|i'll|he|she|it|they|we|you|the|an?|and|but|so|then|when|while|one|once|in|on|at|if|as|his|her|their|its|my|our"
    r"|this|that|these|those|there|here|what|who|why|how|where|now|soon|suddenly|finally|after|before|every|all|no|not"
    r"|yes|oh|for|from|with|to|of|by|just|even|still|only|some|many|most|each|both|mr|mrs|ms|dr|god|lord|sir|madam"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|may|june|july|august|september|october"
    r"|november|december|christmas|easter|english|french|chinese|once|upon|poor|dear|little|old"
)
"""Words that have a capital and name nobody."""
_LINKS = "in|on|at|to|of|the|an?|his|her|its|their|my|our|and|with|from|into|up|down"
_LOOKING = re.compile(r"\b(?:look|gaz|star|point|smil|shout|wav)\w*\s+(?:\w+\s+)?$")
_HOME = re.compile(r"\b(?:back|went|ran|walked|came|flew|swam|hurried|arrived|was|were|at|all the way) home\b", re.I)
_LEAD = re.compile(
    r"^(?:(?:and|but|so|then|at last|once upon a time|one (?:day|morning|evening|night)|suddenly|soon|finally"
    r"|the next (?:day|morning))\b,?\s+)+",
    re.I,
)
_PRESENTING = re.compile(r"\b(?:called|named|name (?:was|is)|lived|was|had)\b")
"""Who somebody is makes less of a picture than what they do."""
_LONGEST_ACTION = 160
_SHORTEST_ACTION = 3
_PERSON = frozenset({"girl", "boy", "child", "sister", "brother", "daughter", "son"})


class EnglishReader:
    """See :class:`services.story.reading.Reader`."""

    language: Language = "en"

    def people(self, text: str) -> list[Person]:
        found = Mentions()
        for name, times in _names(text).items():
            phrase = _what_is(name, text)
            kind, noun, adjectives = english_nouns.kind_of(phrase) if phrase else (None, "", "")
            role = english_nouns.role(name)
            if kind is not None:
                role = Role(noun, kind, name, _lasting(adjectives), kind.gender or _pronoun_of(name, text))
            words = (name, *((noun,) if kind is not None and kind.id not in _PERSON else ()))
            found.add(name, Person(role, words), times + (_times(noun, text) if kind is not None else 0))
        taken = {word for person in found.people.values() for word in person.words}
        people_of_no_kind = {person.role.noun for person in found.people.values() if person.role.noun in _PERSON}
        for word, kind, adjectives in _kinds(text):
            if word not in taken and word not in people_of_no_kind and word not in cues("en", "people"):
                pronoun = kind.gender or _pronoun_of(word, text)
                role = Role(word, kind, capital(word), _lasting(adjectives), pronoun, _count_of(word, kind, text))
                found.add(word, Person(role, (word, english_nouns.plural_of(word, kind))), _times(word, text))
        for word, (noun, pronoun, look) in cues("en", "people").items():
            times = len(re.findall(rf"\b{word}\b(?!['’]|,? {_NAME})", text, re.I))
            found.add(noun, Person(Role(noun, None, capital(word), "", pronoun), (word, noun), look), times)
        return found.ranked()

    def said(self, page: str) -> Said:
        told = self.told(page)
        return Said(
            where=_where(told),
            time=last_said(told, "en", "times"),
            weather=last_said(told, "en", "weathers"),
            mood=mood_of(page, "en"),
        )

    def told(self, page: str) -> str:
        return _SPEECH.sub(" ", page)

    def action(self, page: str, people: list[Person]) -> str:
        told = re.split(r"(?<=[.!?])\s+", _SPEECH.sub("", page))
        sentences = [_bare(sentence) for sentence in told]
        full = [one for one in sentences if len(one.split()) >= _SHORTEST_ACTION]
        chosen = longest([one for one in full if not _PRESENTING.search(one)] or full, _LONGEST_ACTION)
        before = page[: page.find(chosen[:20])] if chosen else ""
        return _with_names(_LEAD.sub("", chosen), before, people)

    def is_named(self, person: Person, page: str) -> bool:
        return any(re.search(rf"\b{re.escape(word)}(?:s|es)?\b(?!['’])", page, re.I) for word in person.words)


def _count_of(word: str, kind: Kind, text: str) -> str:
    """``three`` where a text brings in three of them: ``three little pigs``."""
    many = english_nouns.plural_of(word, kind)
    found = re.search(rf"\b(two|three|four|five|six|seven)\s+(?:[a-z]+\s+){{0,2}}?{many}\b", text, re.I)
    return found[1].lower() if found else ""


def _names(text: str) -> Counter[str]:
    """Names and how often they are said: words with a capital that do not owe it to the beginning of a sentence."""
    lower = set(re.findall(r"\b[a-z]+\b", text))
    times = Counter(re.findall(rf"\b({_NAME})(?:'s|’s)?\b", text))
    inside = set(re.findall(rf"(?:[a-z,;]|\b[Mm]r\.)\s+({_NAME})\b", text))
    placed = set(re.findall(rf"\b(?:in|to|from|at|of|near)\s+({_NAME})\b", text))
    speaking = "|".join(cues("en", "speech")["verbs"])
    heard = set(re.findall(rf"\b({_NAME})\s+(?:{speaking})\b|\b(?:{speaking})\s+({_NAME})\b", text))
    speakers = {name for pair in heard for name in pair if name}
    called = set(re.findall(rf"\b(?:called|named|name is|name was)\s+({_NAME})\b", text))
    found: Counter[str] = Counter()
    for name, count in times.items():
        small = name.lower()
        if _NO_NAME.fullmatch(small) or small.endswith("ly") or small in english_nouns.place_nouns():
            continue
        is_given = small in table(english_nouns.WORLD)["given"]["he"] + table(english_nouns.WORLD)["given"]["she"]
        known = name in called or name in speakers or is_given
        again = count > 1 and small not in lower and (name in inside or name not in placed)
        if known or (again and not (name in placed and name not in speakers)):
            found[name] = count
    return found


def _what_is(name: str, text: str) -> str | None:
    """The noun phrase by which a text says what somebody is: ``a little red fox``."""
    words = r"(?P<what>(?:[a-z-]+\s+){0,3}?[a-z-]+)"
    kind = rf"(?:{'|'.join(map(re.escape, english_kinds()))})"
    for pattern in (
        rf"\b(?:an?|the|his|her|their|my|our)\s+{words},?\s+(?:who\s+(?:was|is)\s+)?(?:called|named)\s+{name}\b",
        rf"\b{name}\s+the\s+{words}\b",
        rf"\b{name},\s+(?:an?|the)\s+{words}\b",
        rf"\b{name}\s+(?:was|is)\s+(?:an?|the)\s+(?P<what>(?:[a-z-]+,?\s+){{0,3}}?{kind})\b",
        rf"\b(?:the|his|her|their|my|our|a)\s+(?P<what>(?:[a-z-]+\s+){{0,2}}?{kind}),?\s+{name}\b",
        rf"\b(?:an?|the)\s+(?P<what>(?:[a-z-]+\s+){{0,3}}?{kind})\b[^.!?]*[.!?]\s+\w+ name (?:was|is) {name}\b",
    ):
        for match in re.finditer(pattern, text):
            phrase = match["what"]
            if english_nouns.kind_of(phrase)[0] is not None:
                return _up_to_kind(phrase)
    return None


def _up_to_kind(phrase: str) -> str:
    """``fox lived`` ends with the fox."""
    words = phrase.replace(",", "").split()
    for end in range(1, len(words) + 1):
        if words[end - 1] in english_kinds():
            return " ".join(words[:end])
    return phrase


def _kinds(text: str) -> Iterator[tuple[str, Kind, str]]:
    """Beings that a text names by what they are, with the words before theirs: kind's word, kind, adjectives."""
    speaking = "|".join(cues("en", "speech")["verbs"])
    named = english_nouns.plurals() | {word: word for word in english_kinds()}
    seen: set[str] = set()
    nouns = "|".join(sorted(named, key=len, reverse=True))
    for match in re.finditer(
        rf"{_DETERMINED}\s+(?P<adjectives>(?:[a-z-]+\s+){{0,3}}?)(?P<noun>{nouns})\b(?!['’])", text, re.I
    ):
        noun = match["noun"].lower()
        if noun not in named or re.search(r"\blike $", text[: match.start()]):
            continue
        word = named[noun]
        kind = english_kinds()[word]
        speaks = re.search(rf"\b{noun}\s+(?:{speaking})\b|\b(?:{speaking})\s+the\s+(?:\w+\s+)?{noun}\b", text)
        if word not in seen and (kind.group != "thing" or speaks):
            seen.add(word)
            yield word, kind, match["adjectives"].strip().lower()


def _times(word: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(word)}(?:s|es|'s|’s)?\b", text, re.I)) if word else 0


def _lasting(adjectives: str) -> str:
    """Of the words before a noun those that a picture can show on every page: sizes and colours."""
    return " ".join(word for word in adjectives.split() if SIZES.fullmatch(word) or COLOURS.fullmatch(word))


def _pronoun_of(word: str, text: str) -> str | None:
    """he or she, by the pronoun that follows the word first."""
    match = re.search(rf"\b{re.escape(word)}\b[^.!?]*?\b(he|his|him|she|her)\b", text, re.I)
    return None if match is None else "he" if match[1].lower() in {"he", "his", "him"} else "she"


@cache
def _places() -> re.Pattern[str]:
    nouns = "|".join(sorted(english_nouns.place_nouns(), key=len, reverse=True))
    return re.compile(_PLACE.replace("{nouns}", nouns).replace("{links}", _LINKS), re.IGNORECASE)


def _where(told: str) -> Where:
    """Where a page ends: at the last place that it says somebody is or comes to."""
    place, end = None, -1
    for match in _places().finditer(told):
        preposition, before = match["prep"].lower(), told[: match.start()]
        is_seen_from_afar = preposition in {"at", "to", "towards"} and _LOOKING.search(before)
        if not is_seen_from_afar and not _NOT_THERE.search(before):
            place, end = english_nouns.place(match["np"], _INTO.get(preposition, preposition)), match.end()
    is_home = any(match.end() > end for match in _HOME.finditer(told))
    return Where(None if is_home else place, is_home)


def _bare(sentence: str) -> str:
    """A sentence without what was left of speech at its ends, and nothing where only that it was said is left."""
    text = sentence.strip(' ,;:.!?—–-“”"')
    speaking = "|".join(cues("en", "speech")["verbs"])
    said = re.fullmatch(rf"(?:\w+\s+){{0,3}}(?:{speaking})(?:\s+\w+){{0,3}}", text)
    return "" if said else text


def _with_names(sentence: str, before: str, people: list[Person]) -> str:
    match = _FIRST_PRONOUN.match(sentence)
    if not match or not people:
        return sentence
    pronoun = _PRONOUNS[match["pronoun"].lower()]
    if pronoun == "they":
        name = " and ".join(str(person.role.name) for person in people[:2])
    else:
        fitting = [one for one in people if pronoun is None or one.role.pronoun in {pronoun, None}] or people
        last = max(((_last(word, before), one) for one in fitting for word in one.words), key=lambda pair: pair[0])
        name = str((last[1] if last[0] >= 0 else fitting[0]).role.name)
    return f"{match['lead']}{name}{sentence[match.end() :]}"


def _last(word: str, text: str) -> int:
    """Where a text last speaks of somebody, not of what is theirs; -1 where it does not."""
    return max((match.start() for match in re.finditer(rf"\b{re.escape(word)}\b(?!['’])", text, re.I)), default=-1)
