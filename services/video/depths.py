"""A page's picture in depth: sheets that lie behind one another, of which a moving camera sees the near ones move more.

The farthest sheet moves half as much as the nearest, around where they are half-way, so that no view leaves a picture
and feet stay on their ground.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.camera import CameraPath, View
from services.video.footage import ShotLayer
from services.video.picture import RGB_TO_YUV, Area, Picture, Plane, cover, film_planes, reading, with_margin
from talestream.cancellation import check_cancelled

PARALLAX = 0.5
"""How much less what is as far as the sky moves than what is near."""
SEAM = 2
"""Of a frame: how far around its edge a sheet is mixed with what is behind it."""
BROAD = 0.6
"""The share of a row from which on it is a sheet's ground rather than something that stands on it."""
GAP = 96
"""Columns between two things on a sheet, from which on they are drawn apart."""
PREMULTIPLIED = (RGB_TO_YUV * np.array([1, 1, 1, 1 / 255], np.float32)).astype(np.float32)
"""From RGB and opacity, the one multiplied by the other, to YUV multiplied by opacity."""


@dataclass(frozen=True)
class Sheet:
    """What is seen at one depth. Its planes are multiplied by its opacity."""

    paint: Picture
    through: Picture
    """How much of what is behind it is seen, 0 to 255, at the samples of luma and of chroma."""
    depth: float
    patches: tuple[Area, ...]
    """Where something is seen of it, and something through it, in samples of luma: its ground, which may be empty, and
    what stands out of it.
    """
    solid: int
    """The row of luma from which on nothing is seen through it."""


@dataclass(frozen=True)
class Part:
    """Where a sheet is seen in a frame: mixed with what is behind it, and alone."""

    sheet: Sheet
    view: View
    mixed: tuple[Area, ...]
    alone: Area


def load_sheets(layers: Sequence[ShotLayer], page: int, width: int, height: int) -> tuple[Sheet, ...]:
    """The layers of a page for a film of that size, farthest first. BadInput names a page that cannot be read."""
    return tuple(_load(layer, page, width, height) for layer in layers)


def parts_of(sheets: Sequence[Sheet], path: CameraPath, progress: float, width: int, height: int) -> list[Part]:
    """What of each sheet is seen in a frame of ``width`` x ``height``, farthest first."""
    parts, bottom = [], height
    for sheet in reversed(sheets):
        view = view_at(path, progress, sheet.depth)
        rows, columns = sheet.paint.y.shape
        across, down = width / (view.size * columns), height / (view.size * rows)
        solid = 0
        if sheet is not sheets[0]:
            solid = max(0, min(bottom, _after((sheet.solid - view.top * rows) * down)))
        frame = Area(0, 0, width, solid)
        mixed = (
            Area(
                _before((patch.left - view.left * columns) * across),
                _before((patch.top - view.top * rows) * down),
                _after((patch.right - view.left * columns) * across),
                # where the ground's patch begins, those above it end: nothing is mixed twice
                (_after if patch is sheet.patches[0] else _before)((patch.bottom - view.top * rows) * down),
            ).within(frame)
            for patch in (sheet.patches if solid else ())
        )
        alone = Area(0, solid, width, bottom)
        parts.append(Part(sheet, view, tuple(area for area in mixed if not area.is_empty), alone))
        bottom = solid
    return parts[::-1]


def view_at(path: CameraPath, progress: float, depth: float) -> View:
    """What the camera sees of a sheet: between its way and where it is half-way, the nearer the latter the farther."""
    near, middle, share = path.at(progress), path.at(0.5), PARALLAX * depth
    return View(
        near.left + (middle.left - near.left) * share,
        near.top + (middle.top - near.top) * share,
        near.size + (middle.size - near.size) * share,
    )


def _before(place: float) -> int:
    return 2 * floor((place - SEAM) / 2)


def _after(place: float) -> int:
    return 2 * ceil((place + SEAM) / 2)


def _load(layer: ShotLayer, page: int, width: int, height: int) -> Sheet:
    size = film_planes(width, height)
    with reading(layer.picture, page) as opened:
        pixels = np.asarray(cover(opened.convert("RGBA").convert("RGBa"), *size))
    check_cancelled()
    half = size[0] // 2, size[1] // 2
    small = cv2.resize(pixels, half, interpolation=cv2.INTER_AREA)
    chroma = cv2.transform(small, PREMULTIPLIED[1:])
    paint = Picture(_own(cv2.transform(pixels, PREMULTIPLIED[:1])), _own(chroma[..., 0]), _own(chroma[..., 1]))
    through, through_half = _own(255 - pixels[..., 3]), _own(255 - small[..., 3])
    open_rows = np.flatnonzero(through.max(axis=1) > 0)
    solid = int(open_rows[-1]) + 1 if len(open_rows) else 0
    return Sheet(
        with_margin(paint),
        with_margin(Picture(through, through_half, through_half)),
        layer.depth,
        patches=_patches(through[:solid] < 255),
        solid=solid,
    )


def _patches(seen: NDArray[np.bool_]) -> tuple[Area, ...]:
    """Rectangles around what is seen: one around each thing that stands out, one around the ground; none overlap."""
    full = np.flatnonzero(seen.any(axis=1))
    seen = seen[: int(full[-1]) + 1 if len(full) else 0]
    height, width = seen.shape
    narrow = np.flatnonzero(seen.mean(axis=1) < BROAD) if height else np.array([], int)
    edge = int(narrow[-1]) + 1 if len(narrow) else 0
    areas = [Area(0, min(edge, height), width, height)]
    columns = np.flatnonzero(seen[:edge].any(axis=0))
    for run in np.split(columns, np.flatnonzero(np.diff(columns) > GAP) + 1):
        if len(run):
            left, right = int(run[0]), int(run[-1]) + 1
            rows = np.flatnonzero(seen[:edge, left:right].any(axis=1))
            areas.append(Area(left, int(rows[0]), right, edge))
    return tuple(areas)


def _own(plane: NDArray[Any]) -> Plane:
    return np.ascontiguousarray(plane, np.uint8)
