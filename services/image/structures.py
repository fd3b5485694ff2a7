"""What people built: houses, towers, castles, fences, city blocks. Lit windows at night."""

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.svg import circle, ellipse, group, line, path, rect

ROOFS = ("#d9594c", "#c9783f", "#5b7fc0", "#8a5fae", "#3f8f86")
WALLS = ("#fff0d9", "#f7dcc4", "#e8ecf5", "#fbe6b0", "#f4d3d8")


def _window(canvas: Canvas, x: float, y: float, w: float, h: float, depth: float, *, is_lit: bool) -> str:
    glass = "#ffdf83" if is_lit else canvas.on("#8fc4e6", depth)
    halo = canvas.defs["mid"].radial("#ffd97a/0.55", "#ffd97a/0")
    glow = circle(x + w / 2, y + h / 2, w * 1.7, halo) if is_lit else ""
    bars = line(
        f"M{x + w / 2:.1f},{y:.1f} v{h:.1f} M{x:.1f},{y + h / 2:.1f} h{w:.1f}", canvas.on("#7a563d", depth), w * 0.09
    )
    return glow + rect(x, y, w, h, glass, w * 0.12) + bars


def house(canvas: Canvas, layer: str, x: float, y: float, size: float, depth: float) -> None:
    """A cottage ``size`` wide with its door on the ground at (x, y)."""
    rng, defs = canvas.rng, canvas.defs[layer]
    wall, roof = rng.choice(WALLS), rng.choice(ROOFS)
    is_lit = canvas.light.is_night or canvas.light.stars > 0.1
    w, h = size, size * 0.62
    walls = defs.linear(canvas.on(lighter(wall, 0.2), depth), canvas.on(darker(wall, 0.1), depth), angle=(0, 0, 1, 1))
    tiles = defs.linear(canvas.on(lighter(roof, 0.15), depth), canvas.on(darker(roof, 0.18), depth))
    parts = [
        rect(w * 0.2, -h * 1.72, w * 0.13, h * 0.5, canvas.on("#a5654f", depth)),
        rect(-w / 2, -h, w, h, walls, size * 0.02),
        path(
            (
                f"M{-w * 0.6:.1f},{-h * 0.94:.1f} L{-w * 0.3:.1f},{-h * 1.62:.1f} Q0,{-h * 1.72:.1f} "
                f"{w * 0.3:.1f},{-h * 1.62:.1f} L{w * 0.6:.1f},{-h * 0.94:.1f} Q0,{-h * 0.84:.1f} "
                f"{-w * 0.6:.1f},{-h * 0.94:.1f}Z"
            ),
            tiles,
        ),
        path(
            f"M{-w * 0.1:.1f},0 V{-h * 0.46:.1f} Q0,{-h * 0.66:.1f} {w * 0.1:.1f},{-h * 0.46:.1f} V0Z",
            canvas.on("#8a5a3c", depth),
        ),
        circle(w * 0.055, -h * 0.26, w * 0.013, "#ffd34d"),
        _window(canvas, -w * 0.38, -h * 0.66, w * 0.19, w * 0.19, depth, is_lit=is_lit),
        _window(canvas, w * 0.19, -h * 0.66, w * 0.19, w * 0.19, depth, is_lit=is_lit),
    ]
    canvas.draw(layer, group("".join(parts), f"translate({x:.1f} {y:.1f})"))


