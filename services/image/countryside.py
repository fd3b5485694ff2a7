"""Places on land, far from houses: meadow, forest, mountain, desert, snowfield."""

from services.image import flora, terrain
from services.image.canvas import Canvas
from services.image.ground_cover import finish_meadow, hills, near_trees, rocks, speckle, spots
from services.image.scene import Scene
from services.image.svg import circle, ellipse, group, line, path


def meadow(canvas: Canvas, scene: Scene) -> None:
    """Rolling hills with single trees and a path."""
    mid = hills(canvas)
    for x in spots(canvas, 6, keep=scene.hero_x, clear=0.14):
        flora.tree(
            canvas,
            "mid",
            canvas.rng.choice(("round", "poplar", "round")),
            x,
            mid(x) + 6,
            canvas.height * canvas.rng.uniform(0.12, 0.2),
            0.35,
        )
    finish_meadow(canvas, scene)
    terrain.path_way(
        canvas,
        "#e9cf9a",
        from_x=canvas.width * (0.9 - scene.hero_x * 0.8),
        to_x=canvas.width * 0.55,
        top=canvas.ground_top(canvas.width * 0.55) + 2,
    )
    near_trees(canvas, scene, ("round", "birch"))


def forest(canvas: Canvas, scene: Scene) -> None:
    """Rows of trees, paler the farther."""
    rng, w, h, hz = canvas.rng, canvas.width, canvas.height, canvas.horizon
    far = terrain.ridge(canvas, "far", hz - 0.03 * h, 0.02 * h, "#6fa88f", 0.72)
    for number in range(16):
        x = (number + rng.random()) / 16 * w
        flora.tree(canvas, "far", "pine", x, far(x) + 8, h * rng.uniform(0.16, 0.26), 0.68, "#4d9078")
    mid = terrain.ridge(canvas, "mid", hz + 0.03 * h, 0.025 * h, "#62a868", 0.35)
    for x in spots(canvas, 11, keep=scene.hero_x, clear=0.09):
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
    finish_meadow(canvas, scene, "#63ad58", blooms=18)
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


def mountain(canvas: Canvas, scene: Scene) -> None:
    """High peaks over pines."""
    w, h, hz = canvas.width, canvas.height, canvas.horizon
    terrain.mountains(canvas, "far", hz + 0.02 * h, min(h * 0.5, w * 0.6), "#8797c4", 0.55, count=4)
    terrain.mountains(canvas, "far", hz + 0.05 * h, min(h * 0.3, w * 0.4), "#76869f", 0.35, count=4, snow=0.22)
    mid = terrain.ridge(canvas, "mid", hz + 0.03 * h, 0.03 * h, "#6fa87c", 0.3)
    for x in spots(canvas, 9, keep=scene.hero_x, clear=0.1):
        flora.tree(canvas, "mid", "pine", x, mid(x) + 6, h * canvas.rng.uniform(0.12, 0.22), 0.3, "#3f8a66")
    finish_meadow(canvas, scene, "#7ab868", blooms=14)
    rocks(canvas, 5)


def desert(canvas: Canvas, scene: Scene) -> None:
    """Dunes, mesas and cactuses."""
    w, h, hz, u = canvas.width, canvas.height, canvas.horizon, canvas.unit
    rng = canvas.rng
    for _ in range(3):
        x, tall, half = rng.uniform(0, w), h * rng.uniform(0.08, 0.2), w * rng.uniform(0.06, 0.11)
        canvas.draw(
            "far",
            path(
                (
                    f"M{x - half * 1.3:.0f},{hz + 30:.0f} L{x - half:.0f},{hz - tall:.0f} H{x + half:.0f} "
                    f"L{x + half * 1.3:.0f},{hz + 30:.0f}Z"
                ),
                canvas.on("#cf8a66", 0.5),
            ),
        )
    terrain.ridge(canvas, "far", hz + 0.0 * h, 0.03 * h, "#e8b877", 0.4, waves=0.9)
    mid = terrain.ridge(canvas, "mid", hz + 0.05 * h, 0.035 * h, "#eec07c", 0.2, waves=0.8)
    for x in spots(canvas, 5, keep=scene.hero_x, clear=0.14):
        _cactus(canvas, "mid", x, mid(x) + 8, h * rng.uniform(0.08, 0.14), 0.25)
    edge = terrain.ground(canvas, hz + 0.12 * h, 0.03 * h, "#f4cf8d", waves=0.7)
    speckle(canvas, edge(w / 2), "#d9a860")
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
        (
            f"M0,{-size * 0.4:.1f} h{-size * 0.27:.1f} v{-size * 0.26:.1f} M0,{-size * 0.3:.1f} h{size * 0.27:.1f} "
            f"v{-size * 0.34:.1f}"
        ),
        canvas.on("#56a763", depth),
        size * 0.13,
    )
    canvas.draw(
        layer,
        ellipse(x, y, size * 0.3, size * 0.05, canvas.light.shade, 'opacity="0.28"'),
        group(parts + circle(0, -size * 1.08, size * 0.06, canvas.on("#ff6f91", depth)), f"translate({x:.1f} {y:.1f})"),
    )


def snowfield(canvas: Canvas, scene: Scene) -> None:
    """White hills and snowy pines."""
    h, hz = canvas.height, canvas.horizon
    terrain.mountains(
        canvas, "far", hz + 0.01 * h, min(h * 0.34, canvas.width * 0.45), "#a9b9dc", 0.6, count=5, snow=0.55
    )
    mid = terrain.ridge(canvas, "mid", hz + 0.02 * h, 0.035 * h, "#dbe7f7", 0.25)
    for x in spots(canvas, 9, keep=scene.hero_x, clear=0.1):
        tall = h * canvas.rng.uniform(0.13, 0.24)
        flora.tree(canvas, "mid", "pine", x, mid(x) + 6, tall, 0.28, "#6fa5a0")
        canvas.draw(
            "mid",
            path(
                (
                    f"M{x:.0f},{mid(x) + 6 - tall:.0f} l{tall * 0.09:.0f},{tall * 0.24:.0f} "
                    f"q{-tall * 0.09:.0f},{tall * 0.05:.0f} {-tall * 0.18:.0f},0Z"
                ),
                canvas.on("#ffffff", 0.1),
            ),
        )
    edge = terrain.ground(canvas, hz + 0.1 * h, 0.035 * h, "#eef4fd")
    speckle(canvas, edge(canvas.width / 2), "#c3d3ee")
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
