"""Open places: one function each, drawing far to near. A place ends by laying the ground on which the cast stands."""

from collections.abc import Callable

from services.image import flora, structures, terrain
from services.image.canvas import Canvas
from services.image.colour import lighter
from services.image.scene import Scene, Weather
from services.image.sky import cloud, sun_x
from services.image.svg import circle, ellipse, group, line, path

GREEN = "#6fbf5f"


def _spots(canvas: Canvas, count: int, *, keep: float, clear: float = 0.2) -> list[float]:
    """x positions across the picture, in order of drawing, that leave the hero's surroundings free."""
    rng, w = canvas.rng, canvas.width
    found = []
    for number in range(count):
        x = (number + rng.uniform(0.1, 0.9)) / count
        if abs(x - keep) > clear:
            found.append(x * w)
    return found


def _hills(canvas: Canvas, colours: tuple[str, str, str] = ("#8fb8c9", "#7fbf8f", GREEN)) -> terrain.Edge:
    hz, h = canvas.horizon, canvas.height
    terrain.ridge(canvas, "far", hz - 0.07 * h, 0.045 * h, colours[0], 0.75, waves=1.3)
    return terrain.ridge(canvas, "mid", hz + 0.005 * h, 0.04 * h, colours[1], 0.4, waves=1.1)


def _finish_meadow(canvas: Canvas, scene: Scene, colour: str = GREEN, *, blooms: int = 26) -> None:
    h = canvas.height
    edge = terrain.ground(canvas, canvas.horizon + 0.09 * h, 0.03 * h, colour)
    count = int(360 * canvas.width / 1280)
    flora.grass(canvas, "ground", edge(canvas.width / 2) + 0.03 * h, h * 1.01, colour, count)
    if blooms and scene.weather is not Weather.SNOW:
        flora.flowers(canvas, "ground", canvas.horizon + 0.17 * h, h * 0.98, int(blooms * canvas.width / 1280))


def meadow(canvas: Canvas, scene: Scene) -> None:
    """Rolling hills with single trees and a path."""
    mid = _hills(canvas)
    for x in _spots(canvas, 6, keep=scene.hero_x, clear=0.14):
        flora.tree(
            canvas,
            "mid",
            canvas.rng.choice(("round", "poplar", "round")),
            x,
            mid(x) + 6,
            canvas.height * canvas.rng.uniform(0.12, 0.2),
            0.35,
        )
    _finish_meadow(canvas, scene)
    terrain.path_way(
        canvas,
        "#e9cf9a",
        from_x=canvas.width * (0.9 - scene.hero_x * 0.8),
        to_x=canvas.width * 0.55,
        top=canvas.ground_top(canvas.width * 0.55) + 2,
    )
    _near_trees(canvas, scene, ("round", "birch"))


def _near_trees(
    canvas: Canvas, scene: Scene, kinds: tuple[str, ...], *, leaf: str = "#4fa35a", size: float = 0.42
) -> None:
    """A tree or two at the sides, cut by the edge, framing the picture."""
    w, h, rng = canvas.width, canvas.height, canvas.rng
    sides = [0.93, 0.05] if scene.hero_x <= 0.5 else [0.06, 0.95]
    for side in sides[: 1 + (rng.random() < 0.5)]:
        x = side * w
        tall = min(h * size, w * 0.55) * rng.uniform(0.9, 1.15)
        flora.tree(canvas, "ground", rng.choice(kinds), x, canvas.ground_top(x) + 0.05 * h, tall, 0.06, leaf)
        canvas.taken.append((x - tall * 0.16, x + tall * 0.16))


