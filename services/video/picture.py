"""A page's picture as the planes that frames are cut from: YUV 4:2:0, BT.709, limited range.

Planes are half as large again as the film, so that a slow camera can sample between pixels without the picture pulsing
between sharp and soft.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from talestream.cancellation import check_cancelled
from talestream.errors import BadInput

Plane = NDArray[np.uint8]

OVERSAMPLING = 1.5
STRIP_ROWS = 128
MARGIN = 148
"""Of wide planes: room for :mod:`services.video.resampling` to find a phase."""

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
class Picture:
    """Planes of a picture: luma of shape (H, W), chroma of shape (H/2, W/2) amid each 2 x 2 luma samples."""

    y: Plane
    u: Plane
    v: Plane
    wide: tuple[Plane, Plane, Plane] | None = None
    """The same planes behind MARGIN more rows and columns, in which their edges go on; None: there are no such."""


def load_picture(path: Path, page: int, width: int, height: int) -> Picture:
    """Read a picture of any format and size, cropped around its centre to the shape of a ``width`` x ``height`` film.

    BadInput names the page whose picture cannot be read.
    """
    target = film_planes(width, height)
    try:
        with Image.open(path) as opened:
            upright = ImageOps.exif_transpose(opened)
            rgb = np.asarray(_cover(_opaque(upright), *target))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"the picture of page {page} cannot be read: {error}".replace(str(path), path.name)) from error
    check_cancelled()
    return to_planes(rgb)


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


def with_margin(picture: Picture) -> Picture:
    """The same picture with wide planes, from which it is sampled several times as fast."""
    y, u, v = (
        np.asarray(cv2.copyMakeBorder(plane, MARGIN, 0, MARGIN, 0, cv2.BORDER_REPLICATE), np.uint8)
        for plane in (picture.y, picture.u, picture.v)
    )
    inner = slice(MARGIN, None), slice(MARGIN, None)
    return Picture(y[inner], u[inner], v[inner], wide=(y, u, v))


def _opaque(image: Image.Image) -> Image.Image:
    """The image as RGB; what is transparent lies on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")


def _cover(image: Image.Image, width: int, height: int) -> Image.Image:
    """Resize so that the image covers ``width`` x ``height``; what sticks out is cut off on both sides alike."""
    scale = max(width / image.width, height / image.height)
    crop_width, crop_height = width / scale, height / scale
    left, top = (image.width - crop_width) / 2, (image.height - crop_height) / 2
    box = (left, top, left + crop_width, top + crop_height)
    return image.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=3)


def _even(length: float) -> int:
    return round(length / 2) * 2
