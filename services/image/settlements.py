"""Places where people live or lived: village, market, city, castle, farm, garden, ruins."""

from services.image import flora, stonework, structures, terrain
from services.image.canvas import Canvas
from services.image.ground_cover import GREEN, finish_meadow, hills, near_trees, rocks, spots
from services.image.scene import Scene
from services.image.svg import circle, line, path


def village(canvas: Canvas, scene: Scene) -> None:
    """Cottages along a lane."""
    w, h = canvas.width, canvas.height
    mid = hills(canvas)
    for x in spots(canvas, 7, keep=scene.hero_x, clear=0.04):
        if canvas.rng.random() < 0.35:
            flora.tree(canvas, "mid", "round", x, mid(x) + 6, h * 0.16, 0.35)
        else:
            structures.house(canvas, "mid", x, mid(x) + 10, min(h, w) * canvas.rng.uniform(0.13, 0.17), 0.32)
    finish_meadow(canvas, scene)
    terrain.path_way(
        canvas, "#e4cda4", from_x=w * (0.9 - scene.hero_x * 0.8), to_x=w * 0.5, top=canvas.ground_top(w * 0.5) + 2
    )
    side = 0.88 if scene.hero_x < 0.5 else 0.13
    size = min(h * 0.36, w * 0.4)
    structures.house(canvas, "ground", side * w, canvas.ground_top(side * w) + 0.05 * h, size, 0.05)
    canvas.taken.append((side * w - size / 2, side * w + size / 2))


def market(canvas: Canvas, scene: Scene) -> None:
    """Stalls under striped awnings on a paved square, houses behind, pennants above."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = hills(canvas)
    for x in spots(canvas, 6, keep=0.5, clear=0.0):
        structures.house(canvas, "mid", x, mid(x) + 14 * u, min(h, w) * canvas.rng.uniform(0.17, 0.22), 0.3)
    terrain.ground(canvas, hz + 0.09 * h, 0.0, "#dcc8a8")
    _paving(canvas, "#bda888", hz + 0.1 * h)
    structures.pennants(canvas, "mid", h * 0.13, h * 0.07)
    size = min(h * 0.34, w * 0.3)
    sides = (0.12, 0.88, 0.5) if w > h else (0.14, 0.86)
    for number, side in enumerate(sides):
        small = 0.72 if side == 0.5 else 1.0
        y = hz + (0.15 if side == 0.5 else 0.2) * h
        structures.stall(canvas, "ground", side * w, y, size * small, number)
        if side != 0.5:
            canvas.taken.append((side * w - size / 2, side * w + size / 2))


def ruins(canvas: Canvas, scene: Scene) -> None:
    """What is left of an old temple: columns, an arch, fallen stones, ivy."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = hills(canvas)
    for x in spots(canvas, 6, keep=scene.hero_x, clear=0.06):
        flora.tree(canvas, "mid", "round", x, mid(x) + 6, h * 0.14, 0.36)
    finish_meadow(canvas, scene, "#8fbf6a", blooms=14)
    tall = min(h * 0.4, w * 0.5)
    is_left = scene.hero_x > 0.5
    arch = w * (0.2 if is_left else 0.8)
    stonework.broken_arch(canvas, "ground", arch, canvas.ground_top(arch) + 0.05 * h, tall)
    canvas.taken.append((arch - tall * 0.5, arch + tall * 0.5))
    for side, share in ((0.44, 0.5), (0.58, 0.78), (0.93, 0.6)):
        x = w * (1 - side if not is_left else side)
        stonework.column(canvas, "mid", x, hz + 0.1 * h, tall * share, 0.22)
    rocks(canvas, 5, "#cfc6b4")
    for side in (0.05, 0.95):
        flora.bush(canvas, "ground", side * w, hz + 0.2 * h, 54 * u, 0.0, "#5a9a58")


