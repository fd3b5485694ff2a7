"""Where the eye goes in a picture: the point towards which the camera moves. Pure.

Saliency as of Itti, Koch and Niebur, A model of saliency-based visual attention (PAMI 1998): how far the colour of a
place is from that of its surroundings. What lies nearer the middle counts more.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.picture import Picture

SIZE = 64
"""Of the thumbnail that is looked at: its longer side, in pixels."""
SUBJECT, SURROUNDINGS = 0.04, 0.15
"""How wide a subject and what lies around it are, as standard deviations of bell curves, of the longer side."""
LIGHT_WEIGHT = 0.15
"""Of brightness, by that of each plane of colour."""
CENTRE_WIDTH = 0.34
"""How far from the middle things count, as the standard deviation of a bell curve in widths and heights."""
FLAT = 1.0
"""Saliency under which there is nothing to look at, in squared 8-bit steps."""


@dataclass(frozen=True)
class Point:
    """A place in a picture, as fractions of its width and height."""

    x: float
    y: float


MIDDLE = Point(0.5, 0.5)


def subject_of(picture: Picture) -> Point:
    """The middle of what stands out most; the middle of a picture in which nothing does."""
    height, width = picture.y.shape
    scale = SIZE / max(width, height)
    size = max(round(width * scale), 8), max(round(height * scale), 8)
    y, u, v = (
        cv2.resize(plane, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        for plane in (picture.y, picture.u, picture.v)
    )
    saliency = LIGHT_WEIGHT * _contrast(y) + _contrast(u) + _contrast(v)
    if saliency.max() < FLAT:
        return MIDDLE
    return _peak(saliency * _nearness(*size))


def _contrast(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.square(_soft(plane, SUBJECT) - _soft(plane, SURROUNDINGS)), np.float32)


def _soft(plane: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), width * SIZE), np.float32)


def _nearness(width: int, height: int) -> NDArray[np.float32]:
    x, y = (np.arange(width) + 0.5) / width - 0.5, (np.arange(height) + 0.5) / height - 0.5
    bells = [np.exp(-np.square(axis / CENTRE_WIDTH) / 2) for axis in (x, y)]
    return np.outer(bells[1], bells[0]).astype(np.float32)


def _peak(seen: NDArray[np.float32]) -> Point:
    """The centre of gravity around the highest place, of what is nearly as high."""
    row, column = np.unravel_index(int(np.argmax(seen)), seen.shape)
    mask = np.where(seen > 0.85 * seen.max(), 1, 0).astype(np.uint8)
    _, parts = cv2.connectedComponents(mask)
    weights = np.where(parts == parts[row, column], seen, 0)
    rows, columns = np.indices(seen.shape)
    total = float(weights.sum())
    return Point(
        (float((weights * columns).sum()) / total + 0.5) / seen.shape[1],
        (float((weights * rows).sum()) / total + 0.5) / seen.shape[0],
    )
