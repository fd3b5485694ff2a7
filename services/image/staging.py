"""Staging: how near the camera is, where the hero stands and what part of the place is seen, page after page.

A film opens wide and ends wide; between, the shots change with the story. Positions follow Roberts's R2 sequence
(M. Roberts, "The unreasonable effectiveness of quasirandom sequences", 2018): successive points lie far apart, and no
two points of a film coincide.
"""

from dataclasses import dataclass, replace

from schemas import Mood
from services.image.scene import Pose, Scene, Shot

_STEPS = (0.7548776662466927, 0.5698402909980532)
"""Of the R2 sequence: 1 / g and 1 / g², g³ = g + 1."""
BUST_FEET = 0.9
_CYCLE = (Shot.MEDIUM, Shot.CLOSE, Shot.MEDIUM, Shot.WIDE, Shot.CLOSE)
_HERO_X = {Shot.WIDE: (0.3, 0.7), Shot.MEDIUM: (0.33, 0.67), Shot.CLOSE: (0.38, 0.62)}
_HORIZON = {Shot.WIDE: (0.5, 0.6), Shot.MEDIUM: (0.5, 0.57), Shot.CLOSE: (0.46, 0.54)}
_ZOOM = {Shot.WIDE: (1.0, 1.08), Shot.MEDIUM: (1.12, 1.34), Shot.CLOSE: (1.4, 1.7)}
_UPRIGHT = frozenset({Pose.STAND, Pose.WAVE, Pose.POINT, Pose.HOLD, Pose.THINK, Pose.LOOK_UP, Pose.WALK, Pose.HUG})
_FEET = {Shot.WIDE: 0.745, Shot.MEDIUM: 0.75, Shot.CLOSE: 0.755}
"""Above two lines of caption, the largest of which begin at 0.784 of a square film's height, 0.794 of a wide one's,
with some room for the camera, which comes nearer."""
_UPRIGHT_FLOOR, _UPRIGHT_SHAPE = 0.735, 0.7
"""In films narrower than that share of their height captions begin here, above what players lay over a film."""
_BOUND = {"sea": 1.2, "island": 1.0, "underwater": 1.05, "space": 1.0, "cave": 1.2}
"""Places that are seen whole, or nearly."""
_ROWS = 0.1
"""How much farther the ground goes on for a crowd, as a share of the height."""
_GROUND = {"river": 0.22, "bridge": 0.24, "beach": 0.18, "island": 0.16, "desert": 0.16}
"""How far below the horizon the ground begins, in the widest view; 0.14 where it is not said."""


@dataclass(frozen=True)
class Staging:
    """The camera's place. All lengths are shares of the picture's size."""

    shot: Shot
    hero_x: float
    """Where the hero stands, from the left."""
    horizon: float
    """Where the sky ends, from the top."""
    zoom: float
    """How many times nearer the place is than in its widest view."""
    pan: float
    """Which part of the place is seen: 0 its left, 1 its right."""
    is_bust: bool
    """The figures are seen from the hips upwards."""


def staging(page: int, page_count: int, seed: int, mood: Mood, *, ordered: Shot | None, figures: int) -> Staging:
    """The staging of a page, from 1, of a film. ``ordered``: what the page's words say of the shot."""
    shot = ordered or _shot(page, page_count, seed, mood)
    if figures > 2 and shot is Shot.CLOSE:
        shot = Shot.MEDIUM
    across, along = (_point(page, seed, axis) for axis in (0, 1))
    return Staging(
        shot=shot,
        hero_x=_within(_HERO_X[shot], across),
        horizon=_within(_HORIZON[shot], along),
        zoom=_within(_ZOOM[shot], (across + along) % 1.0),
        pan=_within((0.15, 0.85), (2 * across + along) % 1.0),
        is_bust=False,
    )


def floor_of(width: int, height: int) -> float:
    """The lowest that feet may be in a picture of this shape."""
    return _UPRIGHT_FLOOR if width < _UPRIGHT_SHAPE * height else 1.0


def fitted(
    staged: Staging, place: str, pose: Pose | None, *, shows_all: bool, floor: float = 1.0, is_crowd: bool = False
) -> Staging:
    """The staging as far as the place can be seen nearer, its ground is under the feet, and the hero's pose can be
    seen in part. ``shows_all``: there is something to be seen on the ground. ``floor``: the lowest that feet may be; a
    picture that has one is upright, and too narrow for faces so near. ``is_crowd``: it stands in two rows.
    """
    is_bust = staged.shot is Shot.CLOSE and pose in _UPRIGHT and place not in _BOUND and not shows_all and floor >= 1.0
    feet, ground = (BUST_FEET if is_bust else min(_FEET[staged.shot], floor)) - 0.015, _GROUND.get(place, 0.14)
    feet -= _ROWS * is_crowd
    horizon = min(staged.horizon, feet - ground)
    zoom = 1.0 if pose is Pose.SLEEP else min(staged.zoom, _BOUND.get(place, 2.0), (feet - horizon) / ground)
    return replace(staged, horizon=horizon, zoom=zoom, is_bust=is_bust)


def feet(scene: Scene) -> float:
    """Where the hero's feet are at the least, as a share of the height: above the captions, or below the picture."""
    return BUST_FEET if scene.is_bust else min(_FEET[scene.shot], scene.floor)


def _shot(page: int, page_count: int, seed: int, mood: Mood) -> Shot:
    """Wide at both ends; in the middle by turns, nearer for what is felt and wider for what is seen."""
    if page_count < 3:
        return (Shot.MEDIUM, Shot.WIDE)[(page + seed) % 2]
    if page in (1, page_count):
        return Shot.WIDE
    shot = _CYCLE[(page - 2 + seed) % len(_CYCLE)]
    if shot is Shot.WIDE and page == 2:
        return Shot.MEDIUM
    if shot is Shot.WIDE and (page == page_count - 1 or mood is Mood.SAD):
        return Shot.CLOSE
    return shot


def _point(page: int, seed: int, axis: int) -> float:
    start = (seed % 7919) / 7919 + 0.5
    return (start + page * _STEPS[axis]) % 1.0


def _within(bounds: tuple[float, float], share: float) -> float:
    return bounds[0] + (bounds[1] - bounds[0]) * share