def city(canvas: Canvas, scene: Scene) -> None:
    """Buildings behind a park path."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    structures.city_row(canvas, "far", hz + 0.02 * h, h * 0.46, 0.62)
    structures.city_row(canvas, "mid", hz + 0.06 * h, h * 0.32, 0.28)
    terrain.ridge(canvas, "mid", hz + 0.05 * h, 0.0, "#79b86b", 0.15)
    for x in spots(canvas, 7, keep=scene.hero_x, clear=0.08):
        flora.tree(canvas, "mid", "round", x, hz + 0.075 * h, h * 0.14, 0.12)
    terrain.ground(canvas, hz + 0.11 * h, 0.0, "#c9c3d4")
    _paving(canvas, "#a9a3ba", hz + 0.115 * h)
    for side in (0.1, 0.9):
        _lamp(canvas, side * w, hz + 0.2 * h, h * 0.34)


def _paving(canvas: Canvas, colour: str, top: float) -> None:
    """Joints between the slabs of a square that begins at the height ``top``."""
    w, h, u, stone = canvas.width, canvas.height, canvas.unit, canvas.on(colour)
    for row in range(6):
        y = top + 0.015 * h + (h - canvas.horizon) * 0.8 * (row / 6) ** 1.5
        canvas.draw("ground", line(f"M0,{y:.0f} H{w}", stone, 1.6 * u, 'opacity="0.55"'))
    for number in range(-7, 8):
        joint = f"M{w / 2 + number * w * 0.08:.0f},{top:.0f} L{w / 2 + number * w * 0.24:.0f},{h:.0f}"
        canvas.draw("ground", line(joint, stone, 1.4 * u, 'opacity="0.45"'))


def _lamp(canvas: Canvas, x: float, y: float, size: float) -> None:
    is_lit = canvas.light.is_night or canvas.light.stars > 0.1
    if is_lit:
        canvas.draw(
            "ground", circle(x, y - size, size * 0.5, canvas.defs["ground"].radial("#ffe39a/0.65", "#ffe39a/0"))
        )
    canvas.draw(
        "ground",
        line(f"M{x:.0f},{y:.0f} V{y - size * 0.9:.0f}", canvas.on("#4a4a63"), size * 0.035),
        circle(x, y - size, size * 0.085, "#ffedb3" if is_lit else canvas.on("#f4f0e0")),
        path(
            (
                f"M{x - size * 0.1:.0f},{y - size * 1.05:.0f} L{x:.0f},{y - size * 1.15:.0f} "
                f"L{x + size * 0.1:.0f},{y - size * 1.05:.0f}Z"
            ),
            canvas.on("#4a4a63"),
        ),
    )


def castle(canvas: Canvas, scene: Scene) -> None:
    """A castle on its hill."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.mountains(canvas, "far", hz, min(h * 0.3, w * 0.4), "#93a3cc", 0.7, count=5, snow=0.2)
    mid = hills(canvas)
    x = w * (0.72 if scene.hero_x <= 0.5 else 0.28)
    structures.castle(canvas, "mid", x, mid(x) + 22 * canvas.unit, min(h * 0.42, w * 0.52), 0.28)
    for tx in spots(canvas, 7, keep=x / w, clear=0.2):
        flora.tree(canvas, "mid", "pine", tx, mid(tx) + 6, h * 0.15, 0.3, "#4a9a66")
    finish_meadow(canvas, scene)
    terrain.path_way(canvas, "#e6d2a8", from_x=w * 0.5, to_x=x, top=canvas.ground_top(x) + 2)


def farm(canvas: Canvas, scene: Scene) -> None:
    """A barn, fields in rows and a fence."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = hills(canvas, ("#a3c4b0", "#c9c76a", GREEN))
    for number in range(9):
        y = hz + 0.03 * h + number * 5 * u
        canvas.draw(
            "mid",
            line(
                f"M-10,{y:.0f} Q{w / 2},{y - 14 * u:.0f} {w + 10},{y:.0f}",
                canvas.on("#a9b04f", 0.3),
                2 * u,
                'opacity="0.5"',
            ),
        )
    x = w * (0.8 if scene.hero_x <= 0.5 else 0.2)
    size = min(h * 0.34, w * 0.4)
    structures.barn(canvas, "mid", x, mid(x) + 28 * u, size, 0.18)
    for tx in spots(canvas, 6, keep=x / w, clear=0.18):
        flora.tree(canvas, "mid", "round", tx, mid(tx) + 6, h * 0.15, 0.3)
    structures.fence(canvas, "mid", hz + 0.115 * h, 42 * u)
    finish_meadow(canvas, scene, "#86c765")


def garden(canvas: Canvas, scene: Scene) -> None:
    """Flower beds, a fence, fruit trees."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = hills(canvas)
    for x in spots(canvas, 6, keep=scene.hero_x, clear=0.1):
        flora.tree(
            canvas,
            "mid",
            "round",
            x,
            mid(x) + 10,
            h * canvas.rng.uniform(0.18, 0.25),
            0.2,
            canvas.rng.choice(("#58ad62", "#f2a3bd", "#74bd5c")),
        )
    structures.fence(canvas, "mid", hz + 0.11 * h, 54 * u)
    finish_meadow(canvas, scene, "#7cc765", blooms=80)
    for side in (0.03, 0.14, 0.88, 0.98):
        flora.bush(canvas, "ground", side * w, hz + 0.2 * h, 62 * u, 0.0, "#4fa35a")
    near_trees(canvas, scene, ("round",), leaf="#63b35f")
