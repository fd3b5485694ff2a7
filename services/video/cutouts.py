"""Parts of pictures, ready to be sampled: small planes lie close together in memory, so what is narrow is read fast."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from services.video.picture import Area, Picture, Plane

MARGIN = 148
"""Samples before those of the part: room for :mod:`services.video.resampling` to find a phase."""
TAIL = 12
"""Luma samples behind it: a frame's pixels are not cut at its samples."""


@dataclass(frozen=True)
class Cutout:
    """Planes of a part of a picture, with what lies around it; beyond the picture, its edge goes on."""

    planes: tuple[Plane, ...]
    """Luma, and chroma half as large."""
    left: int
    top: int
    """Where the part begins in the picture; even."""
    width: int
    height: int
    """Of the whole picture, in samples of luma."""
    margin: int = MARGIN
    """So many samples of each plane lie before the part."""


def whole(picture: Picture) -> Cutout:
    """A picture as it is, without what lies around. It is sampled more slowly, but made at once."""
    height, width = picture.y.shape
    return Cutout(picture.planes, 0, 0, width, height, margin=0)


def cut_out(planes: Sequence[Plane], area: Area | None = None) -> Cutout:
    """Part of the picture with these planes, or all of it. The edges of ``area`` are even."""
    height, width = planes[0].shape
    area = area or Area(0, 0, width, height)
    cut = tuple(_around(plane, area, 2 if number else 1) for number, plane in enumerate(planes))
    return Cutout(cut, area.left, area.top, width, height)


def _around(plane: Plane, area: Area, step: int) -> Plane:
    height, width = plane.shape
    left, right = area.left // step - MARGIN, (area.right + TAIL) // step
    top, bottom = area.top // step - MARGIN, (area.bottom + TAIL) // step
    inner = plane[max(top, 0) : min(bottom, height), max(left, 0) : min(right, width)]
    before, behind = (max(-top, 0), max(-left, 0)), (max(bottom - height, 0), max(right - width, 0))
    return np.asarray(
        cv2.copyMakeBorder(inner, before[0], behind[0], before[1], behind[1], cv2.BORDER_REPLICATE), np.uint8
    )
