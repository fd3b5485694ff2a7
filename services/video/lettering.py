"""Lettering: captions as plates that are laid over frames: white text with a soft dark edge, in Noto Sans CJK.

One typeface serves both languages, so that a Latin name inside Chinese text looks right.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from services.video.line_breaking import Card
from services.video.picture import Plane
from talestream.errors import ProviderUnavailable

FACE = "Noto Sans CJK SC"
SIZE = 0.054
"""Of the film's shorter side."""
LINE_HEIGHT = 1.3
WHITE_Y, BLACK_Y, GREY_UV = 235, 16, 128


@dataclass(frozen=True)
class SafeArea:
    """Where captions may stand, as fractions of the film's width and height."""

    width: float
    bottom: float
    """Free space below the last line."""

    @classmethod
    def of(cls, width: int, height: int) -> "SafeArea":
        """Wide films leave the margins of EBU R 95; tall ones also leave the foot to the player's buttons."""
        if height > 1.2 * width:
            return cls(width=0.84, bottom=0.16)
        return cls(width=0.72 if width > 1.2 * height else 0.84, bottom=0.05)


@dataclass(frozen=True)
class Plate:
    """A lettered caption: paint and opacity, and the even position of its top left corner."""

    left: int
    top: int
    luma: Plane
    opacity: NDArray[np.float32]
    chroma: Plane
    chroma_opacity: NDArray[np.float32]


class Letterer:
    """Letters the captions of films of one size."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = width, height
        self._area = SafeArea.of(width, height)
        self._font_size = max(8, round(SIZE * min(width, height)))
        self._font = ImageFont.truetype(str(font_path()), self._font_size, index=face_index(FACE))
        self._outline = max(1, round(self._font_size * 0.055))

    @property
    def max_width(self) -> float:
        """The widest line, in pixels."""
        return self._width * self._area.width

    @property
    def ruler(self) -> Callable[[str], float]:
        """Measures the width of a line in pixels."""
        return self._font.getlength

    def plate(self, card: Card) -> Plate:
        """Letter one card, centred at the foot of the safe area."""
        size, blur = self._font_size, self._font_size * 0.16
        step = round(size * LINE_HEIGHT)
        margin = _even(size * 0.7)
        text_width = max(self._font.getlength(line) for line in card)
        width = min(_even(text_width) + 2 * margin, self._width)
        height = min(_even(step * len(card)) + 2 * margin, self._height)
        shape = (width, height)
        fill, edge = Image.new("L", shape), Image.new("L", shape)
        for number, line in enumerate(card):
            place = (width / 2, margin + step * (number + 0.5))
            ImageDraw.Draw(fill).text(place, line, font=self._font, fill=255, anchor="mm")
            ImageDraw.Draw(edge).text(
                place, line, font=self._font, fill=255, anchor="mm", stroke_width=self._outline, stroke_fill=255
            )
        white, dark = _unit(fill), _unit(edge)
        halo = _unit(edge.filter(ImageFilter.MaxFilter(2 * self._outline + 1)).filter(ImageFilter.GaussianBlur(blur)))
        shade = 1 - (1 - 0.75 * dark) * (1 - 0.6 * halo)
        opacity = white + (1 - white) * shade
        light = np.divide(white, opacity, out=np.zeros_like(white), where=opacity > 0)
        top = self._height - round(self._area.bottom * self._height) - step * len(card) - margin
        half = opacity.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3), dtype=np.float32)
        return Plate(
            left=_even((self._width - width) / 2),
            top=_even(max(top, 0)) if top + height <= self._height else _even(self._height - height),
            luma=np.rint(BLACK_Y + (WHITE_Y - BLACK_Y) * light).astype(np.uint8),
            opacity=opacity,
            chroma=np.full(half.shape, GREY_UV, np.uint8),
            chroma_opacity=half,
        )


def font_path() -> Path:
    """The font collection. ProviderUnavailable when its package is missing."""
    try:
        import noto_cjk_sans_otc  # noqa: PLC0415
    except ImportError as error:
        raise ProviderUnavailable("captions need the package noto-cjk-sans-otc: run 'talestream setup'") from error
    return Path(str(noto_cjk_sans_otc.FONT_PATH))


@cache
def face_index(name: str) -> int:
    """Which font of the collection has that name; the first when none has."""
    path = str(font_path())
    index = 0
    while True:
        try:
            if ImageFont.truetype(path, 10, index=index).getname()[0] == name:
                return index
        except OSError:
            return 0
        index += 1


def _unit(mask: Image.Image) -> NDArray[np.float32]:
    return np.asarray(mask, np.float32) / np.float32(255)


def _even(length: float) -> int:
    return int(length) // 2 * 2
