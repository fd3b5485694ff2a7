"""How captions look: how large and on what, and where on films of each shape they may stand. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas import CaptionStyle
from services.video.footage import Footage

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

WIDE, SQUARE, TALL = 1.2, 0.95, 0.7
"""Shapes by width over height: at least so wide, at least so nearly square, at most so tall."""


@dataclass(frozen=True)
class Look:
    """How letters are set. Lengths are in ems unless they say otherwise."""

    size: float = 0.054
    """An em, of the film's shorter side."""
    line_height: float = 1.3
    is_boxed: bool = False
    """On a translucent box."""
    is_sung: bool = False
    """Each word, in Chinese each character, lights up as it is heard."""
    is_page: bool = False
    """As many lines as fit, in the middle of the film, dark on a light picture and light on a dark one."""


@dataclass(frozen=True)
class Inks:
    """What letters are painted with."""

    text: Colour = (255, 255, 255)
    edge: Colour = (0, 0, 0)
    """What sets them off from the picture."""
    lit: Colour = (255, 221, 102)
    """Of a word that has been heard."""


LIGHT = Inks()
LIGHT_PAGE = Inks(text=(250, 247, 240), edge=(12, 12, 18))
DARK_PAGE = Inks(text=(42, 36, 32), edge=(255, 252, 244), lit=(168, 50, 40))

PLAIN = Look()
LOOKS: Mapping[CaptionStyle, Look] = {
    CaptionStyle.PLAIN: PLAIN,
    CaptionStyle.BOXED: Look(is_boxed=True, line_height=1.35),
    CaptionStyle.KARAOKE: Look(size=0.06, is_sung=True),
    CaptionStyle.CARD: Look(size=0.078, line_height=1.55, is_page=True),
    CaptionStyle.NONE: PLAIN,
}
"""NONE as PLAIN: what is not burned in is still had beside the film."""


def look_of(footage: Footage) -> Look:
    """How the film's captions look, as its cut says."""
    return LOOKS[footage.cut.captions] if footage.cut else PLAIN


def is_burned(footage: Footage) -> bool:
    """Whether captions are drawn over the film."""
    return footage.burn_captions and not (footage.cut and footage.cut.captions is CaptionStyle.NONE)


@dataclass(frozen=True)
class SafeArea:
    """Where letters may stand, as fractions of the film's width and height. It is centred from left to right."""

    width: float
    top: float
    """Free space above the first line."""
    bottom: float
    """Free space below the last line."""

    @classmethod
    def of(cls, width: int, height: int, look: Look = PLAIN) -> "SafeArea":
        """Wide films leave the margins of EBU R 95; tall ones also leave the foot to the player's buttons. A page
        leaves margins as a book does.
        """
        shape = width / height
        if look.is_page:
            if shape < TALL:
                return cls(width=0.8, top=0.14, bottom=0.2)
            return cls(width=0.72 if shape > WIDE else 0.8, top=0.12, bottom=0.12)
        if shape > WIDE:
            return cls(width=0.72, top=0.05, bottom=0.05)
        if shape > SQUARE:
            return cls(width=0.84, top=0.05, bottom=0.06)
        return cls(width=0.84, top=0.1, bottom=0.16 if shape < TALL else 0.08)
