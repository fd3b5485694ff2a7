"""Story shapes and episodes: what may happen, as data. A new shape is a new file under ``data/<language>/shapes``."""

from functools import cache

from pydantic import Field

from schemas import Language, Mood, Record, Tone
from services.story.lexicon import DATA, table
from services.story.premise import Wish


class PageTemplate(Record):
    """One page with ``{blanks}``. It can be used where every blank that it names has something to fill it."""

    text: str
    picture: str = Field(description="Pose of the hero, then after semicolons what else is seen")
    at: str = Field("spot", description="home, spot, path, high, shelter or open")
    mood: Mood = Mood.CALM
    time: str | None = Field(
        None, description="dawn, morning, noon, afternoon, evening, night; None: as the day goes on"
    )
    weather: str | None = None
    more: str = Field("", description="A sentence for when the page is short")


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


class Shape(Record):
    """A kind of story."""

    name: str
    suits: tuple[str, ...] = Field(description="The sorts of wish it can tell of")
    titles: tuple[str, ...]
    beat: tuple[Beat, ...]
    wish: tuple[ShapeWish, ...]
    tones: tuple[Tone, ...] = Field((), description="The tones that it has more than others")
    road: str = Field(description="The beat before which episodes are put in")

    def wishes(self, sort: str) -> tuple[Wish, ...]:
        """The shape's own wishes."""
        return tuple(Wish(sort=sort, **wish.model_dump()) for wish in self.wish)


class Episode(Record):
    """Something that happens on the way: a vignette of one page, or two pages, three in a long story."""

    name: str
    page: tuple[PageTemplate, ...] = Field(min_length=1, max_length=3)


@cache
def shapes(language: Language) -> dict[str, Shape]:
    """Every shape of a language by name."""
    folder = DATA / language / "shapes"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [Shape.model_validate(table(f"{language}/shapes/{name}")) for name in names]
    return {shape.name: shape for shape in found}


@cache
def episodes(language: Language) -> tuple[Episode, ...]:
    """Every episode of a language."""
    return tuple(Episode.model_validate(entry) for entry in table(f"{language}/episodes.toml")["episode"])


@cache
def theme_pages(language: Language) -> tuple[PageTemplate, ...]:
    """Last pages for a prompt that names only a theme."""
    return tuple(PageTemplate.model_validate(entry) for entry in table(f"{language}/themes.toml")["page"])
