"""Plants: trees in several shapes, bushes, grass, flowers, reeds. Drawn, so that light and air reach them."""

import math

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.svg import circle, ellipse, group, line, path

BLOOMS = ("#ff6f91", "#ffd166", "#ffffff", "#b98cff", "#ff9a56", "#7ec8ff")


def tree(
    canvas: Canvas, layer: str, kind: str, x: float, y: float, height: float, depth: float, leaf: str = "#4fa35a"
) -> None:
    """A tree of that height standing at (x, y): ``round``, ``pine``, ``poplar``, ``birch``, ``bare`` or ``palm``."""
    shape = {"pine": _pine, "poplar": _poplar, "birch": _birch, "palm": _palm, "bare": _bare}.get(kind, _round)
    shadow = canvas.defs[layer].radial(f"{canvas.light.shade}/0.42", f"{canvas.light.shade}/0")
    canvas.draw(
        layer,
        ellipse(x + height * 0.05, y, height * 0.27, height * 0.05, shadow, f'opacity="{max(0.15, 1 - depth):.2f}"'),
    )
    canvas.draw(layer, group(shape(canvas, layer, height, depth, leaf), f"translate({x:.1f} {y:.1f})"))


def _fill(canvas: Canvas, layer: str, colour: str, depth: float) -> str:
    return canvas.defs[layer].linear(
        canvas.on(lighter(colour, 0.3), depth),
        canvas.on(colour, depth),
        canvas.on(darker(colour, 0.3), depth),
        angle=(0.2, 0, 0.75, 1),
    )


def _trunk(canvas: Canvas, h: float, depth: float, width: float, top: float, colour: str = "#8a5a3c") -> str:
    c = canvas.on(colour, depth)
    d = canvas.on(darker(colour, 0.3), depth)
    w = width
    return path(
        (
            f"M{-w:.1f},0 Q{-w * 0.5:.1f},{-h * 0.1:.1f} {-w * 0.6:.1f},{-top:.1f} L{w * 0.6:.1f},{-top:.1f} "
            f"Q{w * 0.5:.1f},{-h * 0.1:.1f} {w:.1f},0Z"
        ),
        c,
    ) + path(
        (
            f"M{w * 0.1:.1f},0 L{w * 0.15:.1f},{-top:.1f} L{w * 0.6:.1f},{-top:.1f} Q{w * 0.5:.1f},{-h * 0.1:.1f} "
            f"{w:.1f},0Z"
        ),
        d,
        'opacity="0.6"',
    )


def _round(canvas: Canvas, layer: str, h: float, depth: float, leaf: str) -> str:
    rng = canvas.rng
    fill = _fill(canvas, layer, leaf, depth)
    blobs = [(-0.2, 0.52, 0.2), (0.2, 0.54, 0.21), (-0.09, 0.74, 0.21), (0.12, 0.76, 0.19), (0.0, 0.58, 0.25)]
    crown = "".join(
        ellipse((bx + rng.uniform(-0.02, 0.02)) * h, -by * h, r * h, r * h * 0.94, fill) for bx, by, r in blobs
    )
    glints = "".join(
        ellipse(
            bx * h - r * h * 0.3,
            -by * h - r * h * 0.4,
            r * h * 0.34,
            r * h * 0.2,
            canvas.on(lighter(leaf, 0.55), depth),
            'opacity="0.45"',
        )
        for bx, by, r in blobs[:4]
    )
    return _trunk(canvas, h, depth, h * 0.055, h * 0.45) + crown + glints


