"""Sampling a plane at any scale and place, to a small fraction of a sample, as fast as OpenCV resizes.

OpenCV's ``resize`` is several times as fast as its ``warpAffine``, but where it samples is fixed by the first sample of
what it is given. So more columns are made than are wanted: each further one moves the phase of the others by the
fraction of the scale, until one fits. Where none does, or where more would be made than used, as around something
small, ``warpAffine`` samples. Both interpolate linearly.
"""

from functools import lru_cache
from math import floor

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

MOST_SURPLUS = 96
"""Columns or rows that are made and not used; at scales up to 1.5 they lie in a picture's margin."""
TOLERANCE = 1 / 50
"""Of a source sample: how far from where it is asked a plane may be sampled."""
WARP_COST = 3.4
"""Of a sample by ``warpAffine``, in samples by ``resize``."""


class Sampler:
    """Samples planes into planes of at most ``width`` x ``height``. For one thread."""

    def __init__(self, width: int, height: int) -> None:
        self._scratch = np.empty((width + MOST_SURPLUS + 2) * (height + MOST_SURPLUS + 2), np.uint8)

    def sampled(
        self, source: Plane, width: int, height: int, *, scale: tuple[float, float], start: tuple[float, float]
    ) -> Plane:
        """A plane of ``width`` x ``height``, until the next one is sampled: its sample (i, j) of column and row is
        ``source`` at ``start + (i, j) * scale``.

        What lies outside of ``source`` repeats its edge.
        """
        across = _fitting(source.shape[1], width, scale[0], start[0])
        down = _fitting(source.shape[0], height, scale[1], start[1])
        if across and down:
            (left, columns, skipped_columns), (top, rows, skipped_rows) = across, down
            shape = _resized_length(rows, scale[1]), _resized_length(columns, scale[0])
            if shape[0] * shape[1] <= WARP_COST * width * height:
                made = cv2.resize(
                    source[top : top + rows, left : left + columns],
                    None,
                    dst=self._scratch[: shape[0] * shape[1]].reshape(shape),
                    fx=1 / scale[0],
                    fy=1 / scale[1],
                    interpolation=cv2.INTER_LINEAR,
                )
                used = slice(skipped_rows, skipped_rows + height), slice(skipped_columns, skipped_columns + width)
                return np.asarray(made[used], np.uint8)
        made = self._scratch[: width * height].reshape(height, width)
        _warp(source, made, scale, start)
        return made


@lru_cache(512)
def _fitting(available: int, wanted: int, scale: float, start: float) -> tuple[int, int, int] | None:
    """First source sample, how many, and how many of what is made of them to skip, so that what follows is right.

    ``resize`` samples its first at (scale - 1) / 2, half a step from the outer edge of its input.
    """
    edge = start - (scale - 1) / 2
    for skipped in range(MOST_SURPLUS + 1):
        if abs((edge + 0.5) % 1 - 0.5) <= TOLERANCE:
            first = round(edge)
            count = min(floor((wanted + skipped) * scale) + 2, available - first)
            is_enough = first >= 0 and _resized_length(count, scale) >= wanted + skipped
            return (first, count, skipped) if is_enough else None
        edge -= scale
    return None


def _resized_length(count: int, scale: float) -> int:
    """How many samples OpenCV makes of so many."""
    return round(count / scale)


def _warp(source: Plane, target: Plane, scale: tuple[float, float], start: tuple[float, float]) -> None:
    cv2.warpAffine(
        source,
        np.array([[scale[0], 0, start[0]], [0, scale[1], start[1]]], np.float64),
        (target.shape[1], target.shape[0]),
        dst=target,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
