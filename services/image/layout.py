"""Where everything stands: sizes by depth, room for the hero's face, nothing across the edges, captions kept free."""

import random
from dataclasses import dataclass, replace

from services.image.canvas import Canvas
from services.image.crowd import FARTHER, FEWEST, RISE, spots
from services.image.postures import POSTURES
from services.image.rig import CHILD_HEIGHT, HEAD_AT
from services.image.scene import Figure, Pose, Prop, Scene, Shot
from services.image.staging import feet

_HERO_SHARE = {Shot.WIDE: 0.37, Shot.MEDIUM: 0.46, Shot.CLOSE: 0.57}
_BUST_SHARE = 0.82
_FACE_Y = 0.5
"""Where the tallest face is in a picture of figures seen from the hips upwards."""
_EARS = 1.2
"""Height of a figure with its ears or hat, against its height."""
_LYING = 1.15
"""How many times as broad who lies is as who stands."""
_FLYING = 1.7
"""How high a flying figure reaches above where it would stand, against its height."""
_APART = 1.4
"""How many times farther than shoulder to shoulder a crowd stands, where there is room."""
_FACE_HEIGHT = -HEAD_AT[1] / CHILD_HEIGHT
_BROAD = frozenset({"bubble", "wings", "bat wings"})
_SMALL = 0.5
"""What is higher, against a child, is not put before anybody's feet."""
_LOWEST = 0.83
"""How far down anything stands: what is small and near is seen above one line of caption."""
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


def hero_height(canvas: Canvas, scene: Scene) -> float:
    """Height in pixels of a standing child-sized figure."""
    tallest = _tallest(scene)
    share = _BUST_SHARE / tallest if scene.is_bust else _HERO_SHARE[scene.shot]
    lift = max((POSTURES[figure.pose].lift for figure in scene.cast), default=0.0) / CHILD_HEIGHT
    swum = max((_rise(scene, figure, number, 1.0, 0.0) for number, figure in enumerate(scene.cast)), default=0.0)
    most = (1.0 if scene.is_bust else feet(scene) - 0.03) * canvas.height / ((_EARS + lift) * tallest + swum)
    return min(share * min(canvas.height, canvas.width * 1.24), most)


def _tallest(scene: Scene) -> float:
    return max((figure.look.scale for figure in scene.cast), default=1.0)


def feet_y(canvas: Canvas, scene: Scene, child: float = 0.0) -> float:
    """Where the hero's feet are, in pixels from the top: above the captions, or, where faces are nearer, below the
    picture. ``child`` is the height of a child in pixels.
    """
    least = feet(scene) * canvas.height
    return max(least, _FACE_Y * canvas.height + _FACE_HEIGHT * child * _tallest(scene)) if scene.is_bust else least


def arrange(scene: Scene, canvas: Canvas) -> list[Placed]:
    """Everything of the scene, farthest first."""
    rng = random.Random(scene.seed ^ 0x5EED)  # layout draws apart from the backdrop, so neither shifts the other
    child = hero_height(canvas, scene)
    placed = _cast(scene, canvas, child)
    wide, room = _width(placed), (1 - 2 * _MARGIN) * canvas.width
    if len(placed) > 1 and wide > room:
        child *= room / wide
        placed = _cast(scene, canvas, child)
    placed = _inside(placed, canvas.width)
    spans = [(one.x - one.height * 0.42, one.x + one.height * 0.42) for one in placed]
    placed += _props(scene, canvas, rng, spans, child)
    return sorted(placed, key=lambda one: one.y)


def _width(placed: list[Placed]) -> float:
    edges = [one.x + side * one.height * 0.4 for one in placed for side in (-1, 1)]
    return max(edges, default=0.0) - min(edges, default=0.0)


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
    if len(scene.cast) >= FEWEST:
        return _crowd(scene, canvas, child)
    w, h = canvas.width, canvas.height
    floor = feet_y(canvas, scene, child)
    placed = []
    others = len(scene.cast) - 1
    is_upright = w < 0.9 * h and not scene.is_bust
    for number, figure in enumerate(scene.cast):
        look = figure.look
        tall = child * look.scale
        if number == 0:
            x, y, depth = scene.hero_x * w, floor, 0.0
            if scene.cast[0].pose is Pose.HUG and others:
                x -= 0.04 * w * (1 if scene.hero_x < 0.5 else -1)
        else:
            side = 1 if (scene.hero_x < 0.5) == (number % 2 == 1) else -1
            if abs(scene.hero_x - 0.5) < 0.05:
                side = 1 if number % 2 == 1 else -1
            broader = max(0.0, tall - child) + max(0.0, scene.cast[0].look.scale - 1) * child
            gap = (0.72 if number < 3 else 1.25) * child + 0.5 * broader
            if figure.pose is Pose.SLEEP:
                gap *= _LYING
            gap += 0.16 * child * len(_BROAD & {worn.item for one in scene.cast[:2] for worn in one.look.accessories})
            if figure.pose is Pose.HUG and number == 1:
                gap = 0.36 * child + 0.2 * tall
            x = scene.hero_x * w + side * gap
            y, depth = floor - (0.022 + 0.012 * number) * h, 0.08
            tall *= 0.94
            if is_upright and number > 1:
                x = _behind(scene, canvas, number, child)
                y = max(floor - max(0.5 * child, 1.36 * child - tall), canvas.ground_top(x) + 0.01 * h)
                tall = min(tall * 0.9, (y - 0.02 * h) / _EARS)
        y -= _rise(scene, figure, number, child, y - 0.03 * h - _FLYING * tall)
        placed.append(Placed(figure, x, y, tall, depth, scale=tall / CHILD_HEIGHT))
    return placed