def _pine(canvas: Canvas, layer: str, h: float, depth: float, leaf: str) -> str:
    fill = _fill(canvas, layer, leaf, depth)
    tiers = []
    for top, bottom, half in ((0.42, 0.12, 0.25), (0.68, 0.34, 0.2), (1.0, 0.58, 0.145)):
        t, b, x = -top * h, -bottom * h, half * h
        tiers.append(
            path(
                (
                    f"M0,{t:.1f} Q{x * 0.35:.1f},{(t + b) / 2:.1f} {x:.1f},{b:.1f} Q{x * 0.5:.1f},{b + h * 0.045:.1f} "
                    f"0,{b + h * 0.03:.1f} Q{-x * 0.5:.1f},{b + h * 0.045:.1f} {-x:.1f},{b:.1f} "
                    f"Q{-x * 0.35:.1f},{(t + b) / 2:.1f} 0,{t:.1f}Z"
                ),
                fill,
            )
        )
        tiers.append(
            line(
                (
                    f"M{-x * 0.7:.1f},{b - h * 0.01:.1f} Q{-x * 0.3:.1f},{(t + b) / 2:.1f} "
                    f"{-x * 0.08:.1f},{t + h * 0.08:.1f}"
                ),
                canvas.on(lighter(leaf, 0.4), depth),
                h * 0.012,
                'opacity="0.5"',
            )
        )
    return _trunk(canvas, h, depth, h * 0.04, h * 0.2) + "".join(tiers)


def _poplar(canvas: Canvas, layer: str, h: float, depth: float, leaf: str) -> str:
    fill = _fill(canvas, layer, leaf, depth)
    crown = path(
        (
            f"M0,{-h:.1f} C{h * 0.2:.1f},{-h * 0.7:.1f} {h * 0.2:.1f},{-h * 0.2:.1f} 0,{-h * 0.16:.1f} "
            f"C{-h * 0.2:.1f},{-h * 0.2:.1f} {-h * 0.2:.1f},{-h * 0.7:.1f} 0,{-h:.1f}Z"
        ),
        fill,
    )
    return _trunk(canvas, h, depth, h * 0.035, h * 0.3) + crown


def _birch(canvas: Canvas, layer: str, h: float, depth: float, leaf: str) -> str:
    marks = "".join(
        line(f"M{-h * 0.02:.1f},{-h * y:.1f} h{h * 0.022:.1f}", canvas.on("#4a4048", depth), h * 0.01)
        for y in (0.1, 0.18, 0.27, 0.35)
    )
    return (
        _trunk(canvas, h, depth, h * 0.036, h * 0.5, "#f2ede4")
        + marks
        + "".join(
            ellipse(bx * h, -by * h, r * h, r * h, _fill(canvas, layer, lighter(leaf, 0.18), depth))
            for bx, by, r in ((-0.12, 0.56, 0.15), (0.13, 0.6, 0.16), (0.0, 0.8, 0.17))
        )
    )


def _bare(canvas: Canvas, layer: str, h: float, depth: float, leaf: str) -> str:
    bark = canvas.on("#6f5548", depth)
    arms = "".join(
        line(
            (
                f"M0,{-y * h:.1f} q{s * h * 0.12:.1f},{-h * 0.06:.1f} {s * h * 0.2:.1f},{-h * 0.24:.1f} "
                f"M{s * h * 0.1:.1f},{-(y + 0.08) * h:.1f} q{s * h * 0.1:.1f},0 {s * h * 0.17:.1f},{-h * 0.08:.1f}"
            ),
            bark,
            h * 0.022,
        )
        for y, s in ((0.4, 1), (0.5, -1), (0.62, 1))
    )
    return (
        _trunk(canvas, h, depth, h * 0.05, h * 0.66, "#6f5548")
        + line(f"M0,{-h * 0.6:.1f} L{h * 0.02:.1f},{-h * 0.95:.1f}", bark, h * 0.03)
        + arms
    )


def _palm(canvas: Canvas, layer: str, h: float, depth: float, leaf: str) -> str:
    bark = canvas.on("#a9764a", depth)
    tip_x, tip_y = h * 0.12, -h * 0.82
    trunk = path(
        (
            f"M{-h * 0.035:.1f},0 Q{h * 0.01:.1f},{-h * 0.5:.1f} {tip_x - h * 0.02:.1f},{tip_y:.1f} "
            f"L{tip_x + h * 0.02:.1f},{tip_y:.1f} Q{h * 0.08:.1f},{-h * 0.45:.1f} {h * 0.05:.1f},0Z"
        ),
        bark,
    )
    leaves = []
    for angle in (-172, -140, -108, -72, -38, -6):
        a = math.radians(angle)
        ex, ey = h * 0.36 * math.cos(a), h * 0.26 * math.sin(a) + h * 0.12
        bx, by = h * 0.2 * math.cos(a), h * 0.28 * math.sin(a) - h * 0.04
        leaves.append(
            path(
                f"M0,0 Q{bx:.1f},{by:.1f} {ex:.1f},{ey:.1f} Q{bx * 0.8:.1f},{by * 0.4 + h * 0.05:.1f} 0,0Z",
                _fill(canvas, layer, leaf, depth),
            )
        )
    nuts = "".join(circle(dx * h, h * 0.02, h * 0.024, canvas.on("#6e4630", depth)) for dx in (-0.03, 0.02))
    return trunk + group("".join(leaves) + nuts, f"translate({tip_x:.1f} {tip_y:.1f})")


