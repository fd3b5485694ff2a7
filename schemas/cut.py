"""How a film is cut: what stands between its pages, before the first and behind the last, and how captions look."""

from enum import StrEnum

from pydantic import Field

from schemas.base import Record

TITLE_CARD_S, END_CARD_S = 2.5, 2.6
"""How long each card is seen under music, the end card with the transition to it."""


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

    transition: TransitionKind | None = Field(None, description="Between all pages; None: by their moods and settings")
    title_card: bool = Field(True, description="Whether the film begins with its title")
    end_card: bool = Field(True, description="Whether it ends with a card of its own")
    captions: CaptionStyle = Field(CaptionStyle.PLAIN, description="How captions are burned in")

    def card_times(self, title: str) -> tuple[float, float]:
        """How long the title card and the end card of a film with this title are seen under music, in seconds."""
        return TITLE_CARD_S * (self.title_card and bool(title.strip())), END_CARD_S * self.end_card