def forest(canvas: Canvas, scene: Scene) -> None:
    """Rows of trees, paler the farther."""
    rng, w, h, hz = canvas.rng, canvas.width, canvas.height, canvas.horizon
    far = terrain.ridge(canvas, "far", hz - 0.03 * h, 0.02 * h, "#6fa88f", 0.72)
    for number in range(16):
        x = (number + rng.random()) / 16 * w
        flora.tree(canvas, "far", "pine", x, far(x) + 8, h * rng.uniform(0.16, 0.26), 0.68, "#4d9078")
    mid = terrain.ridge(canvas, "mid", hz + 0.03 * h, 0.025 * h, "#62a868", 0.35)
    for x in _spots(canvas, 11, keep=scene.hero_x, clear=0.09):
        flora.tree(
            canvas,
            "mid",
            rng.choice(("pine", "pine", "round", "birch")),
            x,
            mid(x) + 8,
            h * rng.uniform(0.26, 0.38),
            0.36,
            "#3f9160",
        )
    _finish_meadow(canvas, scene, "#63ad58", blooms=18)
    terrain.path_way(
        canvas, "#d9bd8a", from_x=w * (0.86 - scene.hero_x * 0.7), to_x=w * 0.5, top=canvas.ground_top(w * 0.5) + 2
    )
    for side in (-0.01, 1.0):
        x = side * w
        tall = min(h * 0.72, w * 0.85)
        flora.tree(
            canvas, "ground", rng.choice(("pine", "round")), x, canvas.ground_top(x) + 0.09 * h, tall, 0.02, "#2f7f50"
        )
    for _ in range(4):
        x = rng.choice((rng.uniform(0.0, 0.2), rng.uniform(0.8, 1.0))) * w
        flora.bush(canvas, "ground", x, h * rng.uniform(0.78, 0.86), h * 0.07, 0.0, "#3f8f57")


def beach(canvas: Canvas, scene: Scene) -> None:
    """Sea behind a sandy shore with palms."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.ridge(canvas, "far", hz - 0.005 * h, 0.02 * h, "#7fae9f", 0.7, waves=0.7)
    terrain.water(
        canvas, "mid", hz, hz + 0.24 * h, "#3fa9d6", glint_x=sun_x(scene) * w if canvas.light.has_sun else None
    )
    edge = terrain.ground(canvas, hz + 0.15 * h, 0.025 * h, "#f4d9a0", waves=0.6)
    foam = "M" + " L".join(f"{x},{edge(x) - 2:.1f}" for x in range(-20, w + 40, 30))
    canvas.draw("ground", line(foam, canvas.on("#ffffff"), 7 * canvas.unit, 'opacity="0.75"'))
    _speckle(canvas, edge(w / 2), "#d9b26a")
    for side in (0.06, 0.95) if canvas.rng.random() < 0.5 else ((0.95,) if scene.hero_x < 0.5 else (0.05,)):
        flora.tree(
            canvas, "ground", "palm", side * w, edge(side * w) + 0.06 * h, min(h * 0.5, w * 0.6), 0.05, "#3fa35f"
        )


def _speckle(canvas: Canvas, top: float, colour: str) -> None:
    rng, u = canvas.rng, canvas.unit
    for _ in range(90):
        near = rng.random()
        canvas.draw(
            "ground",
            ellipse(
                rng.uniform(0, canvas.width),
                top + 20 * u + (canvas.height - top) * near,
                u * (1.5 + 2.5 * near),
                u * (0.8 + near),
                canvas.on(colour),
                'opacity="0.55"',
            ),
        )


def sea(canvas: Canvas, scene: Scene) -> None:
    """Open water; the cast floats."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.water(canvas, "mid", hz, h, "#2f94cc", glint_x=sun_x(scene) * w if canvas.light.has_sun else None)
    canvas.floor_is_water = True
    canvas.ground_top = lambda _x: hz + 0.1 * h
    _waves(canvas, "ground", (0.12, 0.2))
    _waves(canvas, "front", (0.36,))


def _waves(canvas: Canvas, layer: str, rows: tuple[float, ...]) -> None:
    w, u = canvas.width, canvas.unit
    for row in rows:
        y = canvas.horizon + row * canvas.height
        start = canvas.rng.uniform(-200, 0) * u
        length = (70 + 190 * row) * u
        d, x = f"M{start:.0f},{y:.0f}", start
        while x < w + length:
            d += f" q{length / 2:.1f},{-length * 0.2:.1f} {length:.1f},0"
            x += length
        body = d + f" V{canvas.height + 10} H{start:.0f}Z"
        canvas.draw(
            layer,
            path(body, canvas.on("#2b86c0"), 'opacity="0.55"'),
            line(d, canvas.on("#ffffff"), 3.5 * u, 'opacity="0.5"'),
        )


