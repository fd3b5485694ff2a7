"""The forms in which a language model writes a story, part by part, and the script that is made of them."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from schemas import Character, Language, Mood, Page

LONGEST: dict[Language, int] = {"en": 500, "zh": 200}
"""Characters that a page's narration may have."""
LONGEST_PICTURE = 400
"""Characters that an image prompt may have, before the looks of those who are in it."""
LONGEST_SUMMARY = 1500
"""Characters of what has happened so far."""
MOST_CHARACTERS = 8

_SENTENCE = re.compile(r".*[.!?。！？…][\"”』」’']?", re.DOTALL)
_CLOSED = ConfigDict(json_schema_extra={"additionalProperties": False})
"""The schema allows no other keys, as servers want it; an answer that has some is taken without them."""


class WrittenCharacter(BaseModel):
    """Somebody in the story, as a model describes them."""

    model_config = _CLOSED

    name: str
    kind: str
    description: str

    @property
    def character(self) -> Character:
        """The character as the script lists it."""
        return Character(name=self.name.strip(), kind=self.kind.strip(), description=self.description.strip(" .。"))


class WrittenPage(BaseModel):
    """A page, as a model writes it."""

    model_config = _CLOSED

    story: str
    image_prompt: str
    mood: Mood


class Part(BaseModel):
    """Some consecutive pages of a story. Title and place are in the first alone, a summary in each but the last."""

    title: str = ""
    place: str = ""
    characters: list[WrittenCharacter] = []
    pages: list[WrittenPage]
    summary: str = ""


class Summary(BaseModel):
    """A stretch of a long text in short."""

    model_config = _CLOSED

    summary: str = Field(min_length=1, max_length=LONGEST_SUMMARY)


def form_of_part(pages: int, longest: int, *, is_first: bool, is_last: bool) -> type[BaseModel]:
    """The form of a :class:`Part` of exactly ``pages`` pages, of at most ``longest`` characters of narration each;
    no other text but the summary may be longer.

    The first part has title, place and the characters, hero first; a later one those who are new in it. Every part but
    the last tells in short what has happened so far.
    """

    def text(most: int, room: int = longest) -> Any:
        return (str, Field(min_length=1, max_length=min(most, room)))

    page = create_model("Page", __base__=WrittenPage, story=text(longest), image_prompt=text(LONGEST_PICTURE))
    somebody = create_model("Somebody", __base__=WrittenCharacter, name=text(60), kind=text(60), description=text(300))
    fields: dict[str, Any] = {"title": text(120), "place": text(200)} if is_first else {}
    few = Field(min_length=1 if is_first else 0, max_length=MOST_CHARACTERS)
    fields["characters"] = (list[somebody], few)
    fields["pages"] = (list[page], Field(min_length=pages, max_length=pages))
    if not is_last:
        fields["summary"] = text(LONGEST_SUMMARY, 3 * longest)
    return create_model("Part", __config__=_CLOSED, **fields)


def page_of(written: WrittenPage, cast: Sequence[Character], longest: int) -> Page:
    """The page as the script has it: whole sentences, and an image prompt that can be drawn without any other page."""
    return Page(
        story=_whole(written.story, longest),
        image_prompt=with_looks(written.image_prompt.strip(), cast),
        mood=written.mood,
    )


def with_looks(prompt: str, cast: Sequence[Character]) -> str:
    """The image prompt with the look of everybody who is named in it, in the same words on every page.

    Who is named neither by name nor by kind is not in the picture; where nobody is, the hero is.
    """
    seen = [one for one in cast if _names(prompt, one)] or list(cast[:1])
    looks = [f"{one.name}: {one.description}" for one in seen if one.description and one.description not in prompt]
    return ". ".join([prompt.rstrip(" .。"), *looks])


def _names(prompt: str, character: Character) -> bool:
    return any(re.search(_word(text), prompt, re.IGNORECASE) for text in (character.name, character.kind) if text)


def _word(text: str) -> str:
    """A pattern for a word or name; Chinese ones have no gaps around them."""
    return rf"(?<![A-Za-z]){re.escape(text)}(?![A-Za-z])" if text.isascii() else re.escape(text)


def _whole(text: str, longest: int) -> str:
    """The text as it is, or up to its last whole sentence where the end of the room cut it off."""
    text = text.strip()
    found = _SENTENCE.match(text)
    if len(text) < longest - 1 or found is None or len(found[0]) < len(text) / 2:
        return text
    return found[0]
