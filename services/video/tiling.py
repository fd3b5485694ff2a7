"""Cutting a sheet into rectangles, each of which is drawn at once: what hides all that is behind it is laid down
without being mixed, and where nothing is seen of the sheet, nothing is drawn.

Fewer, larger and wider rectangles cost less by the piece and more by the sample. So a rectangle is cut in two, again
and again, where that leaves least to draw, and stays whole where its pieces would cost more than itself.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.picture import Area, Plane

CELLS = 40
"""Of the grid on which cuts lie, along the longer side."""
SEAM = 6
"""How far, in samples, what surrounds a cell belongs to it: frames are drawn between samples, from an even pixel on."""
MIXED_COST = 2.5
"""Of a sample that is mixed with what is behind it, by one that is not."""
ROW_COST, TILE_COST = 3.0, 16.0
"""Of a row of cells, and of a rectangle, whatever their size: in cells."""


@dataclass(frozen=True)
class Tile:
    """A rectangle of a sheet, in samples of luma."""

    area: Area
    is_solid: bool
    """Whether nothing is seen through it."""


@dataclass(frozen=True)
class _Cells:
    """Cells of the grid: where something is seen of the sheet, and where nothing is seen through it."""

    seen: NDArray[np.bool_]
    solid: NDArray[np.bool_]

    def cut(self, rows: slice, columns: slice) -> Self:
        return type(self)(self.seen[rows, columns], self.solid[rows, columns])

    def turned(self) -> Self:
        return type(self)(self.seen.T, self.solid.T)

    def reversed(self) -> Self:
        return type(self)(self.seen[:, ::-1], self.solid[:, ::-1])


def tiles_of(through: Plane) -> tuple[Tile, ...]:
    """The tiles of a sheet that is seen through as much as the plane says, 0 to 255; none overlaps another."""
    height, width = through.shape
    size = -(-max(height, width) // CELLS)
    tops, lefts = np.arange(0, height, size), np.arange(0, width, size)
    around = np.ones((2 * SEAM + 1, 2 * SEAM + 1), np.uint8)
    seen = _of_cells(np.minimum, np.asarray(cv2.erode(through, around)), tops, lefts) < 255
    solid = _of_cells(np.maximum, np.asarray(cv2.dilate(through, around)), tops, lefts) == 0
    return tuple(
        Tile(Area(left * size, top * size, min(right * size, width), min(bottom * size, height)), is_solid)
        for (left, top, right, bottom), is_solid in _cut(_Cells(seen, solid), 0, 0)[1]
    )


def _of_cells(most: np.ufunc, plane: Plane, tops: NDArray[np.int_], lefts: NDArray[np.int_]) -> Plane:
    """The least or most of the samples of each cell."""
    rows = most.reduceat(plane, tops, axis=0)
    return np.asarray(most.reduceat(rows, lefts, axis=1))


_Found = list[tuple[tuple[int, int, int, int], bool]]
"""Left, top, right and bottom of tiles, in cells, and whether they are solid."""


def _cut(cells: _Cells, left: int, top: int) -> tuple[float, _Found]:
    """The tiles of some cells, the first of which lies at ``left`` and ``top``, and what they cost."""
    rows, columns = np.flatnonzero(cells.seen.any(axis=1)), np.flatnonzero(cells.seen.any(axis=0))
    if not len(rows):
        return 0.0, []
    cells = cells.cut(slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    left, top = left + int(columns[0]), top + int(rows[0])
    height, width = cells.seen.shape
    is_solid = bool(cells.solid.all())
    whole = (height * (width + ROW_COST) + TILE_COST) * (1 if is_solid else MIXED_COST)
    uncut = whole, [((left, top, left + width, top + height), is_solid)]
    if is_solid or height * width <= TILE_COST:
        return uncut
    at, is_row = _where(cells)
    if is_row:
        first = _cut(cells.cut(slice(at), slice(None)), left, top)
        second = _cut(cells.cut(slice(at, None), slice(None)), left, top + at)
    else:
        first = _cut(cells.cut(slice(None), slice(at)), left, top)
        second = _cut(cells.cut(slice(None), slice(at, None)), left + at, top)
    return min(uncut, (first[0] + second[0], first[1] + second[1]), key=lambda found: found[0])


def _where(cells: _Cells) -> tuple[int, bool]:
    """The row, or the column, before which cells are best cut in two: at the edge of solid ground, or where least is
    left to draw.
    """
    width = cells.seen.shape[1]
    edges = np.flatnonzero(np.diff(cells.solid.all(axis=1).astype(int), prepend=0, append=0))
    grounds = edges.reshape(-1, 2)
    if len(grounds):
        start, end = grounds[np.argmax(grounds[:, 1] - grounds[:, 0])]
        if (end - start) * width > TILE_COST:
            return (int(start) if start else int(end)), True
    across, down = _costs(cells), _costs(cells.turned())
    if across.min(initial=np.inf) <= down.min(initial=np.inf):
        return int(across.argmin()) + 1, False
    return int(down.argmin()) + 1, True


def _costs(cells: _Cells) -> NDArray[np.float64]:
    """What two tiles cost, left and right of each column but the first."""
    return np.asarray(_costs_before(cells)[:-1] + _costs_before(cells.reversed())[-2::-1])


def _costs_before(cells: _Cells) -> NDArray[np.float64]:
    """What a tile costs around what is seen in the first column, in the first two, and so on."""
    so_far = np.logical_or.accumulate(cells.seen, axis=1)
    height, width = so_far.shape
    is_any = cells.seen.any(axis=0)
    last = np.maximum.accumulate(np.where(is_any, np.arange(width), -1))
    columns = last + 1 - int(is_any.argmax())
    rows = height - so_far[::-1].argmax(axis=0) - so_far.argmax(axis=0)
    area = np.where(last >= 0, columns * rows, 0)
    is_solid = cells.solid.sum(axis=0).cumsum() == area
    return np.where(area > 0, (area + rows * ROW_COST + TILE_COST) * np.where(is_solid, 1, MIXED_COST), 0.0)
