"""Pictures as files, of any format and size, brought to the size of a film's planes.

A picture of another shape than the film is cropped around its subject. Every layer of a page is cropped as the page is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from services.video.picture import Picture, film_planes, to_planes
from services.video.subject import MIDDLE, SIZE, Point, subject_of
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput

SAME_SHAPE = 0.005
"""Of its length: what may be cut off a picture's side without looking where its subject is."""


def load_picture(path: Path, page: int, width: int, height: int) -> Picture:
    """Read a picture, cropped around its subject to the shape of a ``width`` x ``height`` film.

    BadInput names the page whose picture cannot be read.
    """
    with reading(path, page) as opened:
        image = _opaque(ImageOps.exif_transpose(opened))
        rgb = cover(image, *film_planes(width, height), around=_subject(image, width, height))
    check_cancelled()
    return to_planes(rgb)


def subject_in(path: Path, page: int, width: int, height: int) -> Point:
    """Around what a picture is cropped to the shape of a ``width`` x ``height`` film; its middle where it has that.

    BadInput names the page whose picture cannot be read.
    """
    with reading(path, page) as opened:
        if _is_of_shape(opened, width, height):
            return MIDDLE
        return _subject(_opaque(ImageOps.exif_transpose(opened)), width, height)


@contextmanager
def reading(path: Path, page: int) -> Iterator[Image.Image]:
    """A picture of a page while it is read. BadInput names the page whose picture cannot be read."""
    try:
        with Image.open(path) as opened:
            yield opened
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"the picture of page {page} cannot be read: {error}".replace(str(path), path.name)) from error


def cover(image: Image.Image, width: int, height: int, *, around: Point = MIDDLE) -> NDArray[np.uint8]:
    """Resize so that the image covers ``width`` x ``height``; what sticks out is cut off, so that the place ``around``
    which it is cropped is as near the middle as its edges let it be. Shape (height, width, channels).
    """
    scale = max(width / image.width, height / image.height)
    crop_width, crop_height = width / scale, height / scale
    left = min(max(around.x * image.width - crop_width / 2, 0.0), image.width - crop_width)
    top = min(max(around.y * image.height - crop_height / 2, 0.0), image.height - crop_height)
    if scale < 1:
        box = (left, top, left + crop_width, top + crop_height)
        return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=3))
    rows = slice(round(top), max(round(top + crop_height), round(top) + 1))
    columns = slice(round(left), max(round(left + crop_width), round(left) + 1))
    enlarged = cv2.resize(np.asarray(image)[rows, columns], (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(enlarged, np.uint8)


def _subject(image: Image.Image, width: int, height: int) -> Point:
    """The subject of an image that is of another shape; of one of the same shape nothing is cut off."""
    if _is_of_shape(image, width, height):
        return MIDDLE
    size = max(2 * SIZE * image.width // max(image.size), 2), max(2 * SIZE * image.height // max(image.size), 2)
    small = image.resize((size[0] // 2 * 2, size[1] // 2 * 2), Image.Resampling.BOX, reducing_gap=2)
    return subject_of(to_planes(np.asarray(small)))


def _is_of_shape(image: Image.Image, width: int, height: int) -> bool:
    return abs(image.width * height / (image.height * width) - 1) <= SAME_SHAPE


def _opaque(image: Image.Image) -> Image.Image:
    """The image as RGB; what is transparent lies on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