def island(canvas: Canvas, scene: Scene) -> None:
    """A round sandy island in the sea."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.water(canvas, "mid", hz, h, "#35a3d3", glint_x=sun_x(scene) * w if canvas.light.has_sun else None)
    top = hz + 0.13 * h
    canvas.ground_top = lambda _x: top + 0.02 * h
    sand = canvas.defs["ground"].linear(canvas.on("#ffeabb"), canvas.on("#eccb86"))
    canvas.draw(
        "ground",
        ellipse(w / 2, h * 0.95, w * 0.66, h * 0.97 - top, canvas.on("#8fdcea"), 'opacity="0.6"'),
        ellipse(w / 2, h * 0.97, w * 0.6, h * 0.97 - top, sand),
    )
    _near = 0.78 if scene.hero_x < 0.5 else 0.2
    flora.tree(canvas, "ground", "palm", _near * w, top + 0.09 * h, min(h * 0.52, w * 0.6), 0.04, "#3fa35f")
    canvas.taken.append((_near * w - 40, _near * w + 60))
    _waves(canvas, "front", (0.38,))


def river(canvas: Canvas, scene: Scene) -> None:
    """A river through meadows."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = _hills(canvas)
    for x in _spots(canvas, 6, keep=scene.hero_x, clear=0.12):
        flora.tree(
            canvas,
            "mid",
            canvas.rng.choice(("round", "poplar")),
            x,
            mid(x) + 5,
            h * canvas.rng.uniform(0.13, 0.2),
            0.36,
        )
    terrain.ridge(canvas, "mid", hz + 0.06 * h, 0.012 * h, "#7cc46a", 0.2)
    terrain.water(
        canvas,
        "mid",
        hz + 0.085 * h,
        hz + 0.27 * h,
        "#4aaede",
        glint_x=sun_x(scene) * w if canvas.light.has_sun else None,
    )
    edge = terrain.ground(canvas, hz + 0.19 * h, 0.02 * h, GREEN, waves=0.7)
    flora.grass(canvas, "ground", edge(w / 2), h, GREEN, int(320 * w / 1280))
    flora.flowers(canvas, "ground", hz + 0.24 * h, h * 0.97, int(18 * w / 1280))
    for side in (0.04, 0.13, 0.9, 0.97):
        flora.reeds(canvas, "ground", side * w, edge(side * w) + 12 * u, 95 * u)


