"""Rooms where something is learnt: classroom and library."""

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.room import lamp, rug, shell, window
from services.image.scene import Scene
from services.image.svg import circle, ellipse, line, path, rect

_BOOKS = ("#d9534f", "#4f8fd9", "#f0b243", "#5fae72", "#9577cf", "#e08a5a", "#3f9f9f", "#f4e3c1")


def classroom(canvas: Canvas, scene: Scene) -> None:
    """A blackboard with chalk drawings, a window, desks in a row, a globe."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    y = shell(canvas, rng.choice(("#f3dfb0", "#cfe3ee", "#dbe8c6")), "#cf9a68")
    is_left = scene.hero_x > 0.5
    board = min(w * 0.44, 620 * u)
    _blackboard(canvas, (w * 0.42 if is_left else w * 0.58) - board / 2, h * 0.12, board, min(h * 0.36, board * 0.56))
    size = min(h * 0.26, w * 0.22)
    window(canvas, (w * 0.78 if is_left else w * 0.22) - size / 2, h * 0.14, size, scene)
    side = w * (0.14 if is_left else 0.86)
    _desk(canvas, side, y + 34 * u, min(w * 0.26, 250 * u))
    _globe(canvas, side - 44 * u, y - 58 * u, 30 * u)
    if canvas.light.is_night:
        lamp(canvas, w * (0.95 if is_left else 0.05), h * 0.42)


def _blackboard(canvas: Canvas, x: float, y: float, width: float, height: float) -> None:
    u, chalk = canvas.unit, canvas.on("#f2f6ea")
    board = canvas.defs["far"].across(canvas.on("#35684f"), canvas.on("#274f3d"), line=(x, y, x + width, y + height))
    base = y + height * 0.78
    drawn = (
        f"M{x + width * 0.1:.0f},{base:.0f} v{-height * 0.26:.0f} l{width * 0.08:.0f},{-height * 0.18:.0f} "
        f"l{width * 0.08:.0f},{height * 0.18:.0f} v{height * 0.26:.0f}Z "
        f"M{x + width * 0.32:.0f},{base:.0f} v{-height * 0.2:.0f}"
    )
    sums = (
        f"M{x + width * 0.56:.0f},{y + height * 0.3:.0f} l{width * 0.05:.0f},{-height * 0.16:.0f} "
        f"l{width * 0.05:.0f},{height * 0.16:.0f} m{-width * 0.08:.0f},{-height * 0.06:.0f} h{width * 0.06:.0f} "
        f"M{x + width * 0.72:.0f},{y + height * 0.14:.0f} v{height * 0.16:.0f} "
        f"M{x + width * 0.82:.0f},{y + height * 0.22:.0f} h{width * 0.06:.0f} "
        f"m{-width * 0.03:.0f},{-height * 0.06:.0f} v{height * 0.12:.0f}"
    )
    wave = (
        f"M{x + width * 0.56:.0f},{y + height * 0.52:.0f} h{width * 0.34:.0f} "
        f"m{-width * 0.34:.0f},{height * 0.13:.0f} h{width * 0.27:.0f} "
        f"m{-width * 0.27:.0f},{height * 0.13:.0f} h{width * 0.31:.0f}"
    )
    canvas.draw(
        "far",
        rect(x - 12 * u, y - 12 * u, width + 24 * u, height + 24 * u, canvas.on("#a5683f"), 10 * u),
        rect(x, y, width, height, board, 4 * u),
        line(drawn, chalk, 4 * u, 'opacity="0.85"'),
        circle(
            x + width * 0.32, y + height * 0.44, height * 0.13, "none", f'stroke="{chalk}" stroke-width="{4 * u:.1f}"'
        ),
        line(sums, chalk, 4.5 * u, 'opacity="0.9"'),
        line(wave, chalk, 3 * u, 'opacity="0.5"'),
        rect(x + width * 0.1, y + height + 10 * u, width * 0.8, 10 * u, canvas.on("#8a5a3c"), 4 * u),
        rect(x + width * 0.2, y + height + 3 * u, 26 * u, 8 * u, "#ffffff", 3 * u),
        rect(x + width * 0.6, y + height + 1 * u, 50 * u, 10 * u, canvas.on("#d9d0c2"), 3 * u),
    )


def _desk(canvas: Canvas, x: float, y: float, width: float) -> None:
    """A desk with its legs on the floor and a book on it."""
    u, wood = canvas.unit, canvas.on("#d9a066")
    top = y - 86 * u
    legs = canvas.on(darker("#d9a066", 0.35))
    canvas.draw(
        "ground",
        ellipse(x, y + 20 * u, width * 0.55, 14 * u, canvas.light.shade, 'opacity="0.28"'),
        rect(x - width * 0.42, top, 14 * u, 106 * u, legs, 4 * u),
        rect(x + width * 0.42 - 14 * u, top, 14 * u, 106 * u, legs, 4 * u),
        rect(x - width / 2, top - 8 * u, width, 22 * u, canvas.defs["ground"].linear(lighter(wood, 0.2), wood), 8 * u),
        rect(x - width * 0.4, top + 14 * u, width * 0.8, 26 * u, canvas.on(darker("#d9a066", 0.18)), 4 * u),
        path(
            f"M{x + 8 * u:.0f},{top - 8 * u:.0f} q{24 * u:.0f},{-16 * u:.0f} {46 * u:.0f},{-4 * u:.0f} "
            f"q{22 * u:.0f},{-12 * u:.0f} {46 * u:.0f},{4 * u:.0f}Z",
            canvas.on("#fff7e6"),
        ),
    )
    canvas.taken.append((x - width / 2, x + width / 2))


def _globe(canvas: Canvas, x: float, y: float, r: float) -> None:
    sphere = canvas.defs["ground"].linear(canvas.on("#8fd0f2"), canvas.on("#3f86c9"), angle=(0, 0, 1, 1))
    land = (
        f"M{x - r * 0.5:.0f},{y - r * 0.5:.0f} q{r * 0.5:.0f},{-r * 0.3:.0f} {r * 0.6:.0f},{r * 0.2:.0f} "
        f"q{-r * 0.1:.0f},{r * 0.6:.0f} {-r * 0.5:.0f},{r * 0.5:.0f}Z "
        f"M{x + r * 0.2:.0f},{y + r * 0.2:.0f} q{r * 0.5:.0f},{-r * 0.1:.0f} {r * 0.4:.0f},{r * 0.4:.0f} "
        f"q{-r * 0.4:.0f},{r * 0.1:.0f} {-r * 0.4:.0f},{-r * 0.4:.0f}Z"
    )
    stand = canvas.on("#8a5a3c")
    canvas.draw(
        "ground",
        line(
            f"M{x:.0f},{y + r:.0f} v{r * 0.5:.0f} M{x - r * 0.6:.0f},{y + r * 1.5:.0f} h{r * 1.2:.0f}", stand, r * 0.2
        ),
        circle(x, y, r, sphere),
        path(land, canvas.on("#7cc46a")),
        line(
            f"M{x - r * 0.7:.0f},{y - r * 1.05:.0f} A{r * 1.26:.1f},{r * 1.26:.1f} 0 0 1 {x:.0f},{y + r * 1.2:.0f}",
            stand,
            r * 0.1,
        ),
    )


def library(canvas: Canvas, scene: Scene) -> None:
    """Shelves up to the ceiling, a ladder, a tall window, a rug to read on."""
    w, h, u, rng = canvas.width, canvas.height, canvas.unit, canvas.rng
    y = shell(canvas, rng.choice(("#d9b98f", "#c9b0a0", "#b9c4b0")), "#b57f52")
    is_left = scene.hero_x > 0.5
    size = min(h * 0.3, w * 0.2)
    middle = w * (0.8 if is_left else 0.2)
    window(canvas, middle - size / 2, h * 0.12, size, scene)
    width = min(w * 0.3, 360 * u)
    free = (0.0, middle - size * 0.75) if is_left else (middle + size * 0.75, float(w))
    count = max(1, int((free[1] - free[0]) / width))
    step = (free[1] - free[0]) / count
    for number in range(count):
        _bookcase(canvas, free[0] + number * step + 10 * u, y + 8 * u, step - 20 * u, y - 30 * u)
    _ladder(canvas, w * (0.3 if is_left else 0.7), y + 20 * u, y - 40 * u)
    rug(canvas, rng.choice(("#a8505a", "#4f6f9f", "#5f8f6f")))
    lamp(canvas, w * (0.96 if is_left else 0.04), h * 0.46)


def _bookcase(canvas: Canvas, x: float, bottom: float, width: float, height: float) -> None:
    """A bookcase full of books, its lower left corner at (x, bottom)."""
    u, rng = canvas.unit, canvas.rng
    wood, back = canvas.on("#8a5536"), canvas.on("#5f3a26")
    top = bottom - height
    canvas.draw(
        "far",
        rect(x, top, width, height, wood, 8 * u),
        rect(x + 12 * u, top + 12 * u, width - 24 * u, height - 20 * u, back),
    )
    rows = max(3, int(height / (92 * u)))
    space = (height - 20 * u) / rows
    for row in range(rows):
        board = top + 12 * u + (row + 1) * space
        cursor = x + 16 * u
        while cursor < x + width - 30 * u:
            thick, tall = rng.uniform(11, 22) * u, space * rng.uniform(0.56, 0.8)
            if rng.random() < 0.08:
                cursor += 22 * u
                continue
            canvas.draw(
                "far",
                rect(cursor, board - 10 * u - tall, thick, tall, canvas.on(rng.choice(_BOOKS), 0.08), 2 * u),
                rect(cursor, board - 10 * u - tall * 0.8, thick, tall * 0.08, canvas.on("#fff3d6", 0.08), 0),
            )
            cursor += thick + 1.5 * u
        canvas.draw("far", rect(x + 8 * u, board - 10 * u, width - 16 * u, 10 * u, wood))


def _ladder(canvas: Canvas, x: float, bottom: float, height: float) -> None:
    """A ladder that leans against the shelves."""
    u, wood = canvas.unit, canvas.on("#c98f5a")
    lean, gap = 60 * u, 50 * u
    rungs = "".join(
        f"M{x + lean * share:.0f},{bottom - height * share:.0f} h{gap:.0f} " for share in (n / 9 for n in range(1, 9))
    )
    sides = "".join(f"M{x + dx:.0f},{bottom:.0f} L{x + dx + lean:.0f},{bottom - height:.0f} " for dx in (0.0, gap))
    canvas.draw("ground", line(rungs, wood, 7 * u), line(sides, wood, 9 * u))
