"""A page's picture as the planes that frames are cut from: YUV 4:2:0, BT.709, limited range.

Planes are half as large again as the film, so that a slow camera can sample between pixels without the picture pulsing
between sharp and soft.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.uint8]

OVERSAMPLING = 1.5
STRIP_ROWS = 128

# ITU-R BT.709-6, items 3.2 to 3.4: luma weights, and 8-bit limited range (16..235, chroma 16..240 around 128).
KR, KB = 0.2126, 0.0722
KG = 1 - KR - KB
RGB_TO_YUV = np.array(
    [
        [KR * 219 / 255, KG * 219 / 255, KB * 219 / 255, 16],
        [*(np.array([-KR, -KG, 1 - KB]) * 224 / 255 / (2 * (1 - KB))), 128],
        [*(np.array([1 - KR, -KG, -KB]) * 224 / 255 / (2 * (1 - KR))), 128],
    ],
    np.float32,
)


@dataclass(frozen=True)
class Area:
    """A rectangle of a plane or a frame, ``right`` and ``bottom`` behind its last column and row."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.left >= self.right or self.top >= self.bottom

    def within(self, other: "Area") -> "Area":
        """What of it is inside another."""
        return Area(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def of(self, plane: Plane, step: int = 1) -> Plane:
        """Its part of a plane that has a sample for each ``step`` in both directions."""
        return plane[self.top // step : self.bottom // step, self.left // step : self.right // step]


@dataclass(frozen=True)
class Picture:
    """Planes of a picture: luma of shape (H, W), chroma of shape (H/2, W/2) amid each 2 x 2 luma samples."""

    y: Plane
    u: Plane
    v: Plane

    @property
    def planes(self) -> tuple[Plane, Plane, Plane]:
        """Luma first."""
        return self.y, self.u, self.v


def film_planes(width: int, height: int) -> tuple[int, int]:
    """The size of the luma plane of a picture for a film of ``width`` x ``height``: both even."""
    return _even(width * OVERSAMPLING), _even(height * OVERSAMPLING)


def to_planes(rgb: NDArray[np.uint8]) -> Picture:
    """Convert RGB of shape (H, W, 3), both even, in strips, so that no large float image is ever held."""
    height, width = rgb.shape[:2]
    y = np.empty((height, width), np.uint8)
    u, v = np.empty((height // 2, width // 2), np.uint8), np.empty((height // 2, width // 2), np.uint8)
    for top in range(0, height, STRIP_ROWS):
        strip = rgb[top : top + STRIP_ROWS]
        rows = slice(top, top + len(strip))
        half = slice(top // 2, (top + len(strip)) // 2)
        y[rows] = cv2.transform(strip, RGB_TO_YUV[:1])
        small = cv2.resize(strip, (width // 2, len(strip) // 2), interpolation=cv2.INTER_AREA)
        chroma = cv2.transform(small, RGB_TO_YUV[1:])
        u[half], v[half] = chroma[..., 0], chroma[..., 1]
    return Picture(y, u, v)


def _even(length: float) -> int:
    return round(length / 2) * 2