def mountain(canvas: Canvas, scene: Scene) -> None:
    """High peaks over pines."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.mountains(canvas, "far", hz + 0.02 * h, min(h * 0.5, w * 0.6), "#8797c4", 0.55, count=4)
    terrain.mountains(canvas, "far", hz + 0.05 * h, min(h * 0.3, w * 0.4), "#76869f", 0.35, count=4, snow=0.22)
    mid = terrain.ridge(canvas, "mid", hz + 0.03 * h, 0.03 * h, "#6fa87c", 0.3)
    for x in _spots(canvas, 9, keep=scene.hero_x, clear=0.1):
        flora.tree(canvas, "mid", "pine", x, mid(x) + 6, h * canvas.rng.uniform(0.12, 0.22), 0.3, "#3f8a66")
    _finish_meadow(canvas, scene, "#7ab868", blooms=14)
    _rocks(canvas, 5)


def _rocks(canvas: Canvas, count: int, colour: str = "#a3a5b5") -> None:
    rng, u = canvas.rng, canvas.unit
    for _ in range(count):
        x = rng.choice((rng.uniform(0, 0.26), rng.uniform(0.74, 1.0))) * canvas.width
        y = canvas.ground_top(x) + rng.uniform(0.05, 0.2) * canvas.height
        r = u * rng.uniform(16, 42)
        fill = canvas.defs["ground"].linear(
            canvas.on(lighter(colour, 0.3)), canvas.on(colour), canvas.on("#62627c"), angle=(0.1, 0, 0.8, 1)
        )
        canvas.draw("ground", ellipse(x + r * 0.1, y, r * 1.25, r * 0.2, canvas.light.shade, 'opacity="0.3"'))
        canvas.draw(
            "ground",
            path(
                f"M{x - r:.0f},{y:.0f} Q{x - r * 1.05:.0f},{y - r * 0.6:.0f} {x - r * 0.4:.0f},{y - r * 0.9:.0f} Q{x + r * 0.3:.0f},{y - r * 1.15:.0f} {x + r * 0.75:.0f},{y - r * 0.6:.0f} Q{x + r * 1.2:.0f},{y - r * 0.2:.0f} {x + r:.0f},{y:.0f}Z",
                fill,
            ),
        )


def desert(canvas: Canvas, scene: Scene) -> None:
    """Dunes, mesas and cactuses."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    rng = canvas.rng
    for _ in range(3):
        x, tall, half = rng.uniform(0, w), h * rng.uniform(0.08, 0.2), w * rng.uniform(0.06, 0.11)
        canvas.draw(
            "far",
            path(
                f"M{x - half * 1.3:.0f},{hz + 30:.0f} L{x - half:.0f},{hz - tall:.0f} H{x + half:.0f} L{x + half * 1.3:.0f},{hz + 30:.0f}Z",
                canvas.on("#cf8a66", 0.5),
            ),
        )
    terrain.ridge(canvas, "far", hz + 0.0 * h, 0.03 * h, "#e8b877", 0.4, waves=0.9)
    mid = terrain.ridge(canvas, "mid", hz + 0.05 * h, 0.035 * h, "#eec07c", 0.2, waves=0.8)
    for x in _spots(canvas, 5, keep=scene.hero_x, clear=0.14):
        _cactus(canvas, "mid", x, mid(x) + 8, h * rng.uniform(0.08, 0.14), 0.25)
    edge = terrain.ground(canvas, hz + 0.12 * h, 0.03 * h, "#f4cf8d", waves=0.7)
    _speckle(canvas, edge(w / 2), "#d9a860")
    for _ in range(4):
        y = h * rng.uniform(0.78, 0.97)
        x = rng.uniform(-0.1, 0.8) * w
        canvas.draw(
            "ground",
            line(
                f"M{x:.0f},{y:.0f} q{90 * u:.0f},{-16 * u:.0f} {190 * u:.0f},0 t{190 * u:.0f},0",
                canvas.on("#dcae6b"),
                3 * u,
                'opacity="0.6"',
            ),
        )
    side = 0.93 if scene.hero_x < 0.5 else 0.08
    _cactus(canvas, "ground", side * w, edge(side * w) + 0.07 * h, h * 0.26, 0.0)


def _cactus(canvas: Canvas, layer: str, x: float, y: float, size: float, depth: float) -> None:
    fill = canvas.defs[layer].across(
        canvas.on("#7cc474", depth), canvas.on("#3f9156", depth), line=(-size * 0.1, 0, size * 0.1, 0)
    )
    parts = line(f"M0,0 V{-size:.1f}", fill, size * 0.2) + line(
        f"M0,{-size * 0.4:.1f} h{-size * 0.27:.1f} v{-size * 0.26:.1f} M0,{-size * 0.3:.1f} h{size * 0.27:.1f} v{-size * 0.34:.1f}",
        canvas.on("#56a763", depth),
        size * 0.13,
    )
    canvas.draw(
        layer,
        ellipse(x, y, size * 0.3, size * 0.05, canvas.light.shade, 'opacity="0.28"'),
        group(parts + circle(0, -size * 1.08, size * 0.06, canvas.on("#ff6f91", depth)), f"translate({x:.1f} {y:.1f})"),
    )


def village(canvas: Canvas, scene: Scene) -> None:
    """Cottages along a lane."""
    w, h = canvas.width, canvas.height
    mid = _hills(canvas)
    for x in _spots(canvas, 7, keep=scene.hero_x, clear=0.04):
        if canvas.rng.random() < 0.35:
            flora.tree(canvas, "mid", "round", x, mid(x) + 6, h * 0.16, 0.35)
        else:
            structures.house(canvas, "mid", x, mid(x) + 10, min(h, w) * canvas.rng.uniform(0.13, 0.17), 0.32)
    _finish_meadow(canvas, scene)
    terrain.path_way(
        canvas, "#e4cda4", from_x=w * (0.9 - scene.hero_x * 0.8), to_x=w * 0.5, top=canvas.ground_top(w * 0.5) + 2
    )
    side = 0.88 if scene.hero_x < 0.5 else 0.13
    size = min(h * 0.36, w * 0.4)
    structures.house(canvas, "ground", side * w, canvas.ground_top(side * w) + 0.05 * h, size, 0.05)
    canvas.taken.append((side * w - size / 2, side * w + size / 2))


