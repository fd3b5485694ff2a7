"""The camera: which part of a page's picture each frame shows. Pure.

Motion is slow and of constant speed, never at rest, and never leaves the picture.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random

ZOOM_PER_S = 0.013
ZOOM_RANGE = (0.05, 0.15)
PAN_ZOOM = 1.13
"""While panning the camera is this close, so that it has room to move."""


class Move(Enum):
    """What the camera does on a page."""

    ZOOM_IN = "zoom in"
    ZOOM_OUT = "zoom out"
    PAN_RIGHT = "pan right"
    PAN_LEFT = "pan left"


@dataclass(frozen=True)
class View:
    """The part of a picture that fills the frame, as fractions of the picture's size."""

    left: float
    top: float
    size: float
    """Of both width and height."""


@dataclass(frozen=True)
class CameraPath:
    """The way from one view to another."""

    start: View
    end: View

    def at(self, progress: float) -> View:
        """The view at ``progress``, 0 to 1. Size changes by equal ratios, which the eye sees as an even speed."""
        if self.start.size == self.end.size:
            share, size = progress, self.start.size
        else:
            size = self.start.size * (self.end.size / self.start.size) ** progress
            share = (size - self.start.size) / (self.end.size - self.start.size)
        return View(
            left=self.start.left + (self.end.left - self.start.left) * share,
            top=self.start.top + (self.end.top - self.start.top) * share,
            size=size,
        )


def camera_path(page: int, visible_s: float, seed: int) -> CameraPath:
    """The camera's way over a page that is seen for ``visible_s`` seconds; neighbouring pages move differently."""
    random = Random(f"camera {seed} {page}")
    turn = Random(f"camera {seed}").randrange(2)
    zooms = (Move.ZOOM_IN, Move.PAN_RIGHT, Move.ZOOM_OUT, Move.PAN_LEFT)
    move = zooms[(page + 2 * turn) % len(zooms)]
    if move in {Move.ZOOM_IN, Move.ZOOM_OUT}:
        amount = min(max(ZOOM_PER_S * visible_s, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        near = _view_around(1 + amount, 0.5 + random.uniform(-0.12, 0.12), random.uniform(0.42, 0.56))
        far = _view_around(1.0, 0.5, 0.5)
        return CameraPath(far, near) if move is Move.ZOOM_IN else CameraPath(near, far)
    room = 1 - 1 / PAN_ZOOM
    height = random.uniform(0.3, 0.7) * room
    left = View(0.0, height, 1 / PAN_ZOOM)
    right = View(room, room - height, 1 / PAN_ZOOM)
    return CameraPath(left, right) if move is Move.PAN_RIGHT else CameraPath(right, left)


def _view_around(zoom: float, x: float, y: float) -> View:
    size = 1 / zoom
    return View(min(max(x - size / 2, 0.0), 1 - size), min(max(y - size / 2, 0.0), 1 - size), size)
