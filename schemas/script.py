"""The script of a film: what the story stage writes and every later stage reads."""

from collections.abc import Mapping

from pydantic import Field

from schemas.base import Language, Mood, ObjectUri, Record, Seed, Sha256, Sound, Text


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
    sounds: tuple[Sound, ...] | None = Field(
        None,
        max_length=4,
        description="What is heard beside the narration; None: what its words speak of, from split on",
    )


class PageEdit(Record):
    """What was changed of a page after the story was written. None: nothing, or no longer."""

    story: Text | None = Field(None, min_length=1, description="The narration")
    image_prompt: Text | None = Field(None, min_length=1, description="What the picture shows")
    voice: str | None = Field(None, min_length=1, max_length=100, description="Who speaks the page")
    picture: ObjectUri | None = Field(None, description="The user's own picture, in place of a drawn one")
    picture_sha256: Sha256 | None = None


class Script(Record):
    """The whole story. Stored as ``script_data.json``."""

    title: str = Field(max_length=300)
    language: Language
    pages: tuple[Page, ...] = Field(min_length=1, max_length=999)
    characters: tuple[Character, ...] = ()
    place: str = Field("", max_length=500, description="Where the story is set")
    seed: Seed = 0
    abridged: str | None = Field(
        None, description="What was left out of the text that the script tells; None where nothing was"
    )

    def edited(self, edits: Mapping[str, PageEdit]) -> "Script":
        """The script with these pages, by number, changed. Another narration has no segments yet, and no sounds."""
        if not edits:
            return self
        pages = [_edited(page, edits.get(str(number))) for number, page in enumerate(self.pages, start=1)]
        return self.model_copy(update={"pages": tuple(pages)})

    def with_segments_of(self, split: "Script") -> "Script":
        """The script with the segments and sounds that ``split`` has for the same narration of the same page."""
        pages = [
            page.model_copy(update={"segments": cut.segments, "sounds": cut.sounds})
            if page.story == cut.story
            else page
            for page, cut in zip(self.pages, split.pages, strict=True)
        ]
        return self.model_copy(update={"pages": tuple(pages)})


def _edited(page: Page, edit: PageEdit | None) -> Page:
    if edit is None:
        return page
    changes: dict[str, object] = {}
    if edit.image_prompt is not None:
        changes["image_prompt"] = edit.image_prompt
    if edit.story is not None and edit.story != page.story:
        changes |= {"story": edit.story, "segments": (), "sounds": None}
    return page.model_copy(update=changes)
