"""Where everything stands: sizes by depth, room for the hero's face, nothing across the edges, captions kept free."""

import random
from dataclasses import dataclass

from services.image.canvas import Canvas
from services.image.rig import CHILD_HEIGHT
from services.image.scene import Figure, Pose, Prop, Scene, Shot

_HERO_SHARE = {Shot.WIDE: 0.37, Shot.MEDIUM: 0.46, Shot.CLOSE: 0.57}
_FEET = {Shot.WIDE: 0.80, Shot.MEDIUM: 0.815, Shot.CLOSE: 0.835}
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


def arrange(scene: Scene, canvas: Canvas) -> list[Placed]:
    """Everything of the scene, farthest first."""
    rng = random.Random(scene.seed ^ 0x5EED)  # layout draws apart from the backdrop, so neither shifts the other
    placed = _cast(scene, canvas)
    spans = [(one.x - one.height * 0.42, one.x + one.height * 0.42) for one in placed]
    child = hero_height(canvas, scene.shot)
    placed += _props(scene, canvas, rng, spans, child)
    return sorted(placed, key=lambda one: one.y)


def _cast(scene: Scene, canvas: Canvas) -> list[Placed]:
    child = hero_height(canvas, scene.shot)
    w, h = canvas.width, canvas.height
    feet = _FEET[scene.shot] * h
    placed = []
    others = len(scene.cast) - 1
    for number, figure in enumerate(scene.cast):
        look = figure.look
        tall = child * look.scale
        half = tall * 0.5
        if number == 0:
            x, y, depth = scene.hero_x * w, feet, 0.0
            if scene.cast[0].pose is Pose.HUG and others:
                x -= 0.04 * w * (1 if scene.hero_x < 0.5 else -1)
        else:
            side = 1 if (scene.hero_x < 0.5) == (number % 2 == 1) else -1
            if abs(scene.hero_x - 0.5) < 0.05:
                side = 1 if number % 2 == 1 else -1
            gap = (0.72 if number < 3 else 1.25) * child + 0.3 * max(0.0, tall - child)
            if figure.pose is Pose.HUG and number == 1:
                gap = 0.4 * child + 0.2 * tall
            gap = min(gap, w * 0.34)
            x = scene.hero_x * w + side * gap
            y, depth = feet - (0.022 + 0.012 * number) * h, 0.08
            tall *= 0.94
        x = min(max(x, _MARGIN * w + half * 0.8), (1 - _MARGIN) * w - half * 0.8)
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
    feet = _FEET[scene.shot] * h
    placed: list[Placed] = []
    sky = 0
    for prop in scene.props:
        size = min(prop.height * child, 0.5 * h, 0.42 * w)
        if prop.zone == "sky":
            size = min(size, 0.2 * min(w, h))
            x = (0.2, 0.8, 0.5)[sky % 3] * w if scene.hero_x > 0.5 else (0.8, 0.2, 0.55)[sky % 3] * w
            y = h * (0.30, 0.24, 0.17)[sky % 3]
            if abs(x - scene.hero_x * w) < child * 0.5:
                y = h * 0.16
            placed.append(Placed(prop, x, y, size, 0.15, has_shadow=False))
            sky += 1
            continue
        is_large = size > child * 0.8
        near = feet + (0.035 * h if size < child * 0.45 else -0.03 * h)
        y = canvas.ground_top(w / 2) + (0.045 * h if is_large else 0.08 * h) if is_large else near
        depth = 0.22 if is_large else 0.0
        x = _free(spans + canvas.taken, size, w, rng, prefer=1 - scene.hero_x)
        spans.append((x - size * 0.5, x + size * 0.5))
        placed.append(Placed(prop, x, min(y, 0.875 * h), size * (0.9 if is_large else 1.0), depth))
    return placed


def _free(spans: list[tuple[float, float]], size: float, width: float, rng: random.Random, *, prefer: float) -> float:
    """The x with the most room for something ``size`` wide; ties go to ``prefer`` (0 to 1)."""
    low, high = _MARGIN * 0.8 * width + size / 2, (1 - _MARGIN * 0.8) * width - size / 2
    best, best_score = width / 2, -1e9
    for step in range(25):
        x = low + (high - low) * step / 24
        room = min((max(a - (x + size / 2), (x - size / 2) - b) for a, b in spans), default=width)
        score = min(room, 0.06 * width) - 0.05 * abs(x - prefer * width) + rng.uniform(0, 0.02 * width)
        if score > best_score:
            best, best_score = x, score
    return best