def bush(canvas: Canvas, layer: str, x: float, y: float, size: float, depth: float, leaf: str = "#4a9a57") -> None:
    """A low bush, ``size`` its half width."""
    fill = _fill(canvas, layer, leaf, depth)
    parts = "".join(
        ellipse(bx * size, -by * size, r * size, r * size * 0.85, fill)
        for bx, by, r in ((-0.55, 0.28, 0.45), (0.5, 0.26, 0.48), (-0.05, 0.45, 0.55))
    )
    canvas.draw(layer, group(parts, f"translate({x:.1f} {y:.1f})"))


def grass(canvas: Canvas, layer: str, top: float, bottom: float, colour: str, count: int) -> None:
    """Blades scattered between two heights, longer near the viewer; a few paths hold them all."""
    rng, u, w = canvas.rng, canvas.unit, canvas.width
    shades = [canvas.on(c) for c in (lighter(colour, 0.28), darker(colour, 0.12), lighter(colour, 0.1))]
    strokes: list[list[str]] = [[], [], []]
    for number in range(count):
        x = rng.uniform(0, w)
        near = rng.uniform(0, 1)
        y = top + (bottom - top) * near
        size = u * (7 + 15 * near) * rng.uniform(0.7, 1.2)
        bow = rng.uniform(-0.5, 0.5) * size
        strokes[number % 3].append(f"M{x:.0f},{y:.0f}q{bow * 0.2:.1f},{-size * 0.6:.1f} {bow:.1f},{-size:.1f}")
    canvas.draw(
        layer, *(line("".join(marks), shade, 2.4 * u) for marks, shade in zip(strokes, shades, strict=True) if marks)
    )


def flowers(
    canvas: Canvas, layer: str, top: float, bottom: float, count: int, colours: tuple[str, ...] = BLOOMS
) -> None:
    """Small flowers scattered between two heights."""
    rng, u, w = canvas.rng, canvas.unit, canvas.width
    for _ in range(count):
        x, near = rng.uniform(0, w), rng.uniform(0, 1)
        y, r = top + (bottom - top) * near, u * (2.6 + 4.4 * near)
        petal = canvas.on(rng.choice(colours))
        stem = line(f"M{x:.1f},{y:.1f} v{r * 3:.1f}", canvas.on("#3f8f4d"), 1.8 * u)
        petals = "".join(
            circle(x + r * math.cos(a), y + r * math.sin(a), r * 0.72, petal) for a in (0.3, 1.56, 2.8, 4.07, 5.3)
        )
        canvas.draw(layer, stem + petals + circle(x, y, r * 0.62, canvas.on("#ffc94d")))


def reeds(canvas: Canvas, layer: str, x: float, y: float, size: float) -> None:
    """A clump of reeds with brown heads."""
    rng = canvas.rng
    for _ in range(7):
        dx, tall = rng.uniform(-0.4, 0.4) * size, size * rng.uniform(0.7, 1.1)
        lean = rng.uniform(-0.15, 0.15) * size
        canvas.draw(
            layer,
            line(
                f"M{x + dx:.0f},{y:.0f} q{lean * 0.3:.1f},{-tall * 0.6:.1f} {lean:.1f},{-tall:.1f}",
                canvas.on("#5d9a55"),
                size * 0.035,
            ),
        )
        canvas.draw(
            layer,
            line(
                f"M{x + dx + lean:.0f},{y - tall * 0.98:.0f} l0,{-size * 0.16:.1f}", canvas.on("#7a4e33"), size * 0.07
            ),
        )
