"""Story shapes and episodes: what may happen, as data. A new shape is a new file under ``data/<language>/shapes``.

The same pages in words for the youngest and the oldest are beside them, under ``data/<language>/3-5`` and ``9-12``: a
file a shape, in it for each beat the words of its pages, in their order; a page without such words has an empty text.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache

from pydantic import Field

from schemas import AgeGroup, Language, Mood, Record, Tone
from services.story.lexicon import DATA, table
from services.story.premise import Wish


class Given(StrEnum):
    """What may be so in a story or not."""

    OLD_FRIEND = "old friend"
    """The prompt names the friend, who is there from the first page on."""
    NEW_FRIEND = "new friend"
    """The friend is met on the way."""
    WELCOME = "welcome"
    """What happens is a joy: the comet came."""
    UPSET = "upset"
    """What happens puts everything out of order: the moon fell asleep."""
    ASKED = "asked"
    """A question is asked of whoever it is about."""
    NOBODY_TO_ASK = "nobody to ask"
    """It is about nobody of whom it could be asked."""
    QUARREL = "quarrel"
    """Two want the same, which one of them has."""
    SEARCH = "search"
    """What is wanted is not there yet."""
    ON_LAND = "on land"
    """It is set neither under the sea nor among the stars."""


class PageTemplate(Record):
    """One page with ``{blanks}``. It can be used where every blank that it names has something to fill it."""

    text: str
    picture: str = Field(description="Pose of the hero, then after semicolons what else is seen")
    at: str = Field("spot", description="home, spot, path, high, shelter, open or goal")
    mood: Mood = Mood.CALM
    time: str | None = Field(
        None, description="dawn, morning, noon, afternoon, evening, night; None: as the day goes on"
    )
    weather: str | None = None
    more: str = Field("", description="A sentence for when the page is short")
    after: str | None = Field(None, description="The beat without which it would come from nowhere")
    of: str | None = Field(None, description="The sort of wish that it alone is for; there it goes before others")
    given: tuple[Given, ...] = Field((), description="What must be so for it to make sense")


class Beat(Record):
    """A step of a shape, in one of several wordings. Stories with fewer pages keep the beats of the lowest rank."""

    name: str
    rank: float
    page: tuple[PageTemplate, ...] = Field(min_length=1)


class ShapeWish(Record):
    """A wish of the shape's own, for prompts that name none."""

    do: str
    did: str
    thing: str | None = None
    ask: str | None = None
    fear: str | None = None
    event: str | None = None
    the_day: str | None = None
    is_welcome: bool = False
    goal: str | None = None


class Need(StrEnum):
    """What a shape may need of the prompt."""

    ONE_HERO = "one hero"
    LITTLE_FRIEND = "little friend"
    YOUNG_HERO = "young hero"
    NEW_FRIEND = "new friend"


class Shape(Record):
    """A kind of story."""

    name: str
    suits: tuple[str, ...] = Field(description="The sorts of wish it can tell of")
    often: int = Field(1, description="How many times as likely it is as others that suit")
    titles: tuple[str, ...]
    beat: tuple[Beat, ...]
    wish: tuple[ShapeWish, ...]
    tones: tuple[Tone, ...] = Field((), description="The tones that it has more than others")
    road: str = Field(description="The beat before which episodes are put in")
    one_day: bool = Field(False, description="Whether all of it happens on one day, or on the day after its first page")
    needs: tuple[Need, ...] = Field((), description="What it cannot be told without")
    apart: str = Field(
        "", description="How its first page tells of a friend whom the prompt names and who is not there"
    )

    def wishes(self, sort: str) -> tuple[Wish, ...]:
        """The shape's own wishes."""
        return tuple(Wish(sort=sort, **wish.model_dump()) for wish in self.wish)


class Episode(Record):
    """Something that happens on the way: a vignette of one page, or two pages, three in a long story."""

    name: str
    page: tuple[PageTemplate, ...] = Field(min_length=1, max_length=3)


@cache
def shapes(language: Language, age: AgeGroup | None = None) -> dict[str, Shape]:
    """Every shape of a language by name, in the words for an age."""
    folder = DATA / language / "shapes"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [Shape.model_validate(table(f"{language}/shapes/{name}")) for name in names]
    return {shape.name: _for_age(shape, _words(language, age, shape.name)) for shape in found}


@cache
def episodes(language: Language, age: AgeGroup | None = None) -> tuple[Episode, ...]:
    """Every episode of a language, in the words for an age."""
    found = [Episode.model_validate(entry) for entry in table(f"{language}/episodes.toml")["episode"]]
    words = _words(language, age, "episodes")
    return tuple(
        episode.model_copy(update={"page": _told(episode.page, words[episode.name])})
        if episode.name in words
        else episode
        for episode in found
    )


@cache
def theme_pages(language: Language, age: AgeGroup | None = None) -> tuple[PageTemplate, ...]:
    """Last pages for a prompt that names only a theme."""
    pages = tuple(PageTemplate.model_validate(entry) for entry in table(f"{language}/themes.toml")["page"])
    words = _words(language, age, "themes")
    return _told(pages, words["end"]) if words else pages


def _words(language: Language, age: AgeGroup | None, name: str) -> Mapping[str, Sequence[str]]:
    """The words for an age by beat; none for the ages between, for whom the shapes themselves are written."""
    if age is None or not (DATA / language / age / f"{name}.toml").is_file():
        return {}
    return table(f"{language}/{age}/{name}.toml")


def _for_age(shape: Shape, words: Mapping[str, Sequence[str]]) -> Shape:
    beats = tuple(
        beat.model_copy(update={"page": _told(beat.page, words[beat.name])}) if beat.name in words else beat
        for beat in shape.beat
    )
    return shape.model_copy(update={"beat": beats})


def _told(pages: tuple[PageTemplate, ...], words: Sequence[str]) -> tuple[PageTemplate, ...]:
    """The pages that have words for an age, in these."""
    return tuple(
        page.model_copy(update={"text": text, "more": ""}) for page, text in zip(pages, words, strict=True) if text
    )