def city(canvas: Canvas, scene: Scene) -> None:
    """Buildings behind a park path."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    structures.city_row(canvas, "far", hz + 0.02 * h, h * 0.46, 0.62)
    structures.city_row(canvas, "mid", hz + 0.06 * h, h * 0.32, 0.28)
    terrain.ridge(canvas, "mid", hz + 0.05 * h, 0.0, "#79b86b", 0.15)
    for x in _spots(canvas, 7, keep=scene.hero_x, clear=0.08):
        flora.tree(canvas, "mid", "round", x, hz + 0.075 * h, h * 0.14, 0.12)
    terrain.ground(canvas, hz + 0.11 * h, 0.0, "#c9c3d4")
    stone = canvas.on("#a9a3ba")
    for row in range(6):
        y = hz + 0.13 * h + (h - hz) * 0.8 * (row / 6) ** 1.5
        canvas.draw("ground", line(f"M0,{y:.0f} H{w}", stone, 1.6 * u, 'opacity="0.55"'))
    for number in range(-7, 8):
        canvas.draw(
            "ground",
            line(
                f"M{w / 2 + number * w * 0.08:.0f},{hz + 0.115 * h:.0f} L{w / 2 + number * w * 0.24:.0f},{h:.0f}",
                stone,
                1.4 * u,
                'opacity="0.45"',
            ),
        )
    for side in (0.1, 0.9):
        _lamp(canvas, side * w, hz + 0.2 * h, h * 0.34)


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
            f"M{x - size * 0.1:.0f},{y - size * 1.05:.0f} L{x:.0f},{y - size * 1.15:.0f} L{x + size * 0.1:.0f},{y - size * 1.05:.0f}Z",
            canvas.on("#4a4a63"),
        ),
    )


def castle(canvas: Canvas, scene: Scene) -> None:
    """A castle on its hill."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.mountains(canvas, "far", hz, min(h * 0.3, w * 0.4), "#93a3cc", 0.7, count=5, snow=0.2)
    mid = _hills(canvas)
    x = w * (0.72 if scene.hero_x <= 0.5 else 0.28)
    structures.castle(canvas, "mid", x, mid(x) + 22 * canvas.unit, min(h * 0.42, w * 0.52), 0.28)
    for tx in _spots(canvas, 7, keep=x / w, clear=0.2):
        flora.tree(canvas, "mid", "pine", tx, mid(tx) + 6, h * 0.15, 0.3, "#4a9a66")
    _finish_meadow(canvas, scene)
    terrain.path_way(canvas, "#e6d2a8", from_x=w * 0.5, to_x=x, top=canvas.ground_top(x) + 2)


def farm(canvas: Canvas, scene: Scene) -> None:
    """A barn, fields in rows and a fence."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = _hills(canvas, ("#a3c4b0", "#c9c76a", GREEN))
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
    for tx in _spots(canvas, 6, keep=x / w, clear=0.18):
        flora.tree(canvas, "mid", "round", tx, mid(tx) + 6, h * 0.15, 0.3)
    structures.fence(canvas, "mid", hz + 0.115 * h, 42 * u)
    _finish_meadow(canvas, scene, "#86c765")


def garden(canvas: Canvas, scene: Scene) -> None:
    """Flower beds, a fence, fruit trees."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = _hills(canvas)
    for x in _spots(canvas, 6, keep=scene.hero_x, clear=0.1):
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
    _finish_meadow(canvas, scene, "#7cc765", blooms=80)
    for side in (0.03, 0.14, 0.88, 0.98):
        flora.bush(canvas, "ground", side * w, hz + 0.2 * h, 62 * u, 0.0, "#4fa35a")
    _near_trees(canvas, scene, ("round",), leaf="#63b35f")


