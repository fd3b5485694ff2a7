"""Drawing frames: the camera's view of one or two pictures, the caption, the fades. All on YUV 4:2:0 planes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.camera import View
from services.video.picture import MARGIN, Area, Picture, Plane
from services.video.plates import Plate, lay
from services.video.resampling import Sampler

BLACK_Y, GREY_UV = 16, 128

cv2.setNumThreads(1)  # pages are drawn side by side, so each frame is drawn by one thread


class Frame:
    """One frame in a buffer of I420 layout, drawn over and over. ``width`` and ``height`` are even."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._sampler = Sampler(width, height)
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

    def show(self, picture: Picture, view: View, area: Area | None = None, *, planes: int = 3) -> None:
        """Draw what the camera sees, to a fraction of a pixel; of it an ``area``, whose edges are even, or all, and the
        first ``planes``, luma before chroma.

        Luma sample i of a row lies at i + 0.5; H.264's chroma sample k lies, by default, on luma sample 2k of a row and
        between luma samples 2k and 2k + 1 of a column, while the picture's chroma lies in the middle in both.
        """
        area = area or Area(0, 0, self.width, self.height)
        if area.is_empty:
            return
        source_height, source_width = picture.y.shape
        scale = scale_x, scale_y = view.size * source_width / self.width, view.size * source_height / self.height
        x = view.left * source_width + (area.left + 0.5) * scale_x - 0.5
        y = view.top * source_height + (area.top + 0.5) * scale_y - 0.5
        amid = (x - 0.5) / 2, (y + 0.5 * scale_y - 0.5) / 2
        sources, margin = (picture.wide, MARGIN) if picture.wide else ((picture.y, picture.u, picture.v), 0)
        targets = area.of(self.y), area.of(self.u, 2), area.of(self.v, 2)
        for source, target, start in tuple(zip(sources, targets, ((x, y), amid, amid), strict=True))[:planes]:
            self._sampler.sample(source, target, scale=scale, start=(margin + start[0], margin + start[1]))

    def lay(self, paint: "Frame", through: "Frame", area: Area) -> None:
        """Lay paint, multiplied by its opacity, over an area, whose edges are even, as far as it is not seen
        ``through`` it, of which luma and the first plane of chroma say how much that is.
        """
        for own, painted, seen, step in (
            (self.y, paint.y, through.y, 1),
            (self.u, paint.u, through.u, 2),
            (self.v, paint.v, through.u, 2),
        ):
            behind = cv2.multiply(area.of(own, step), area.of(seen, step), scale=1 / 255)
            area.of(own, step)[:] = cv2.add(behind, area.of(painted, step))

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
