"""What rooms are made of: walls and floor, windows, lamps, shelves, rugs."""

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.scene import Scene
from services.image.sky import twinkle
from services.image.svg import circle, ellipse, line, path, rect


def shell(canvas: Canvas, wall: str, floor: str) -> float:
    """Wall and planked floor; returns the height of the skirting."""
    w, h, u = canvas.width, canvas.height, canvas.unit
    canvas.is_indoors = True
    y = h * 0.66
    canvas.ground_top = lambda _x: y + 10 * u
    d = canvas.defs["far"]
    canvas.draw("far", rect(0, 0, w, h, d.across(canvas.on(lighter(wall, 0.15)), canvas.on(wall), line=(0, 0, 0, y))))
    stripe = canvas.on(lighter(wall, 0.25))
    for x in range(0, w, int(70 * u)):
        canvas.draw("far", rect(x, 0, 20 * u, h, stripe))
    boards = canvas.defs["ground"].across(
        canvas.on(darker(floor, 0.12)), canvas.on(lighter(floor, 0.12)), line=(0, y, 0, h)
    )
    canvas.draw("ground", rect(0, y, w, h - y, boards))
    seam = canvas.on(darker(floor, 0.3))
    for number in range(-9, 10):
        canvas.draw(
            "ground",
            line(
                f"M{w / 2 + number * w * 0.075:.0f},{y:.0f} L{w / 2 + number * w * 0.17:.0f},{h}",
                seam,
                1.8 * u,
                'opacity="0.5"',
            ),
        )
    canvas.draw("ground", rect(0, y - 12 * u, w, 18 * u, canvas.on("#fff4e2")))
    return y


def window(canvas: Canvas, x: float, y: float, size: float, scene: Scene) -> None:
    """A window with curtains and the sky outside."""
    light, u, d = canvas.light, canvas.unit, canvas.defs["far"]
    w, h = size, size * 1.1
    canvas.draw(
        "far",
        rect(x - 8 * u, y - 8 * u, w + 16 * u, h + 16 * u, canvas.on("#fff6e8"), 8 * u),
        rect(x, y, w, h, d.across(light.sky[0], light.sky[2], light.sky[3], line=(0, y, 0, y + h)), 4 * u),
    )
    if light.is_night:
        canvas.draw(
            "far",
            circle(x + w * 0.68, y + h * 0.3, size * 0.13, "#fff3cc"),
            *(
                twinkle(x + w * sx, y + h * sy, size * 0.04)
                for sx, sy in ((0.2, 0.2), (0.36, 0.5), (0.15, 0.7), (0.85, 0.75))
            ),
        )
    elif light.has_sun:
        canvas.draw("far", circle(x + w * 0.7, y + h * 0.3, size * 0.14, light.sun))
    canvas.draw(
        "far",
        path(
            (
                f"M{x:.0f},{y + h:.0f} V{y + h * 0.8:.0f} Q{x + w * 0.3:.0f},{y + h * 0.6:.0f} "
                f"{x + w:.0f},{y + h * 0.78:.0f} V{y + h:.0f}Z"
            ),
            canvas.on("#7cbf73", 0.2),
        ),
    )
    canvas.draw(
        "far", line(f"M{x + w / 2:.0f},{y:.0f} v{h:.0f} M{x:.0f},{y + h / 2:.0f} h{w:.0f}", canvas.on("#fff6e8"), 7 * u)
    )
    cloth = canvas.on(canvas.rng.choice(("#f2909f", "#8fb8f0", "#f4b95f")))
    for side in (0, 1):
        cx = x - 26 * u if side == 0 else x + w + 26 * u
        s = 1 if side == 0 else -1
        canvas.draw(
            "far",
            path(
                (
                    f"M{cx:.0f},{y - 22 * u:.0f} h{s * w * 0.42:.0f} Q{cx + s * w * 0.32:.0f},{y + h * 0.5:.0f} "
                    f"{cx + s * w * 0.12:.0f},{y + h + 26 * u:.0f} H{cx - s * 8 * u:.0f}Z"
                ),
                cloth,
            ),
        )
    canvas.draw("far", line(f"M{x - 44 * u:.0f},{y - 22 * u:.0f} H{x + w + 44 * u:.0f}", canvas.on("#8a5a3c"), 9 * u))


def lamp(canvas: Canvas, x: float, y: float) -> None:
    """A lit lamp on the wall."""
    u = canvas.unit
    canvas.draw(
        "far",
        circle(x, y, 330 * u, canvas.defs["far"].radial("#ffdf9a/0.7", "#ffdf9a/0.2", "#ffdf9a/0")),
        rect(x - 5 * u, y, 10 * u, 46 * u, "#8a5a3c", 4 * u),
        path(f"M{x - 24 * u:.0f},{y - 44 * u:.0f} h{48 * u:.0f} l{22 * u:.0f},{50 * u:.0f} h{-92 * u:.0f}Z", "#ffedb8"),
    )


def rug(canvas: Canvas, colour: str) -> None:
    """A round rug in the middle of the floor."""
    w, h = canvas.width, canvas.height
    canvas.draw(
        "ground",
        ellipse(w / 2, h * 0.87, w * 0.42, h * 0.1, canvas.on(colour)),
        ellipse(w / 2, h * 0.87, w * 0.37, h * 0.082, canvas.on(lighter(colour, 0.35))),
        ellipse(w / 2, h * 0.87, w * 0.33, h * 0.07, canvas.on(colour)),
    )


def shelf(canvas: Canvas, x: float, y: float) -> None:
    """A board with books on the wall."""
    u, rng = canvas.unit, canvas.rng
    canvas.draw("far", rect(x - 80 * u, y, 160 * u, 12 * u, canvas.on("#a5683f"), 3 * u))
    cursor = x - 72 * u
    while cursor < x + 56 * u:
        bw, bh = rng.uniform(13, 22) * u, rng.uniform(42, 66) * u
        canvas.draw(
            "far",
            rect(
                cursor,
                y - bh,
                bw,
                bh,
                canvas.on(rng.choice(("#e05f6f", "#4f9fd9", "#f2b84b", "#6fbf7f", "#9f7fd9"))),
                3 * u,
            ),
        )
        cursor += bw + 1.5 * u