def _crowd(scene: Scene, canvas: Canvas, child: float) -> list[Placed]:
    """Many characters in two rows; where the ground is water they are in one boat, and nearly side by side."""
    w, h = canvas.width, canvas.height
    floor = feet_y(canvas, scene, child)
    rise = (0.5 if canvas.floor_is_water else 1.0) * RISE * child
    towards = 1 if scene.hero_x < 0.5 else -1
    ground = max(canvas.ground_top(w * step / 12) for step in range(13)) + 0.01 * h
    stood = spots(scene.cast)
    across = max(spot.across for spot in stood) - min(spot.across for spot in stood) + 1
    apart = max(1.0, min(_APART, (1 - 2 * _MARGIN) * w / (across * child)))
    placed = []
    for number, (figure, spot) in enumerate(zip(scene.cast, stood, strict=True)):
        x, y, tall = scene.hero_x * w + towards * spot.across * apart * child, floor, child * figure.look.scale
        if spot.is_farther:
            y = max(floor - rise, min(floor, ground))
            tall *= FARTHER
        else:
            y -= 0.008 * h * (number % 2)
        y -= _rise(scene, figure, number, child, y - 0.03 * h - _FLYING * tall)
        placed.append(Placed(figure, x, y, tall, 0.08 if spot.is_farther else 0.0, scale=tall / CHILD_HEIGHT))
    return placed


def _rise(scene: Scene, figure: Figure, number: int, child: float, most: float) -> float:
    """How far above where it would stand somebody flies beside the hero, or swims. ``most``: what fits above."""
    rise = 0.0
    if figure.look.is_airborne and figure.pose not in (Pose.SIT, Pose.SLEEP, Pose.STAND) and number:
        rise = min(child * 0.55, max(0.0, most))
    if scene.place == "underwater" and (figure.look.is_marine or figure.pose is Pose.SWIM):
        rise += child * (0.26 if number == 0 else 0.5 - 0.3 * (number % 2))
    return rise


def _behind(scene: Scene, canvas: Canvas, number: int, child: float) -> float:
    """The x of somebody in a second row, where an upright picture has no room beside the first: between the hero and
    the next, then on the hero's other side.
    """
    towards = 1 if scene.hero_x < 0.5 else -1
    return scene.hero_x * canvas.width + towards * (0.36 if number == 2 else -0.36) * child


def _props(
    scene: Scene, canvas: Canvas, rng: random.Random, spans: list[tuple[float, float]], child: float
) -> list[Placed]:
    w, h = canvas.width, canvas.height
    floor = feet_y(canvas, scene, child)
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
        near = floor + (0.035 * h if size < child * 0.45 else -0.03 * h)
        y = min(canvas.ground_top(w / 2) + 0.045 * h if is_large else near, _LOWEST * h)
        size *= _nearness(y, floor, canvas.horizon, least=0.9 if is_large else 0.45)
        depth = 0.22 if is_large else 0.0
        x, room = _free(spans + canvas.taken, size, w, rng, prefer=1 - scene.hero_x)
        if room < -0.1 * size and not is_large:
            if prop.is_dressing:
                continue
            if prop.height > _SMALL:
                y = canvas.ground_top(x) + 0.03 * h  # behind whoever is there
                size *= _nearness(y, floor, canvas.horizon, least=0.7)
            else:
                # in front, low enough to leave the faces free
                size, y = min(size, 0.3 * child), _LOWEST * h
        spans.append((x - size * 0.5, x + size * 0.5))
        placed.append(Placed(prop, x, y, size, depth))
    return placed


def _nearness(y: float, feet: float, horizon: float, *, least: float) -> float:
    """How large something on the ground at height ``y`` is seen, against the same where the hero stands."""
    return min(1.0, max(least, (y - horizon) / max(1.0, feet - horizon)))


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
