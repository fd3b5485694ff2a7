"""Drawing frames: the camera's view of one or two pictures, the caption, the fades. All on YUV 4:2:0 planes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.camera import View
from services.video.cutouts import Cutout
from services.video.picture import Area, Plane
from services.video.plates import Plate, lay
from services.video.resampling import Sampler
from services.video.sliding import SlidingSampler

BLACK_Y, GREY_UV = 16, 128

cv2.setNumThreads(1)  # pages are drawn side by side, so each frame is drawn by one thread


class Frame:
    """One frame in a buffer of I420 layout, drawn over and over. ``width`` and ``height`` are even."""

    def __init__(self, width: int, height: int, sampler: SlidingSampler | None = None) -> None:
        """``sampler``: of all frames that show the same pages in turn; None: of this one, that keeps nothing."""
        self.width, self.height = width, height
        self._sampler = sampler or Sampler(width, height)
        self.buffer: NDArray[np.uint8] = np.empty(width * height * 3 // 2, np.uint8)
        luma, chroma = width * height, width * height // 4
        self.y: Plane = self.buffer[:luma].reshape(height, width)
        self.u: Plane = self.buffer[luma : luma + chroma].reshape(height // 2, width // 2)
        self.v: Plane = self.buffer[luma + chroma :].reshape(height // 2, width // 2)

    def blacken(self) -> None:
        """Fill with black."""
        self.y[:] = BLACK_Y
        self.u[:] = GREY_UV
        self.v[:] = GREY_UV

    def show(self, picture: Cutout, view: View, area: Area | None = None) -> None:
        """Draw what the camera sees, to a fraction of a pixel; of it an ``area``, whose edges are even, or all."""
        area = area or Area(0, 0, self.width, self.height)
        if not area.is_empty:
            for number, target in enumerate(self._planes(area)):
                target[:] = self._sampled(picture, view, area, number)

    def lay(self, paint: Cutout, through: Cutout, view: View, area: Area) -> None:
        """Lay paint, multiplied by its opacity, over an area, whose edges are even, as far as it is not seen
        ``through`` it: its planes say how much that is of luma, and of chroma.
        """
        targets = self._planes(area)
        for numbers in ((0,), (1, 2)):
            seen = self._sampled(through, view, area, numbers[0])
            for number in numbers:
                cv2.multiply(targets[number], seen, dst=targets[number], scale=1 / 255)
            for number in numbers:
                cv2.add(targets[number], self._sampled(paint, view, area, number), dst=targets[number])

    def _planes(self, area: Area) -> tuple[Plane, Plane, Plane]:
        return area.of(self.y), area.of(self.u, 2), area.of(self.v, 2)

    def _sampled(self, picture: Cutout, view: View, area: Area, number: int) -> Plane:
        """What is seen of plane ``number`` of a picture in an area, until the next is sampled.

        Luma sample i of a row lies at i + 0.5; H.264's chroma sample k lies, by default, on luma sample 2k of a row and
        between luma samples 2k and 2k + 1 of a column, while the picture's chroma lies in the middle in both.
        """
        scale = scale_x, scale_y = view.size * picture.width / self.width, view.size * picture.height / self.height
        x = view.left * picture.width - picture.left + (area.left + 0.5) * scale_x - 0.5
        y = view.top * picture.height - picture.top + (area.top + 0.5) * scale_y - 0.5
        step = 1
        if number:
            x, y, step = (x - 0.5) / 2, (y + 0.5 * scale_y - 0.5) / 2, 2
        width, height = (area.right - area.left) // step, (area.bottom - area.top) // step
        start = picture.margin + x, picture.margin + y
        return self._sampler.sampled(picture.planes[number], width, height, scale=scale, start=start)

    def mix(self, other: "Frame", share: float) -> None:
        """Let ``other`` shine through by ``share``, 0 to 1."""
        if share > 0:
            cv2.addWeighted(self.buffer, 1 - share, other.buffer, share, 0, dst=self.buffer)

    def letter(self, plate: Plate, lit: int = 0) -> None:
        """Lay a caption over the frame, its first ``lit`` syllables lit. Its place and size are even."""
        for piece in plate.pieces(lit):
            lay(self.y, piece.paint.y, piece.stays, piece.left, piece.top)
            for target, paint in ((self.u, piece.paint.u), (self.v, piece.paint.v)):
                lay(target, paint, piece.stays_half, piece.left // 2, piece.top // 2)