def snowfield(canvas: Canvas, scene: Scene) -> None:
    """White hills and snowy pines."""
    h, hz = canvas.height, canvas.horizon
    terrain.mountains(
        canvas, "far", hz + 0.01 * h, min(h * 0.34, canvas.width * 0.45), "#a9b9dc", 0.6, count=5, snow=0.55
    )
    mid = terrain.ridge(canvas, "mid", hz + 0.02 * h, 0.035 * h, "#dbe7f7", 0.25)
    for x in _spots(canvas, 9, keep=scene.hero_x, clear=0.1):
        tall = h * canvas.rng.uniform(0.13, 0.24)
        flora.tree(canvas, "mid", "pine", x, mid(x) + 6, tall, 0.28, "#6fa5a0")
        canvas.draw(
            "mid",
            path(
                f"M{x:.0f},{mid(x) + 6 - tall:.0f} l{tall * 0.09:.0f},{tall * 0.24:.0f} q{-tall * 0.09:.0f},{tall * 0.05:.0f} {-tall * 0.18:.0f},0Z",
                canvas.on("#ffffff", 0.1),
            ),
        )
    edge = terrain.ground(canvas, hz + 0.1 * h, 0.035 * h, "#eef4fd")
    _speckle(canvas, edge(canvas.width / 2), "#c3d3ee")
    for x in (0.05, 0.95):
        flora.tree(
            canvas,
            "ground",
            "pine",
            x * canvas.width,
            edge(x * canvas.width) + 0.06 * h,
            min(h * 0.44, canvas.width * 0.5),
            0.06,
            "#7fb0a8",
        )


def moon(canvas: Canvas, scene: Scene) -> None:
    """Grey craters under a black sky with the Earth."""
    _deep_space(canvas)
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    x, y, r = w * (0.78 if scene.hero_x <= 0.5 else 0.22), h * 0.22, 92 * u
    d = canvas.defs["sky"]
    canvas.draw(
        "sky",
        circle(x, y, r * 1.7, d.radial("#9fd4ff/0.5", "#9fd4ff/0")),
        circle(x, y, r, d.radial("#8fd0ff", "#3f8fe0", "#1d4fa3", centre=(0.35, 0.3), radius=0.8)),
    )
    canvas.draw(
        "sky",
        *(
            ellipse(x + dx * r, y + dy * r, rx * r, ry * r, "#63bf73", 'opacity="0.9"')
            for dx, dy, rx, ry in ((-0.3, -0.25, 0.34, 0.22), (0.36, 0.1, 0.28, 0.36), (-0.2, 0.5, 0.26, 0.16))
        ),
    )
    terrain.ridge(canvas, "mid", hz + 0.03 * h, 0.04 * h, "#9a9ab8", 0.15)
    edge = terrain.ground(canvas, hz + 0.1 * h, 0.025 * h, "#c9c6d9", waves=0.6)
    for _ in range(16):
        cx, near = canvas.rng.uniform(0, w), canvas.rng.random()
        cy, rx = edge(cx) + 14 * u + (h - edge(cx)) * near, u * (12 + 46 * near)
        canvas.draw(
            "ground",
            ellipse(cx, cy, rx, rx * 0.28, canvas.on("#a19db8")),
            ellipse(cx, cy + rx * 0.05, rx * 0.86, rx * 0.2, canvas.on("#8480a0")),
        )


def _deep_space(canvas: Canvas) -> None:
    rng, w, h, u = canvas.rng, canvas.width, canvas.height, canvas.unit
    d = canvas.defs["sky"]
    canvas.draw(
        "sky", f'<rect width="{w}" height="{h}" fill="{d.across("#0b0d33", "#1d1a5a", "#43307f", line=(0, 0, 0, h))}"/>'
    )
    for colour in ("#7a4fd0", "#d05fa8", "#3f7fe0", "#3fb0c9"):
        canvas.draw(
            "sky",
            ellipse(
                rng.uniform(0, w),
                rng.uniform(0, h),
                w * rng.uniform(0.2, 0.4),
                h * rng.uniform(0.2, 0.36),
                d.radial(f"{colour}/0.42", f"{colour}/0"),
            ),
        )
    for _ in range(int(240 * w * h / 921600 / max(0.6, u))):
        canvas.draw(
            "sky",
            circle(
                rng.uniform(0, w),
                rng.uniform(0, h),
                rng.choice((0.8, 1, 1.4, 2, 2.6)) * u,
                "#fff8e0",
                f'opacity="{rng.uniform(0.3, 1):.2f}"',
            ),
        )


