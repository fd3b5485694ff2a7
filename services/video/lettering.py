"""Lettering: captions as plates that are laid over frames, in Noto Sans CJK, as a look says.

One typeface serves both languages, so that a Latin name inside Chinese text looks right.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from schemas import Language
from services.video import page_setting, plates
from services.video.line_breaking import CJK, Card, cards
from services.video.looks import LIGHT, PLAIN, Inks, Look, SafeArea
from services.video.plates import Plate, Share, Strip
from talestream.errors import ProviderUnavailable

FACE = "Noto Sans CJK SC"
OUTLINE = 0.055
"""Of an em."""
HALO = 0.16
BOX_OPACITY = 0.62
BOX_PADDING = (0.55, 0.22)
"""Beside the letters, and above and below their lines, in ems."""
BOX_RADIUS = 0.38
SMOOTHING = 4
"""How many times larger a box is drawn, so that its corners are round."""
_PIECE = re.compile(rf"{CJK.pattern}|(?:(?!{CJK.pattern})\S)+|\s")


class Letterer:
    """Letters the captions of films of one size."""

    def __init__(self, width: int, height: int, look: Look = PLAIN) -> None:
        self._width, self._height, self._look = width, height, look
        self._area = SafeArea.of(width, height, look)
        self._em = max(8, round(look.size * min(width, height)))
        self._font = ImageFont.truetype(str(font_path()), self._em, index=face_index(FACE))
        self._outline = max(1, round(self._em * OUTLINE))
        self._padding = tuple(round(self._em * share) if look.is_boxed else 0 for share in BOX_PADDING)
        self._step = round(self._em * look.line_height)
        self._widths: dict[str, float] = {}
        self._inks: dict[str, tuple[float, float]] = {}

    @property
    def max_width(self) -> float:
        """The widest line, in pixels."""
        return self._width * self._area.width - 2 * self._padding[0]

    @property
    def most_lines(self) -> int:
        """Of one caption."""
        if not self._look.is_page:
            return 2
        return max(2, int(self._height * (1 - self._area.top - self._area.bottom) / self._step))

    def ruler(self, line: str) -> float:
        """The width of a line in pixels: the sum of its words', each of which is measured once."""
        total = 0.0
        for piece in _PIECE.findall(line):
            if piece not in self._widths:
                self._widths[piece] = self._font.getlength(piece)
            total += self._widths[piece]
        return total

    def cards(self, text: str, language: Language) -> list[Card]:
        """Cut a text into captions that fit."""
        if self._look.is_page:
            return page_setting.pages(text, language, self.ruler, self.max_width, self.most_lines)
        return cards(text, language, self.ruler, self.max_width)

    def plate(self, card: Card, sung: Sequence[Sequence[str]] = (), inks: Inks = LIGHT) -> Plate:
        """Letter one card where the look says. ``sung``: the syllables of each line, where they are to light up."""
        place = self._place(card)
        fill, ground = self._letters(card, place), self._ground(card, place)
        opacity = fill + (1 - fill) * ground
        edge = (opacity - fill, inks.edge)
        stays, stays_half = plates.stays(opacity)
        white = plates.paint([(fill, inks.text), edge])
        lit = plates.paint([(fill, inks.lit), edge]) if sung else None
        strips = []
        for number, (top, bottom) in enumerate(pairwise(place.seams)):
            rows, columns = _painted(opacity[top:bottom])
            rows = slice(top + rows.start, top + rows.stop)
            ends = self._ends(sung[number], card[number], place.width, columns.start) if sung else ()
            strips.append(
                Strip(
                    left=place.left + columns.start,
                    top=place.top + rows.start,
                    stays=np.ascontiguousarray(stays[rows, columns]),
                    stays_half=np.ascontiguousarray(stays_half[plates.half(rows), plates.half(columns)]),
                    paint=white.cut(rows, columns),
                    lit=lit.cut(rows, columns) if lit else None,
                    ends=ends,
                )
            )
        return Plate(tuple(strips))

    def _place(self, card: Card) -> "_Place":
        """Where a card stands: at the foot of the safe area, or, a page, in its middle."""
        across = max(right - left for left, right in map(self._ink, card))
        margin = _even(self._em * 0.7)
        width = min(_even(across) + 2 * margin + 2, self._width)
        height = min(_even(self._step * len(card)) + 2 * margin, self._height)
        lines = self._step * len(card)
        if self._look.is_page:
            top = self._height * (1 + self._area.top - self._area.bottom) / 2 - lines / 2
        else:
            top = self._height * (1 - self._area.bottom) - self._padding[1] - lines
        first = margin
        seams = [0, *(_even(first + self._step * number) for number in range(1, len(card))), height]
        return _Place(
            left=_even((self._width - width) / 2),
            top=min(_even(max(top - margin, 0)), _even(self._height - height)),
            width=width,
            height=height,
            across=across,
            first=first,
            seams=tuple(seams),
        )

    def _letters(self, card: Card, place: "_Place", stroke: int = 0) -> Share:
        mask = Image.new("L", (place.width, place.height))
        for number, line in enumerate(card):
            start = (self._start(line, place.width), place.first + self._step * (number + 0.5))
            ImageDraw.Draw(mask).text(
                start, line, font=self._font, fill=255, anchor="lm", stroke_width=stroke, stroke_fill=255
            )
        return _share(mask)

    def _ground(self, card: Card, place: "_Place") -> Share:
        """What sets the letters off: a box, or an outline and a halo."""
        if self._look.is_boxed:
            return self._box(card, place)
        outline = self._letters(card, place, self._outline)
        halo = cv2.dilate(outline, np.ones((2 * self._outline + 1,) * 2, np.uint8))
        halo = cv2.GaussianBlur(halo, (0, 0), self._em * HALO)
        if self._look.is_page:
            return np.float32(0.45) * halo
        return 1 - (1 - np.float32(0.75) * outline) * (1 - np.float32(0.6) * halo)

    def _box(self, card: Card, place: "_Place") -> Share:
        size = place.width * SMOOTHING, place.height * SMOOTHING
        left = (place.width - place.across) / 2 - self._padding[0]
        top = place.first - self._padding[1]
        bottom = place.first + self._step * len(card) + self._padding[1]
        box = Image.new("L", size)
        ImageDraw.Draw(box).rounded_rectangle(
            [SMOOTHING * edge for edge in (left, top, place.width - left, bottom)],
            radius=SMOOTHING * self._em * BOX_RADIUS,
            fill=255,
        )
        return np.float32(BOX_OPACITY) * _share(box.resize((place.width, place.height), Image.Resampling.BOX))

    def _start(self, line: str, width: int) -> float:
        """Where a line begins whose ink stands amid ``width``: full-width marks at its ends do not shift it."""
        return (width - sum(self._ink(line))) / 2

    def _ink(self, line: str) -> tuple[float, float]:
        """From where to where a line is seen, from its start."""
        if line not in self._inks:
            mask, offset = self._font.getmask2(line, "L", anchor="lm")
            left, _, right, _ = mask.getbbox() or (0, 0, 0, 0)
            self._inks[line] = offset[0] + left, offset[0] + right
        return self._inks[line]

    def _ends(self, sung: Sequence[str], line: str, width: int, start: int) -> tuple[int, ...]:
        """The even columns, from ``start``, at which the syllables of a line end that stands amid ``width``."""
        left = self._start(line, width) - start
        return tuple(round((left + self._font.getlength(text)) / 2) * 2 for text in accumulate(sung))


@dataclass(frozen=True)
class _Place:
    """Where a card stands, in pixels: its place in the film and its size, both even, and what lies in it."""

    left: int
    top: int
    width: int
    height: int
    across: float
    """Of the widest line."""
    first: int
    """The upper edge of the first line."""
    seams: tuple[int, ...]
    """The even rows between which lines lie."""


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


def _painted(opacity: Share) -> tuple[slice, slice]:
    """The even rows and columns in which anything is to be seen; all where nothing is."""
    seen = opacity >= 1 / 255
    return _span(np.any(seen, axis=1)), _span(np.any(seen, axis=0))


def _span(seen: NDArray[np.bool_]) -> slice:
    found = np.flatnonzero(seen)
    return slice(found[0] // 2 * 2, (found[-1] + 2) // 2 * 2) if len(found) else slice(0, len(seen))


def _share(mask: Image.Image) -> Share:
    return np.asarray(mask, np.float32) / np.float32(255)


def _even(length: float) -> int:
    return int(length) // 2 * 2
