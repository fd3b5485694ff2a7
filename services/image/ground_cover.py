"""Pieces that several open places share: rolling hills, grass with flowers, framing trees, sand, rocks."""

from services.image import flora, terrain
from services.image.canvas import Canvas
from services.image.colour import lighter
from services.image.scene import Scene, Weather
from services.image.svg import ellipse, path

GREEN = "#6fbf5f"
"""The colour of grass."""


def spots(canvas: Canvas, count: int, *, keep: float, clear: float = 0.2) -> list[float]:
    """x positions across the picture, in order of drawing, that leave the hero's surroundings free."""
    rng, w = canvas.rng, canvas.width
    found = []
    for number in range(count):
        x = (number + rng.uniform(0.1, 0.9)) / count
        if abs(x - keep) > clear:
            found.append(x * w)
    return found


def hills(canvas: Canvas, colours: tuple[str, str, str] = ("#8fb8c9", "#7fbf8f", GREEN)) -> terrain.Edge:
    hz, h = canvas.horizon, canvas.height
    terrain.ridge(canvas, "far", hz - 0.07 * h, 0.045 * h, colours[0], 0.75, waves=1.3)
    return terrain.ridge(canvas, "mid", hz + 0.005 * h, 0.04 * h, colours[1], 0.4, waves=1.1)


def finish_meadow(canvas: Canvas, scene: Scene, colour: str = GREEN, *, blooms: int = 26) -> None:
    h = canvas.height
    edge = terrain.ground(canvas, canvas.horizon + 0.09 * h, 0.03 * h, colour)
    count = int((90 if canvas.is_snowy else 360) * canvas.width / 1280)
    flora.grass(canvas, "ground", edge(canvas.width / 2) + 0.03 * h, h * 1.01, colour, count)
    if blooms and scene.weather is not Weather.SNOW:
        flora.flowers(canvas, "ground", canvas.horizon + 0.17 * h, h * 0.98, int(blooms * canvas.width / 1280))


def near_trees(
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


def speckle(canvas: Canvas, top: float, colour: str) -> None:
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


def rocks(canvas: Canvas, count: int, colour: str = "#a3a5b5") -> None:
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
                (
                    f"M{x - r:.0f},{y:.0f} Q{x - r * 1.05:.0f},{y - r * 0.6:.0f} {x - r * 0.4:.0f},{y - r * 0.9:.0f} "
                    f"Q{x + r * 0.3:.0f},{y - r * 1.15:.0f} {x + r * 0.75:.0f},{y - r * 0.6:.0f} "
                    f"Q{x + r * 1.2:.0f},{y - r * 0.2:.0f} {x + r:.0f},{y:.0f}Z"
                ),
                fill,
            ),
        )
