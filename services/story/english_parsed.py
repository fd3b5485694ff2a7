"""What one way of reading an English prompt has found."""

import re

from services.story.english_nouns import clip, place, place_noun, role
from services.story.english_wish import TAIL, is_work, wish_of, work_of
from services.story.lexicon import Theme, themes
from services.story.parsed import Found
from services.story.premise import Place

_PLACE = re.compile(
    r"\s+(?P<prep>in|on|at|under|near|beside|by|inside|among|beneath|above|behind|beyond|across|aboard|through)\s+"
    r"(?P<np>(?:(?:the|a|an|his|her|its|their|my|our)\s+)?[\w'’ -]+)$",
    re.I,
)
_PROPER = re.compile(r"(?:[A-Z][\w'’-]+\s?){1,3}")
"""The name of a place that no list knows: ``in Rome``."""
_PRONOUNS = {"his": "he", "he": "he", "him": "he", "her": "she", "she": "she", "their": "they", "they": "they"}
_INTRANSITIVE = re.compile("swim|live|dance|play|sleep|skate|ski|sing|dive|sail|run|walk|fly|jump", re.I)

_LIVED = {
    "promises": re.compile(r"(?:always )?keep (?:(?:a|his|her|their|its|the) )?(?:promise|word)s?"),
    "sharing": re.compile(r"share(?: (?:everything|(?:his|her|their|its|the) \w+))?"),
}
"""What is no wish but a theme that somebody lives, by its name."""


class Parsed(Found):
    """What one way of reading an English prompt has found."""

    def who(self, text: str, about: str) -> None:
        """Read who it is about, and where they live. A pronoun in ``about`` says how to speak of them."""
        rest, self.place = cut_place(text) if self.place is None else (text, self.place)
        together = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", rest)
        pronoun = next((_PRONOUNS[w] for w in re.findall(r"[a-z]+", about.lower()) if w in _PRONOUNS), None)
        if len(together) > 1 and all(together) and not re.match(r"(?:two|three)\b.* and \w+$", rest, re.I):
            self.hero, self.companion, *self.others = [role(one) for one in together[:4]]
        else:
            self.hero = role(rest, pronoun=pronoun)

    def wants(self, verb_phrase: str, *, is_lesson: bool = False, is_habit: bool = False) -> None:
        """Read what they want, and where. ``is_lesson``: what they are to learn; ``is_habit``: what they always do."""
        text = TAIL.sub("", verb_phrase)
        rest, found = cut_place(text)
        if found and _INTRANSITIVE.fullmatch(rest):
            rest, found = text, None
        self.place = found or self.place
        theme = next((name for name, done in _LIVED.items() if done.fullmatch(rest)), None)
        if theme:
            self.theme_entry = themes()[theme]
        else:
            wish = wish_of(rest, is_lesson=is_lesson)
            self.wish = work_of(wish) if is_habit and is_work(wish) else wish

    def is_told(self, trait: str) -> None:
        """Says of the hero what a story can say of them in a sentence: ``could talk to animals``."""
        super().is_told(clip(TAIL.sub("", trait), 12))


def cut_place(text: str) -> tuple[str, Place | None]:
    """The text without a place at its end, and that place."""
    for match in reversed(
        list(re.finditer(r"\s+(?=(?:in|on|at|under|near|beside|by|inside|among|beneath|behind|beyond|aboard)\s)", text))
    ):
        found = _PLACE.match(text[match.start() :])
        if found and (place_noun(found["np"])[0] or (found["prep"].lower() == "in" and _PROPER.fullmatch(found["np"]))):
            return text[: match.start()].strip(" ,"), place(found["np"], found["prep"].lower())
    return text, None


def theme_of(text: str) -> tuple[str | None, Theme | None]:
    """The theme that words name, as they name it, and its entry."""
    words = re.sub(r"^(?:the (?:power|value|importance|meaning) of|what is|about)\s+", "", text.lower()).strip(" .")
    words = re.sub(r"^true\s+", "", words)
    for entry in themes().values():
        if words in (entry.id, *entry.also):
            return words, entry
    return None, None