def castle(canvas: Canvas, layer: str, x: float, y: float, size: float, depth: float) -> None:
    """A castle ``size`` wide with its gate on the ground at (x, y)."""
    defs = canvas.defs[layer]
    stone, roof = "#d9d3e6", canvas.rng.choice(("#c9506a", "#5b6fc0", "#8a5fae"))
    is_lit = canvas.light.is_night or canvas.light.stars > 0.1
    walls = defs.linear(
        canvas.on(lighter(stone, 0.25), depth),
        canvas.on(stone, depth),
        canvas.on(darker(stone, 0.25), depth),
        angle=(0, 0, 1, 0.3),
    )
    tiles = defs.linear(canvas.on(lighter(roof, 0.2), depth), canvas.on(darker(roof, 0.2), depth), angle=(0, 0, 1, 1))
    parts: list[str] = []
    for cx, w, h in ((0.0, 0.2, 1.05), (-0.24, 0.17, 0.82), (0.25, 0.17, 0.88), (-0.46, 0.15, 0.6), (0.46, 0.15, 0.64)):
        tx, tw, th = cx * size, w * size, h * size
        parts += [
            rect(tx - tw / 2, -th, tw, th, walls),
            path(
                (
                    f"M{tx - tw * 0.66:.1f},{-th:.1f} L{tx:.1f},{-th - tw * 1.5:.1f} L{tx + tw * 0.66:.1f},{-th:.1f} "
                    f"Q{tx:.1f},{-th + tw * 0.16:.1f} {tx - tw * 0.66:.1f},{-th:.1f}Z"
                ),
                tiles,
            ),
            line(f"M{tx:.1f},{-th - tw * 1.45:.1f} v{-tw * 0.5:.1f}", canvas.on("#8a6a4a", depth), size * 0.008),
            path(
                f"M{tx:.1f},{-th - tw * 1.95:.1f} l{tw * 0.5:.1f},{tw * 0.16:.1f} l{-tw * 0.5:.1f},{tw * 0.16:.1f}Z",
                canvas.on("#ffcf4d", depth),
            ),
            _window(canvas, tx - tw * 0.14, -th * 0.82, tw * 0.28, tw * 0.42, depth, is_lit=is_lit),
        ]
    wall_h = size * 0.42
    battlements = "".join(
        rect(-size * 0.5 + n * size / 9, -wall_h - size * 0.05, size / 15, size * 0.06, canvas.on(stone, depth))
        for n in range(9)
    )
    parts += [
        battlements,
        rect(-size * 0.5, -wall_h, size, wall_h, walls),
        path(
            f"M{-size * 0.1:.1f},0 V{-size * 0.2:.1f} Q0,{-size * 0.36:.1f} {size * 0.1:.1f},{-size * 0.2:.1f} V0Z",
            canvas.on("#6b4630", depth),
        ),
        _window(canvas, -size * 0.33, -size * 0.28, size * 0.07, size * 0.1, depth, is_lit=is_lit),
        _window(canvas, size * 0.26, -size * 0.28, size * 0.07, size * 0.1, depth, is_lit=is_lit),
    ]
    canvas.draw(layer, group("".join(parts), f"translate({x:.1f} {y:.1f})"))


def city_row(canvas: Canvas, layer: str, y: float, height: float, depth: float) -> None:
    """A row of buildings of unlike heights across the picture, their feet at ``y``."""
    rng, u = canvas.rng, canvas.unit
    is_lit = canvas.light.is_night or canvas.light.stars > 0.1
    x = -30.0 * u
    while x < canvas.width + 20:
        w = rng.uniform(70, 130) * u * (1.2 - 0.5 * depth)
        h = height * rng.uniform(0.45, 1.0)
        colour = rng.choice(("#8fa6d4", "#d4a0a8", "#e0b98a", "#9cc2bd", "#b8a5d6", "#e6d2b0"))
        fill = canvas.defs[layer].linear(
            canvas.on(lighter(colour, 0.2), depth), canvas.on(darker(colour, 0.15), depth), angle=(0, 0, 1, 1)
        )
        canvas.draw(
            layer,
            rect(x, y - h, w, h + 40 * u, fill, 4 * u),
            rect(x - 3 * u, y - h - 6 * u, w + 6 * u, 10 * u, canvas.on(darker(colour, 0.3), depth), 3 * u),
        )
        columns, step = max(2, int(w / (26 * u))), 30 * u
        for column in range(columns):
            for level in range(max(1, int((h - 24 * u) / step))):
                lit = is_lit and rng.random() < 0.6
                glass = "#ffdf83" if lit else canvas.on("#cfe6f7" if not canvas.light.is_night else "#5a6fae", depth)
                wx = x + w * (column + 0.5) / columns - 6 * u
                canvas.draw(layer, rect(wx, y - h + 14 * u + level * step, 12 * u, 16 * u, glass, 2 * u))
        x += w + rng.uniform(0, 10) * u


def fence(canvas: Canvas, layer: str, y: float, size: float, colour: str = "#f4e6cf") -> None:
    """A picket fence across the picture; ``size`` is its height."""
    paint = canvas.on(colour, 0.1)
    rails = line(
        f"M-10,{y - size * 0.35:.1f} H{canvas.width + 10} M-10,{y - size * 0.7:.1f} H{canvas.width + 10}",
        canvas.on(darker(colour, 0.15), 0.1),
        size * 0.1,
    )
    pickets, x = [], 0.0
    while x < canvas.width + size:
        pickets.append(
            f"M{x:.1f},{y:.1f} v{-size * 0.85:.1f} l{size * 0.12:.1f},{-size * 0.17:.1f} "
            f"l{size * 0.12:.1f},{size * 0.17:.1f} v{size * 0.85:.1f}Z"
        )
        x += size * 0.42
    canvas.draw(layer, rails, path("".join(pickets), paint))


