"""How a film is cut: what stands between its pages, before the first and behind the last, and how captions look."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Record


class TransitionKind(StrEnum):
    """How one page gives way to the next: at once, through black, one through the other, pushed aside, or by an edge
    that sweeps across.
    """

    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"
    SLIDE = "slide"
    WIPE = "wipe"


class CaptionStyle(StrEnum):
    """How captions are burned in: white with a dark edge, on a box, with the spoken word lit, set large
    in the middle as on a page of a book, or not at all.
    """

    PLAIN = "plain"
    BOXED = "boxed"
    KARAOKE = "karaoke"
    CARD = "card"
    NONE = "none"


class Cut(Record):
    """How a film is cut."""

    transition: TransitionKind | None = Field(None, description="Between all pages; None: by their moods")
    title_card: bool = Field(True, description="Whether the film begins with its title")
    end_card: bool = Field(True, description="Whether it ends with a card of its own")
    captions: CaptionStyle = Field(CaptionStyle.PLAIN, description="How captions are burned in")
