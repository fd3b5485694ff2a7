"""Drawing frames: the camera's view of one or two pictures, the caption, the fades. All on YUV 4:2:0 planes."""

import cv2
import numpy as np
from numpy.typing import NDArray

from services.video.camera import View
from services.video.picture import Picture, Plane
from services.video.plates import Plate, lay

BLACK_Y, GREY_UV = 16, 128

cv2.setNumThreads(1)  # pages are drawn side by side, so each frame is drawn by one thread


class Frame:
    """One frame in a buffer of I420 layout, drawn over and over. ``width`` and ``height`` are even."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
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

    def show(self, picture: Picture, view: View) -> None:
        """Draw what the camera sees, to a fraction of a pixel.

        Luma sample i of a row lies at i + 0.5; H.264's chroma sample k lies, by default, on luma sample 2k of a row and
        between luma samples 2k and 2k + 1 of a column, while the picture's chroma lies in the middle in both.
        """
        source_height, source_width = picture.y.shape
        scale_x, scale_y = view.size * source_width / self.width, view.size * source_height / self.height
        x = view.left * source_width + 0.5 * scale_x - 0.5
        y = view.top * source_height + 0.5 * scale_y - 0.5
        _sample(picture.y, self.y, scale_x, scale_y, x, y)
        chroma_x, chroma_y = (x - 0.5) / 2, (y + 0.5 * scale_y - 0.5) / 2
        _sample(picture.u, self.u, scale_x, scale_y, chroma_x, chroma_y)
        _sample(picture.v, self.v, scale_x, scale_y, chroma_x, chroma_y)

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


def _sample(source: Plane, target: Plane, scale_x: float, scale_y: float, x: float, y: float) -> None:
    matrix = np.array([[scale_x, 0, x], [0, scale_y, y]], np.float64)
    cv2.warpAffine(
        source,
        matrix,
        (target.shape[1], target.shape[0]),
        dst=target,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
