"""Places by, over, on and under water: beach, sea, island, river, bridge, the sea floor."""

from services.image import flora, stonework, terrain
from services.image.canvas import Canvas
from services.image.colour import lighter
from services.image.ground_cover import GREEN, hills, speckle, spots
from services.image.scene import Scene
from services.image.sky import sun_x
from services.image.svg import circle, ellipse, line, path, rect

_DEPTHS = ("#8fe6ee", "#3fb3dd", "#1f78bd", "#174f94")
"""Water from the surface down."""

_SEA_BED = 0.77
"""Where feet are on the bed of the sea, as a share of the height; it rises where they have to be higher."""


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
    speckle(canvas, edge(w / 2), "#d9b26a")
    for side in (0.06, 0.95) if canvas.rng.random() < 0.5 else ((0.95,) if scene.hero_x < 0.5 else (0.05,)):
        flora.tree(
            canvas, "ground", "palm", side * w, edge(side * w) + 0.06 * h, min(h * 0.5, w * 0.6), 0.05, "#3fa35f"
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
    mid = hills(canvas)
    for x in spots(canvas, 6, keep=scene.hero_x, clear=0.12):
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


def bridge(canvas: Canvas, scene: Scene) -> None:
    """The road of a bridge with its parapet; below it a river and, further up, another bridge."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    mid = hills(canvas)
    for x in spots(canvas, 7, keep=0.5, clear=0.16):
        flora.tree(canvas, "mid", "round", x, mid(x) + 6, h * canvas.rng.uniform(0.14, 0.2), 0.34)
    terrain.ridge(canvas, "mid", hz + 0.05 * h, 0.01 * h, "#7cc46a", 0.2)
    glint = sun_x(scene) * w if canvas.light.has_sun else None
    terrain.water(canvas, "mid", hz + 0.07 * h, hz + 0.24 * h, "#4aaede", glint_x=glint)
    stonework.stone_bridge(canvas, "mid", hz - 0.035 * h, 0.13 * h, 0.3)
    top = hz + 0.2 * h
    canvas.ground_top = lambda _x: top + 0.03 * h
    stone = canvas.defs["ground"].across(canvas.on("#e0d3bb"), canvas.on("#b9a88c"), line=(0, top, 0, h))
    wall = canvas.defs["ground"].linear(canvas.on("#d6c8ae"), canvas.on("#a8977c"))
    joint = canvas.on("#8f7f66")
    canvas.draw("ground", rect(0, top, w, h - top, stone))
    for row in range(5):
        y = top + 0.02 * h + (h - top) * (row / 5) ** 1.4
        canvas.draw("ground", line(f"M0,{y:.0f} H{w}", joint, 1.6 * u, 'opacity="0.4"'))
        for number in range(13):
            x = (number + (row % 2) / 2) / 12 * w
            canvas.draw("ground", line(f"M{x:.0f},{y:.0f} v{(h - top) * 0.16:.0f}", joint, 1.4 * u, 'opacity="0.3"'))
    low = top - 58 * u
    canvas.draw(
        "ground",
        rect(0, low, w, 62 * u, wall),
        rect(0, low - 8 * u, w, 14 * u, canvas.on("#e8dcc4"), 5 * u),
        *(rect(x * w - 16 * u, low - 20 * u, 32 * u, 84 * u, wall, 6 * u) for x in (0.06, 0.28, 0.5, 0.72, 0.94)),
    )


def underwater(canvas: Canvas, scene: Scene) -> None:
    """Blue depths with light from above, weed and corals on sand."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    d = canvas.defs["sky"]
    shade = (canvas.light.on) if canvas.light.is_night else (lambda c: c)
    canvas.draw(
        "sky",
        (f'<rect width="{w}" height="{h}" fill="{d.across(*map(shade, _DEPTHS), line=(0, 0, 0, h))}"/>'),
    )
    for number in range(6):
        x = (number + rng.random()) / 6 * w
        beam = d.across("#ffffff/0.30", "#ffffff/0", line=(0, 0, 0, h * 0.85))
        canvas.draw(
            "sky",
            path(
                (
                    f"M{x:.0f},-10 L{x + 60 * u:.0f},-10 L{x + 10 * u:.0f},{h * 0.85:.0f} "
                    f"L{x - 170 * u:.0f},{h * 0.85:.0f}Z"
                ),
                beam,
            ),
        )
    rise = max(0.0, _SEA_BED - scene.floor)
    for layer, y, colour, depth in (("far", 0.655, "#2f8fc0", 0.0), ("mid", 0.7, "#3a86ad", 0.0)):
        terrain.ridge(canvas, layer, (y - rise) * h, 0.04 * h, shade(colour), depth, waves=1.6)
    for _ in range(9):
        x = rng.choice((rng.uniform(0, 0.3), rng.uniform(0.7, 1))) * w
        _weed(
            canvas,
            "mid",
            x,
            h * (0.785 - rise),
            h * rng.uniform(0.16, 0.34),
            shade(rng.choice(("#2f9f86", "#3fae6a", "#2a8a9a"))),
        )
    edge = terrain.ground(canvas, h * (0.73 - rise), 0.018 * h, "#e9d7a4", waves=0.8)
    canvas.ground_top = edge
    speckle(canvas, edge(w / 2), "#c9ae74")
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
            (
                f"M{x + s:.0f},{y:.0f} q{-s:.0f},{-size * 0.2:.0f} {s * 0.4:.0f},{-size * 0.36:.0f} "
                f"t{s * 0.3:.0f},{-size * 0.3:.0f}"
            ),
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
