"""A page's picture in depth: sheets that lie behind one another, of which a moving camera sees the near ones move more.

The farthest sheet moves half as much as the nearest, around where they are half-way, so that no view leaves a picture
and feet stay on their ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.camera import CameraPath, View
from services.video.cutouts import Cutout, cut_out
from services.video.footage import ShotLayer
from services.video.frames import Frame
from services.video.picture import RGB_TO_YUV, Area, Plane, film_planes, to_planes
from services.video.picture_files import cover, reading
from services.video.subject import Point
from services.video.tiling import tiles_of
from talestream.cancellation import check_cancelled

PARALLAX = 0.5
"""How much less what is as far as the sky moves than what is near."""
PREMULTIPLIED = (RGB_TO_YUV * np.array([1, 1, 1, 1 / 255], np.float32)).astype(np.float32)
"""From RGB and opacity, the one multiplied by the other, to YUV multiplied by opacity."""


@dataclass(frozen=True)
class Piece:
    """A rectangle of a sheet, in samples of luma."""

    area: Area
    paint: Cutout
    """Multiplied by its opacity."""
    through: Cutout | None
    """How much of what is behind it is seen, 0 to 255, at the samples of luma and of chroma; None: nothing is."""


@dataclass(frozen=True)
class Sheet:
    """What is seen at one depth: pieces, none of which overlaps another."""

    depth: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Part:
    """A piece as it is seen in a frame."""

    piece: Piece
    view: View
    area: Area


def load_sheets(layers: Sequence[ShotLayer], page: int, width: int, height: int, around: Point) -> tuple[Sheet, ...]:
    """The layers of a page for a film of that size, farthest first, all cropped around one place.

    BadInput names a page that cannot be read.
    """
    return tuple(_load(layer, page, film_planes(width, height), around) for layer in layers)


def draw(frame: Frame, sheets: Sequence[Sheet], path: CameraPath, progress: float) -> None:
    """Draw what a camera on its way over the sheets sees of them."""
    for part in parts_of(sheets, path, progress, frame.width, frame.height):
        if part.piece.through is None:
            frame.show(part.piece.paint, part.view, part.area)
        else:
            frame.lay(part.piece.paint, part.piece.through, part.view, part.area)


def parts_of(sheets: Sequence[Sheet], path: CameraPath, progress: float, width: int, height: int) -> list[Part]:
    """What of each sheet is seen in a frame of ``width`` x ``height``, farthest first."""
    frame, parts = Area(0, 0, width, height), list[Part]()
    nearer: list[Area] = []
    for sheet in reversed(sheets):
        view = view_at(path, progress, sheet.depth)
        seen = [
            Part(piece, view, area)
            for piece in sheet.pieces
            if not (area := _uncovered(_placed(piece, view, frame), nearer)).is_empty
        ]
        parts += seen
        nearer += [part.area for part in seen if part.piece.through is None]
    return parts[::-1]


def view_at(path: CameraPath, progress: float, depth: float) -> View:
    """What the camera sees of a sheet: between its way and where it is half-way, the nearer the latter the farther."""
    near, middle, share = path.at(progress), path.at(0.5), PARALLAX * depth
    return View(
        near.left + (middle.left - near.left) * share,
        near.top + (middle.top - near.top) * share,
        near.size + (middle.size - near.size) * share,
    )


def _placed(piece: Piece, view: View, frame: Area) -> Area:
    """Where a piece is in a frame: at even pixels, the same for two pieces at the edge that they share."""
    columns, rows = piece.paint.width, piece.paint.height
    across, down = frame.right / (view.size * columns), frame.bottom / (view.size * rows)
    return Area(
        2 * round((piece.area.left - view.left * columns) * across / 2),
        2 * round((piece.area.top - view.top * rows) * down / 2),
        2 * round((piece.area.right - view.left * columns) * across / 2),
        2 * round((piece.area.bottom - view.top * rows) * down / 2),
    ).within(frame)


def _uncovered(area: Area, covers: Sequence[Area]) -> Area:
    """What is left of an area without the sides that others cover from edge to edge."""
    for over in covers:
        if over.left <= area.left and area.right <= over.right:
            if over.top <= area.top < over.bottom:
                area = replace(area, top=over.bottom)
            elif over.top < area.bottom <= over.bottom:
                area = replace(area, bottom=over.top)
        if over.top <= area.top and area.bottom <= over.bottom:
            if over.left <= area.left < over.right:
                area = replace(area, left=over.right)
            elif over.left < area.right <= over.right:
                area = replace(area, right=over.left)
    return area


def _load(layer: ShotLayer, page: int, size: tuple[int, int], around: Point) -> Sheet:
    with reading(layer.picture, page) as opened:
        if not opened.has_transparency_data:
            planes = to_planes(cover(opened.convert("RGB"), *size, around=around)).planes
            return Sheet(layer.depth, (Piece(Area(0, 0, *size), cut_out(planes), None),))
        pixels = cover(opened.convert("RGBA").convert("RGBa"), *size, around=around)
    check_cancelled()
    half = size[0] // 2, size[1] // 2
    small = cv2.resize(pixels, half, interpolation=cv2.INTER_AREA)
    chroma = cv2.transform(small, PREMULTIPLIED[1:])
    paint = _own(cv2.transform(pixels, PREMULTIPLIED[:1])), _own(chroma[..., 0]), _own(chroma[..., 1])
    through = _own(255 - pixels[..., 3]), _own(255 - small[..., 3])
    return Sheet(
        layer.depth,
        tuple(
            Piece(tile.area, cut_out(paint, tile.area), None if tile.is_solid else cut_out(through, tile.area))
            for tile in tiles_of(through[0])
        ),
    )


def _own(plane: NDArray[Any]) -> Plane:
    return np.ascontiguousarray(plane, np.uint8)
