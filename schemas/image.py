"""Image: a page's prompt becomes its picture."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import Artifact, Language, Mood, ObjectUri, Record, Seed, Sha256, Text, TimeOfDay
from schemas.request import PageRequest
from schemas.script import Character, PageEdit, Script
from schemas.task import Task


class ImageRequested(PageRequest):
    """Draw one page at ``width`` x ``height`` pixels. Equal characters and seed give the same hero on every page."""

    stage: ClassVar[str] = "image"

    prompt: Text = Field(min_length=1, description="What the picture shows")
    story: Text = Field("", description="The page's narration, a help for providers that plan a scene from words")
    told_before: Text = Field(
        "",
        description="Prompts and narration of the pages just before, nearest last, as they were first written: by them"
        " a page that says nothing of the time plays as late as the one before",
    )
    page_count: int = Field(1, ge=1, le=999)
    mood: Mood = Mood.CALM
    place: str = Field("", max_length=500)
    characters: tuple[Character, ...] = Field((), description="The hero first")
    language: Language = "en"
    style: str | None = Field(None, max_length=200)
    width: int = Field(1280, ge=64, le=4096, multiple_of=2, description="Pixels")
    height: int = Field(720, ge=64, le=4096, multiple_of=2, description="Pixels")
    given: ObjectUri | None = Field(
        None, description="A picture that the user has: it becomes the page's, and nothing is drawn"
    )
    given_sha256: Sha256 | None = None
    seed: Seed = 0

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        """A picture follows its prompt: a narration that was changed later leaves it as it is."""
        script = task.script
        number = page or 1
        drawn = script.pages[number - 1]
        width, height = task.order.picture_size
        edit = task.edit_of(number)
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=task.order.providers.get(cls.stage),
            page=number,
            page_count=len(script.pages),
            prompt=drawn.image_prompt,
            story=_told(task, edit, number, script),
            told_before=_told_before(task.written_script, number),
            mood=drawn.mood,
            place=script.place,
            characters=script.characters,
            language=script.language,
            style=task.order.style,
            width=width,
            height=height,
            given=edit.picture,
            given_sha256=edit.picture_sha256,
            seed=task.order.seed,
        )


_PAGES_BEFORE = 4
_LONGEST_BEFORE = 6000
"""Characters. Prompts and narrations have some hundreds."""


def _told_before(written: Script, number: int) -> str:
    """Of the script as it was written, so that no page is drawn anew because another was edited."""
    pages = written.pages[max(0, number - 1 - _PAGES_BEFORE) : number - 1]
    return "\n".join(text for page in pages for text in (page.image_prompt, page.story))[-_LONGEST_BEFORE:]


def _told(task: Task, edit: PageEdit, number: int, script: Script) -> str:
    """The narration that the prompt was written to; none for a prompt that was changed."""
    if edit.image_prompt is not None:
        return ""
    return (script if edit.story is None else task.written_script).pages[number - 1].story


class Layer(Record):
    """What is seen of a picture at one depth: PNG, RGBA, of the picture's size; the farthest is opaque."""

    picture: Artifact
    depth: float = Field(ge=0, le=1, description="0: where the characters stand; 1: as far as the sky")


class Setting(Record):
    """Where and when a picture plays. A film turns to a page as its setting differs from that of the page before."""

    place: str = Field(max_length=100, description="Equal for pictures that play in the same place")
    time: TimeOfDay


class Illustration(Record):
    """A page's picture: PNG, RGB, of the requested size."""

    page: int
    picture: Artifact
    missing_words: tuple[str, ...] = Field((), description="Words of the prompt that could not be drawn")
    layers: tuple[Layer, ...] = Field(
        (),
        max_length=8,
        description="The picture in depth, farthest first; laid over one another they are the picture. Behind the edges"
        " of what is nearer each goes on for a twentieth of the width. Empty: its provider knows no depths",
    )
    setting: Setting | None = Field(None, description="None: its provider does not know")