def barn(canvas: Canvas, layer: str, x: float, y: float, size: float, depth: float) -> None:
    """A red barn ``size`` wide."""
    defs = canvas.defs[layer]
    red = "#c9473f"
    walls = defs.linear(canvas.on(lighter(red, 0.12), depth), canvas.on(darker(red, 0.15), depth), angle=(0, 0, 1, 1))
    w, h = size, size * 0.55
    white = canvas.on("#fff6ea", depth)
    parts = (
        path(
            (
                f"M{-w / 2:.1f},0 V{-h:.1f} L{-w * 0.34:.1f},{-h * 1.5:.1f} L0,{-h * 1.8:.1f} "
                f"L{w * 0.34:.1f},{-h * 1.5:.1f} L{w / 2:.1f},{-h:.1f} V0Z"
            ),
            walls,
        )
        + line(
            (
                f"M{-w * 0.54:.1f},{-h * 0.94:.1f} L{-w * 0.36:.1f},{-h * 1.52:.1f} L0,{-h * 1.84:.1f} "
                f"L{w * 0.36:.1f},{-h * 1.52:.1f} L{w * 0.54:.1f},{-h * 0.94:.1f}"
            ),
            canvas.on("#6e4a45", depth),
            w * 0.06,
        )
        + rect(-w * 0.17, -h * 0.72, w * 0.34, h * 0.72, canvas.on(darker(red, 0.25), depth))
        + line(
            (
                f"M{-w * 0.17:.1f},0 V{-h * 0.72:.1f} H{w * 0.17:.1f} V0 L{-w * 0.17:.1f},{-h * 0.72:.1f} "
                f"M{-w * 0.17:.1f},0 L{w * 0.17:.1f},{-h * 0.72:.1f}"
            ),
            white,
            w * 0.022,
        )
        + circle(0, -h * 1.25, w * 0.07, canvas.on("#4a3230", depth))
    )
    canvas.draw(layer, group(parts, f"translate({x:.1f} {y:.1f})"))


def stall(canvas: Canvas, layer: str, x: float, y: float, size: float, goods: int) -> None:
    """A market stall ``size`` wide under a striped awning, its feet at (x, y). ``goods`` picks what it sells."""
    rng, defs = canvas.rng, canvas.defs[layer]
    stripe = ("#e2574f", "#3f8fd0", "#f2a93b", "#4fa86a")[goods % 4]
    fruit = (("#e2474f", "#f08a3c"), ("#f4c542", "#8fc74f"), ("#9a5fb5", "#e2474f"))[goods % 3]
    half, wood = size / 2, canvas.on("#a8713f")
    posts = line(f"M{-half * 0.9:.1f},0 V{-size * 0.82:.1f} M{half * 0.9:.1f},0 V{-size * 0.82:.1f}", wood, size * 0.03)
    counter = rect(
        -half, -size * 0.34, size, size * 0.34, defs.linear(lighter(wood, 0.2), darker(wood, 0.1)), size * 0.02
    )
    boards = line(
        "".join(f"M{-half + size * n / 6:.1f},{-size * 0.32:.1f} v{size * 0.3:.1f} " for n in range(1, 6)),
        darker(wood, 0.25),
        size * 0.008,
    )
    heaps = "".join(
        circle(
            -half + size * (0.1 + 0.8 * n / 11),
            -size * (0.37 + 0.05 * (n % 2)),
            size * 0.04,
            canvas.on(rng.choice(fruit)),
        )
        for n in range(12)
    )
    width = size * 1.16 / 8
    awning = "".join(
        path(
            f"M{-size * 0.5 + n * size / 8:.1f},{-size * 0.96:.1f} h{size / 8:.1f} "
            f"L{-size * 0.58 + (n + 1) * width:.1f},{-size * 0.74:.1f} "
            f"q{-width / 2:.1f},{size * 0.07:.1f} {-width:.1f},0Z",
            canvas.on(stripe if n % 2 else "#fff6e6"),
        )
        for n in range(8)
    )
    shadow = ellipse(0, 0, half * 1.1, size * 0.05, canvas.light.shade, 'opacity="0.28"')
    canvas.draw(layer, group(shadow + posts + heaps + counter + boards + awning, f"translate({x:.1f} {y:.1f})"))


def pennants(canvas: Canvas, layer: str, y: float, sag: float) -> None:
    """A string of pennants across the picture."""
    count, w, u = 16, canvas.width, canvas.unit
    canvas.draw(
        layer, line(f"M-10,{y:.0f} Q{w / 2:.0f},{y + 2 * sag:.0f} {w + 10},{y:.0f}", canvas.on("#8a6a4a", 0.2), 2.5 * u)
    )
    for number in range(count):
        share = (number + 0.5) / count
        at = y + 4 * sag * share * (1 - share)
        colour = ("#e2574f", "#f2c14e", "#4f9fd9", "#6fbf7f")[number % 4]
        flag = f"M{share * w - 15 * u:.0f},{at:.0f} h{30 * u:.0f} l{-15 * u:.0f},{34 * u:.0f}Z"
        canvas.draw(layer, path(flag, canvas.on(colour, 0.15)))
