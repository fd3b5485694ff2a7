"""The camera: which part of a page's picture each frame shows. Pure.

Motion is slow and of constant speed, never at rest, and never leaves the picture.
"""

from dataclasses import dataclass
from random import Random

from services.video.subject import MIDDLE, Point

ZOOM_PER_S = 0.013
ZOOM_RANGE = (0.05, 0.15)
PAN_ZOOM = 1.13
"""While panning the camera is this close, so that it has room to move."""
FAR_ZOOM = 1.02
"""When a zoom shows most: all but a margin on the side away from the subject."""
ASIDE = 0.08
"""How far a subject is from the middle of the width at least, so that a pan goes to its side."""


@dataclass(frozen=True)
class View:
    """The part of a picture that fills the frame, as fractions of the picture's size."""

    left: float
    top: float
    size: float
    """Of both width and height."""


WHOLE = View(0.0, 0.0, 1.0)


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


def camera_path(page: int, visible_s: float, seed: int, subject: Point = MIDDLE) -> CameraPath:
    """The camera's way over a page that is seen for ``visible_s`` seconds; neighbouring pages move differently.

    It ends nearer the ``subject`` of the picture, or begins at it and draws back.
    """
    if page % 2 == 0:
        amount = min(max(ZOOM_PER_S * visible_s, ZOOM_RANGE[0]), ZOOM_RANGE[1])
        near = _view_around(FAR_ZOOM * (1 + amount), subject)
        far = _view_around(FAR_ZOOM, subject)
        is_inward = (page // 2 + Random(f"camera {seed}").randrange(2)) % 2 == 0
        return CameraPath(far, near) if is_inward else CameraPath(near, far)
    room = 1 - 1 / PAN_ZOOM
    height = min(max(subject.y - 0.5 / PAN_ZOOM, 0.3 * room), 0.7 * room)
    left, right = View(0.0, height, 1 / PAN_ZOOM), View(room, height, 1 / PAN_ZOOM)
    is_aside = abs(subject.x - 0.5) > ASIDE
    goes_left = subject.x < 0.5 if is_aside else Random(f"camera {seed} {page}").random() < 0.5
    return CameraPath(right, left) if goes_left else CameraPath(left, right)


def _view_around(zoom: float, place: Point) -> View:
    """The view of that zoom whose middle is nearest to a place, inside the picture."""
    size = 1 / zoom
    return View(min(max(place.x - size / 2, 0.0), 1 - size), min(max(place.y - size / 2, 0.0), 1 - size), size)
