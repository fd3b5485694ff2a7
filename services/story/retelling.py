"""A user's own text becomes a script: told in its own words, page by page, with everybody and everything to be seen."""

import re
from dataclasses import dataclass, replace
from random import Random

from schemas import Language, Mood, Page, Script, StoryRequested
from services.story.blanks import fill
from services.story.cast import Figure, Names, Spot
from services.story.chinese_reading import ChineseReader
from services.story.english_reading import EnglishReader
from services.story.lexicon import table
from services.story.paging import Paging, paged
from services.story.plot import DAY
from services.story.prose import PROSE
from services.story.reading import Person, Reader, Where
from services.story.topic import gist, is_request
from services.story.voice import Voice
from talestream.cancellation import check_cancelled

READERS: dict[Language, Reader] = {"en": EnglishReader(), "zh": ChineseReader()}
_LEAST_SENTENCES = 3
_LEAST_WORDS = 20
_SEEN_AT_ONCE = 3
_FIRST_TIME = "morning"


def pages_of_topic(topic: str, language: Language, count: int) -> Paging | None:
    """The pages of a topic that is itself a text: several sentences that tell something, and ask for nothing.

    None for a topic that only says what a story shall be about.
    """
    prose = PROSE[language]
    _, sentences = prose.read(topic)
    if len(set(sentences)) < _LEAST_SENTENCES or prose.length(topic) < _LEAST_WORDS or is_request(sentences):
        return None
    return paged(sentences, count, prose)


def pages_of_source(text: str, language: Language, count: int) -> Paging | None:
    """The pages of a text that is to be told; None where it has not a word for each page."""
    sentences = PROSE[language].read(text)[1]
    return paged(sentences, count, PROSE[language]) if sentences else None


@dataclass(frozen=True)
class _Seen:
    """What one page shows: whatever it does not say is as it was on the page before."""

    spot: Spot
    time: str
    weather: str
    figures: tuple[Figure, ...]


class Retelling:
    """Tells one text."""

    def __init__(self, voice: Voice, request: StoryRequested, title: str, paging: Paging) -> None:
        """``title`` is the text's own; empty where it has none."""
        rng = Random(f"{request.seed}/{request.topic}/{request.main_role}/{request.scene}")
        self._voice = voice
        self._reader = READERS[voice.language]
        self._request = request
        self._paging = paging
        self._title = title
        text = PROSE[voice.language].join(paging.pages)
        self._people = self._with_hero(self._reader.people(text))
        names = voice.names(rng, {str(person.role.name) for person in self._people})
        self._figures = [self._figure(person, names, rng) for person in self._people]
        self._first = self._beginning(text, rng)

    def script(self) -> Script:
        """The whole script. ``abridged`` says so where the text was too long for it."""
        seen, mood, pages = self._first, Mood.CALM, []
        for number, text in enumerate(self._paging.pages):
            check_cancelled()
            said = self._reader.said(text)
            is_later = said.time is not None and DAY.index(said.time) < DAY.index(seen.time)
            seen = _Seen(
                spot=self._spot(said.where, seen.spot),
                time=said.time or seen.time,
                weather=said.weather or self._weather(text, seen, is_later=is_later),
                figures=self._on_page(text, seen.figures),
            )
            is_last = number == len(self._paging.pages) - 1
            mood = said.mood or (Mood.JOYFUL if is_last and mood is not Mood.SAD else mood)
            action = self._reader.action(text, self._people)
            picture = self._voice.scene(seen.figures, action, seen.spot, seen.time, seen.weather, mood)
            pages.append(Page(story=text, image_prompt=picture, mood=mood))
        return Script(
            title=(self._title or self._title_by_hero())[:300],
            language=self._voice.language,
            pages=tuple(pages),
            characters=tuple(figure.character for figure in self._figures),
            place=self._first.spot.at[:500],
            seed=self._request.seed,
            abridged=self._abridged(),
        )

    def _with_hero(self, people: list[Person]) -> list[Person]:
        """The people with the one first whom the request calls the hero, or who the text speaks of most."""
        if self._request.main_role is None or not re.search(r"\w", self._request.main_role):
            return people
        role = self._voice.role(self._request.main_role)
        name = role.name or role.noun
        is_same = [one for one in people if one.role.name == name or (role.kind and one.role.kind == role.kind)]
        words = is_same[0].words if is_same else (name,)
        called = is_same[0].role.name if is_same and role.name is None else name
        is_name_alone = bool(is_same) and self._request.main_role.strip() == is_same[0].role.name
        hero = is_same[0] if is_name_alone else Person(replace(role, name=called), words)
        return [hero, *(one for one in people if one not in is_same[:1])]

    def _figure(self, person: Person, names: Names, rng: Random) -> Figure:
        if person.role.count:
            return self._voice.hero(replace(person.role, name=None, pronoun="they"), "land", names, rng)
        figure = self._voice.figure(person.role, names, rng)
        return replace(figure, look=person.look) if person.look else figure

    def _spot(self, where: Where, before: Spot) -> Spot:
        if where.is_home:
            return self._first.spot
        return before if where.place is None else Spot(where.place.name, where.place.at)

    def _weather(self, text: str, before: _Seen, *, is_later: bool) -> str:
        """The weather of a page that does not speak of it: as before, unless a day has passed or the sky is seen."""
        if self._voice.shows_clear_sky(self._reader.told(text)):
            return "clear"
        return self._first.weather if is_later else before.weather

    def _beginning(self, text: str, rng: Random) -> _Seen:
        """Before the first page: the place ordered, else the first in the text's first half, else a hero's home."""
        realm = next((one.role.kind.realm for one in self._people if one.role.kind and one.role.kind.realm), "land")
        asked = self._request.scene if self._request.scene and re.search(r"\w", self._request.scene) else None
        places = (
            self._reader.said(page).where.place for page in self._paging.pages[: -(-len(self._paging.pages) // 2)]
        )
        place = self._voice.place(asked) if asked else next((place for place in places if place), None)
        setting = self._voice.setting(place, place.realm if place else realm or "land", None, rng)
        weather = "clear" if place is None or place.realm != "snow" else "snow"
        return _Seen(setting.home, _FIRST_TIME, weather, tuple(self._figures[:1]))

    def _on_page(self, text: str, before: tuple[Figure, ...]) -> tuple[Figure, ...]:
        """Whom a page shows: the hero, and whoever it names; where it names nobody, those of the page before."""
        named = [
            figure
            for person, figure in zip(self._people, self._figures, strict=True)
            if self._reader.is_named(person, text)
        ]
        seen = [*self._figures[:1], *named] if named else [*self._figures[:1], *before]
        return tuple(dict.fromkeys(seen))[:_SEEN_AT_ONCE]

    def _title_by_hero(self) -> str:
        if not self._people:
            return gist(self._paging.pages[0])
        role = self._people[0].role
        if role.count:
            several = self._figures[0].name.removeprefix("the ")
            return self._voice.title(
                fill(table(f"{self._voice.language}/cues.toml")["title"]["unnamed"], {"hero": several})
            )
        is_named = str(role.name).lower() != role.noun.lower()
        words = table(f"{self._voice.language}/cues.toml")["title"]
        return self._voice.title(fill(words["named" if is_named else "unnamed"], {"hero": str(role.name)}))

    def _abridged(self) -> str | None:
        left_out = self._paging.left_out
        if not left_out:
            return None
        are = "sentence was" if left_out == 1 else "sentences were"
        return f"the text is too long for {len(self._paging.pages)} pages: {left_out} {are} left out"
