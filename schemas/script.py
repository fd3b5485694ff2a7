"""The script of a film: what the story stage writes and every later stage reads."""

from pydantic import Field

from schemas.base import Language, Mood, Record, Seed, Text


class Character(Record):
    """Somebody in the story, described once so that every page can draw and voice them alike."""

    name: str = Field(max_length=200)
    kind: str = Field(max_length=200, description="What they are, in the script's language: fox, girl, robot, 狐狸")
    description: str = Field("", max_length=1000, description="Lasting looks: colours, clothing, a mark")


class Page(Record):
    """One page of the film: a picture, and the narration that is heard while it is seen."""

    story: Text = Field(description="The narration, as it is spoken")
    image_prompt: Text = Field(description="What the picture shows; self-contained, no reference to other pages")
    segments: tuple[str, ...] = Field((), description="The narration cut for speech and captions; empty before split")
    mood: Mood = Mood.CALM


class Script(Record):
    """The whole story. Stored as ``script_data.json``."""

    title: str = Field(max_length=300)
    language: Language
    pages: tuple[Page, ...] = Field(min_length=1, max_length=999)
    characters: tuple[Character, ...] = ()
    place: str = Field("", max_length=500, description="Where the story is set")
    seed: Seed = 0