def space(canvas: Canvas, scene: Scene) -> None:
    """Planets and a small round world to stand on."""
    _deep_space(canvas)
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    d = canvas.defs["sky"]
    far = 0.8 if scene.hero_x <= 0.5 else 0.2
    for x, y, r, colour, ringed in (
        (far, 0.2, 78, "#f0a35f", True),
        (1 - far, 0.12, 40, "#7fd0c9", False),
        (1 - far * 0.86, 0.5, 24, "#e07fa8", False),
    ):
        cx, cy, rr = x * w, y * h, r * u
        back = f'<ellipse cx="{cx:.0f}" cy="{cy:.0f}" rx="{rr * 1.75:.0f}" ry="{rr * 0.42:.0f}" fill="none" stroke="#ffe3a8" stroke-width="{rr * 0.16:.1f}" opacity="0.85" transform="rotate(-16 {cx:.0f} {cy:.0f})"/>'
        canvas.draw(
            "sky",
            back if ringed else "",
            circle(cx, cy, rr, d.radial(lighter(colour, 0.45), colour, "#4a2f6e", centre=(0.35, 0.3), radius=0.9)),
        )
        if ringed:
            canvas.draw(
                "sky",
                f'<path d="M{cx - rr * 1.75:.0f},{cy:.0f} A{rr * 1.75:.0f},{rr * 0.42:.0f} 0 0 0 {cx + rr * 1.75:.0f},{cy:.0f}" fill="none" stroke="#fff0c9" stroke-width="{rr * 0.16:.1f}" transform="rotate(-16 {cx:.0f} {cy:.0f})"/>',
            )
    colour = rng.choice(("#8f7fe0", "#5fb0d9", "#e08f9f", "#7fc98f"))
    top = canvas.horizon + 0.12 * h
    radius = w * 0.75
    canvas.ground_top = lambda x: top + radius - (max(0.0, radius**2 - (x - w / 2) ** 2)) ** 0.5
    g = canvas.defs["ground"]
    canvas.draw(
        "ground",
        circle(w / 2, top + radius, radius * 1.03, f"{lighter(colour, 0.4)}", 'opacity="0.25"'),
        circle(w / 2, top + radius, radius, g.linear(lighter(colour, 0.3), colour, "#3f2f6e")),
    )
    for _ in range(14):
        cx = rng.uniform(0, w)
        cy = canvas.ground_top(cx) + rng.uniform(0.03, 0.26) * h
        rx = u * rng.uniform(12, 44)
        canvas.draw("ground", ellipse(cx, cy, rx, rx * 0.3, "#2f2558", 'opacity="0.28"'))


