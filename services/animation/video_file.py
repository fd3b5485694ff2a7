"""Whether a file is a video that can be shown: every frame of it is decoded."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from talestream.cancellation import check_cancelled
from talestream.errors import StageError

FASTEST_FPS = 240
SMALLEST = 64
"""Pixels a side."""


@dataclass(frozen=True)
class VideoFile:
    """What a video file holds."""

    width: int
    height: int
    frames: int
    fps: float

    @property
    def duration_s(self) -> float:
        """How long it is shown."""
        return self.frames / self.fps


def checked(path: Path, maker: str) -> VideoFile:
    """What the video holds. StageError ``bad-output`` names its ``maker`` when it cannot be shown to its end."""
    capture = cv2.VideoCapture(str(path))
    try:
        announced, fps = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), capture.get(cv2.CAP_PROP_FPS)
        width, height = (int(capture.get(size)) for size in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        frames = 0
        while capture.grab():
            check_cancelled()
            frames += 1
    finally:
        capture.release()
    if not frames or min(width, height) < SMALLEST or not 0 < fps <= FASTEST_FPS:
        raise StageError("bad-output", f"what {maker} made is no video", retryable=True)
    if frames < announced:
        raise StageError("bad-output", f"what {maker} made ends after {frames} of {announced} frames", retryable=True)
    return VideoFile(width, height, frames, fps)
