"""Plates: lettering ready to be laid over frames, line by line, as cheaply as it goes.

What is laid has its opacity in it already: a sample becomes ``below * stays / 255 + paint``, in whole numbers. Only
what is lettered is laid; where part of a line is lit, the line is laid in two pieces.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.looks import Colour
from services.video.picture import RGB_TO_YUV, Plane

Share = NDArray[np.float32]
"""Shape (H, W), 0 to 1."""


@dataclass(frozen=True)
class Paint:
    """What is laid on luma, of shape (H, W), and on the two planes of chroma, of shape (H/2, W/2)."""

    y: Plane
    u: Plane
    v: Plane

    def cut(self, rows: slice, columns: slice) -> "Paint":
        """A piece of it, between even rows and columns of luma."""
        small = half(rows), half(columns)
        return Paint(*map(np.ascontiguousarray, (self.y[rows, columns], self.u[small], self.v[small])))


@dataclass(frozen=True)
class Piece:
    """Paint in its place. ``stays``, of 255, is how much of what lies below is still seen."""

    left: int
    top: int
    paint: Paint
    stays: Plane
    stays_half: Plane
    """For chroma."""


@dataclass(frozen=True)
class Strip:
    """A line of letters. Its place and size are even."""

    left: int
    top: int
    stays: Plane
    stays_half: Plane
    paint: Paint
    lit: Paint | None = None
    """The same when all of it is lit."""
    ends: tuple[int, ...] = ()
    """The even columns, from the strip's left, at which its syllables end."""

    def pieces(self, lit: int) -> Iterator[Piece]:
        """The strip with its first ``lit`` syllables lit."""
        width = self.stays.shape[1]
        cut = min(self.ends[lit - 1], width) if self.lit and 0 < lit <= len(self.ends) else 0
        if self.lit and cut:
            yield self._piece(self.lit, 0, cut)
        if cut < width:
            yield self._piece(self.paint, cut, width)

    def _piece(self, paint: Paint, start: int, end: int) -> Piece:
        return Piece(
            self.left + start,
            self.top,
            Paint(paint.y[:, start:end], paint.u[:, start // 2 : end // 2], paint.v[:, start // 2 : end // 2]),
            self.stays[:, start:end],
            self.stays_half[:, start // 2 : end // 2],
        )


@dataclass(frozen=True)
class Plate:
    """A lettered caption: its lines, from the top."""

    strips: tuple[Strip, ...]

    def pieces(self, lit: int = 0) -> Iterator[Piece]:
        """What to lay, with the caption's first ``lit`` syllables lit."""
        for strip in self.strips:
            yield from strip.pieces(min(lit, len(strip.ends)))
            lit -= min(lit, len(strip.ends))


def lay(target: Plane, paint: Plane, stays: Plane, left: int, top: int) -> None:
    """Lay paint over a plane of a frame."""
    height, width = paint.shape
    region = target[top : top + height, left : left + width]
    cv2.add(cv2.multiply(region, stays, scale=1 / 255), paint, dst=region)


def paint(colours: Sequence[tuple[Share, Colour]]) -> Paint:
    """Paint of several colours, each with the opacity it has at last. Shares have an even shape."""
    planes = [np.zeros_like(colours[0][0]), *(np.zeros_like(halved(colours[0][0])) for _ in "uv")]
    for share, colour in colours:
        small = halved(share)
        for number, value in enumerate(_yuv(colour)):
            planes[number] += (small if number else share) * value
    return Paint(*map(_whole, planes))


def stays(opacity: Share) -> tuple[Plane, Plane]:
    """How much stays of what is below, of 255, in luma and in chroma."""
    return _whole(255 * (1 - opacity)), _whole(255 * (1 - halved(opacity)))


def halved(share: Share) -> Share:
    """The means of 2 x 2 samples."""
    height, width = share.shape
    return cv2.resize(share, (width // 2, height // 2), interpolation=cv2.INTER_AREA).astype(np.float32, copy=False)


def half(span: slice) -> slice:
    """Even rows or columns of luma as those of chroma."""
    return slice(span.start and span.start // 2, span.stop and span.stop // 2)


def _yuv(colour: Colour) -> Share:
    return RGB_TO_YUV @ np.array([*colour, 1], np.float32)


def _whole(values: Share) -> Plane:
    return np.rint(values).clip(0, 255).astype(np.uint8)