def clouds(canvas: Canvas, scene: Scene) -> None:
    """High in the sky, on a floor of clouds."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    top = canvas.horizon + 0.14 * h
    for layer, y, size in (("far", 0.04, 90), ("mid", 0.1, 130), ("ground", 0.22, 190), ("ground", 0.33, 230)):
        for number in range(9):
            x = (number + rng.uniform(-0.3, 0.3)) / 8 * w
            canvas.draw(
                layer, cloud(canvas, x, canvas.horizon + (y + rng.uniform(-0.015, 0.015)) * h, size * u, layer=layer)
            )
    canvas.draw(
        "ground",
        f'<rect x="0" y="{canvas.horizon + 0.3 * h:.0f}" width="{w}" height="{h}" fill="{canvas.light.cloud}" opacity="0.75"/>',
    )
    canvas.ground_top = lambda _x: top


def underwater(canvas: Canvas, scene: Scene) -> None:
    """Blue depths with light from above, weed and corals on sand."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    d = canvas.defs["sky"]
    shade = (lambda c: canvas.light.on(c)) if canvas.light.is_night else (lambda c: c)
    canvas.draw(
        "sky",
        f'<rect width="{w}" height="{h}" fill="{d.across(shade("#8fe6ee"), shade("#3fb3dd"), shade("#1f78bd"), shade("#174f94"), line=(0, 0, 0, h))}"/>',
    )
    for number in range(6):
        x = (number + rng.random()) / 6 * w
        beam = d.across("#ffffff/0.30", "#ffffff/0", line=(0, 0, 0, h * 0.85))
        canvas.draw(
            "sky",
            path(
                f"M{x:.0f},-10 L{x + 60 * u:.0f},-10 L{x + 10 * u:.0f},{h * 0.85:.0f} L{x - 170 * u:.0f},{h * 0.85:.0f}Z",
                beam,
            ),
        )
    for layer, y, colour, depth in (("far", 0.72, "#2f8fc0", 0.0), ("mid", 0.77, "#3a86ad", 0.0)):
        terrain.ridge(canvas, layer, y * h, 0.04 * h, shade(colour), depth, waves=1.6)
    for _ in range(9):
        x = rng.choice((rng.uniform(0, 0.3), rng.uniform(0.7, 1))) * w
        _weed(
            canvas,
            "mid",
            x,
            h * 0.82,
            h * rng.uniform(0.16, 0.34),
            shade(rng.choice(("#2f9f86", "#3fae6a", "#2a8a9a"))),
        )
    edge = terrain.ground(canvas, h * 0.8, 0.02 * h, "#e9d7a4", waves=0.8)
    canvas.ground_top = edge
    _speckle(canvas, edge(w / 2), "#c9ae74")
    for _ in range(7):
        x = rng.choice((rng.uniform(0.0, 0.22), rng.uniform(0.78, 1))) * w
        _coral(
            canvas,
            x,
            edge(x) + rng.uniform(0.02, 0.1) * h,
            u * rng.uniform(46, 90),
            shade(rng.choice(("#ff7f8f", "#ffa94d", "#c98bf5", "#ff6fae"))),
        )
    for _ in range(26):
        x, y, r = rng.uniform(0, w), rng.uniform(0.05, 0.8) * h, u * rng.uniform(2, 9)
        canvas.draw(
            "ground",
            circle(x, y, r, "#ffffff", 'fill-opacity="0.16" stroke="#ffffff" stroke-opacity="0.6" stroke-width="1.2"'),
        )
    canvas.floor_is_water = False


def _weed(canvas: Canvas, layer: str, x: float, y: float, size: float, colour: str) -> None:
    s = size * 0.12
    canvas.draw(
        layer,
        line(
            f"M{x:.0f},{y:.0f} q{s:.0f},{-size * 0.25:.0f} 0,{-size * 0.5:.0f} t0,{-size * 0.5:.0f}",
            colour,
            size * 0.07,
        ),
        line(
            f"M{x + s:.0f},{y:.0f} q{-s:.0f},{-size * 0.2:.0f} {s * 0.4:.0f},{-size * 0.36:.0f} t{s * 0.3:.0f},{-size * 0.3:.0f}",
            lighter(colour, 0.2),
            size * 0.06,
        ),
    )


def _coral(canvas: Canvas, x: float, y: float, size: float, colour: str) -> None:
    arms = "".join(
        f"M{x:.0f},{y:.0f} q{dx * size * 0.5:.0f},{-size * 0.3:.0f} {dx * size:.0f},{-size * tall:.0f} "
        for dx, tall in ((-0.5, 0.6), (-0.2, 0.95), (0.15, 0.8), (0.45, 0.65))
    )
    canvas.draw(
        "ground",
        ellipse(x, y, size * 0.5, size * 0.1, "#0f3a66", 'opacity="0.3"'),
        line(arms, colour, size * 0.17),
        line(arms, lighter(colour, 0.4), size * 0.05, 'opacity="0.7"'),
    )


PLACES: dict[str, Callable[[Canvas, Scene], None]] = {
    "meadow": meadow, "forest": forest, "beach": beach, "sea": sea, "island": island, "river": river, "mountain": mountain,
    "desert": desert, "village": village, "city": city, "castle": castle, "farm": farm, "garden": garden,
    "snowfield": snowfield, "moon": moon, "space": space, "clouds": clouds, "underwater": underwater,
}  # fmt: skip
SKYLESS = frozenset({"moon", "space", "underwater"})
