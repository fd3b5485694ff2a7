"""Where everything stands: sizes by depth, room for the hero's face, nothing across the edges, captions kept free."""

import random
from dataclasses import dataclass, replace

from services.image.canvas import Canvas
from services.image.rig import CHILD_HEIGHT
from services.image.scene import Figure, Pose, Prop, Scene, Shot

_HERO_SHARE = {Shot.WIDE: 0.37, Shot.MEDIUM: 0.46, Shot.CLOSE: 0.57}
_FEET = {Shot.WIDE: 0.80, Shot.MEDIUM: 0.815, Shot.CLOSE: 0.835}
_BROAD = frozenset({"bubble", "wings", "bat wings"})
_MARGIN = 0.09
"""Share of the width at each side that slow camera motion may cut."""


@dataclass(frozen=True)
class Placed:
    """Something to paste: its foot at (x, y), its height in pixels; ``depth`` 0 is the hero's."""

    what: Figure | Prop
    x: float
    y: float
    height: float
    depth: float = 0.0
    has_shadow: bool = True
    scale: float = 1.0
    """Pixels a unit of the rig, for figures."""


def hero_height(canvas: Canvas, shot: Shot) -> float:
    """Height in pixels of a standing child-sized figure."""
    return _HERO_SHARE[shot] * min(canvas.height, canvas.width * 1.24)


def feet_y(canvas: Canvas, shot: Shot) -> float:
    """Where the hero's feet are, in pixels from the top: above the captions."""
    return _FEET[shot] * canvas.height


def arrange(scene: Scene, canvas: Canvas) -> list[Placed]:
    """Everything of the scene, farthest first."""
    rng = random.Random(scene.seed ^ 0x5EED)  # layout draws apart from the backdrop, so neither shifts the other
    child = hero_height(canvas, scene.shot)
    placed = _cast(scene, canvas, child)
    wide, room = _width(placed), (1 - 2 * _MARGIN) * canvas.width
    if len(placed) > 1 and wide > room:
        child *= max(0.6, room / wide)
        placed = _cast(scene, canvas, child)
    placed = _inside(placed, canvas.width)
    spans = [(one.x - one.height * 0.42, one.x + one.height * 0.42) for one in placed]
    placed += _props(scene, canvas, rng, spans, child)
    return sorted(placed, key=lambda one: one.y)


def _width(placed: list[Placed]) -> float:
    return max(one.x + one.height * 0.4 for one in placed) - min(one.x - one.height * 0.4 for one in placed)


def _inside(placed: list[Placed], width: float) -> list[Placed]:
    """The group moved sideways, together, until it is within the margins."""
    if not placed:
        return placed
    left, right = (min(one.x - one.height * 0.4 for one in placed), max(one.x + one.height * 0.4 for one in placed))
    low, high = _MARGIN * width, (1 - _MARGIN) * width
    shift = max(0.0, low - left) - max(0.0, right - high)
    if right - left > high - low:
        shift = (low + high - left - right) / 2
    return [replace(one, x=one.x + shift) for one in placed]


def _cast(scene: Scene, canvas: Canvas, child: float) -> list[Placed]:
    """The characters around the hero's place, ``child`` the height of a child in pixels."""
    w, h = canvas.width, canvas.height
    feet = feet_y(canvas, scene.shot)
    placed = []
    others = len(scene.cast) - 1
    for number, figure in enumerate(scene.cast):
        look = figure.look
        tall = child * look.scale
        if number == 0:
            x, y, depth = scene.hero_x * w, feet, 0.0
            if scene.cast[0].pose is Pose.HUG and others:
                x -= 0.04 * w * (1 if scene.hero_x < 0.5 else -1)
        else:
            side = 1 if (scene.hero_x < 0.5) == (number % 2 == 1) else -1
            if abs(scene.hero_x - 0.5) < 0.05:
                side = 1 if number % 2 == 1 else -1
            gap = (0.72 if number < 3 else 1.25) * child + 0.3 * max(0.0, tall - child)
            gap += 0.16 * child * len(_BROAD & {worn.item for one in scene.cast[:2] for worn in one.look.accessories})
            if figure.pose is Pose.HUG and number == 1:
                gap = 0.36 * child + 0.2 * tall
            x = scene.hero_x * w + side * gap
            y, depth = feet - (0.022 + 0.012 * number) * h, 0.08
            tall *= 0.94
        if look.is_airborne and figure.pose not in (Pose.SIT, Pose.SLEEP, Pose.STAND) and number:
            y -= child * 0.55
        if scene.place == "underwater" and (look.is_marine or figure.pose is Pose.SWIM):
            y -= child * (0.26 if number == 0 else 0.5 - 0.3 * (number % 2))
        placed.append(Placed(figure, x, y, tall, depth, scale=tall / CHILD_HEIGHT))
    return placed


def _props(
    scene: Scene, canvas: Canvas, rng: random.Random, spans: list[tuple[float, float]], child: float
) -> list[Placed]:
    w, h = canvas.width, canvas.height
    feet = feet_y(canvas, scene.shot)
    placed: list[Placed] = []
    sky = 0
    for prop in scene.props:
        size = min(prop.height * child, 0.5 * h, 0.42 * w)
        if prop.zone == "sky":
            size = min(size, 0.2 * min(w, h))
            towards = 1 if scene.hero_x <= 0.5 else -1
            x = (0.5 + towards * (0.07, -0.36, 0.4)[sky % 3]) * w
            y = h * (0.2, 0.3, 0.34)[sky % 3]
            placed.append(Placed(prop, x, y, size, 0.15, has_shadow=False))
            sky += 1
            continue
        is_large = size > child * 0.8
        near = feet + (0.035 * h if size < child * 0.45 else -0.03 * h)
        y = canvas.ground_top(w / 2) + (0.045 * h if is_large else 0.08 * h) if is_large else near
        depth = 0.22 if is_large else 0.0
        x, room = _free(spans + canvas.taken, size, w, rng, prefer=1 - scene.hero_x)
        if room < -0.1 * size:
            if prop.is_dressing:
                continue
            # in front of whoever is there, low enough to leave the faces free
            size, y, is_large, depth = min(size, 0.3 * child), 0.872 * h, False, 0.0
        spans.append((x - size * 0.5, x + size * 0.5))
        placed.append(Placed(prop, x, min(y, 0.875 * h), size * (0.9 if is_large else 1.0), depth))
    return placed


def _free(
    spans: list[tuple[float, float]], size: float, width: float, rng: random.Random, *, prefer: float
) -> tuple[float, float]:
    """The x with the most room for something ``size`` wide, and the room; ties go to ``prefer`` (0 to 1)."""
    low, high = _MARGIN * 0.8 * width + size / 2, (1 - _MARGIN * 0.8) * width - size / 2
    best, best_score, best_room = width / 2, -1e9, 0.0
    for step in range(25):
        x = low + (high - low) * step / 24
        room = min((max(a - (x + size / 2), (x - size / 2) - b) for a, b in spans), default=width)
        score = min(room, 0.06 * width) - 0.05 * abs(x - prefer * width) + rng.uniform(0, 0.02 * width)
        if score > best_score:
            best, best_score, best_room = x, score, room
    return best, best_room
