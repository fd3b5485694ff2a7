"""Land and water: ridges, mountains, ground, waves. Each returns its upper edge, so that things can stand on it."""

import math
from collections.abc import Callable

from services.image.canvas import Canvas
from services.image.colour import darker, lighter, mix
from services.image.svg import ellipse, line, path

Edge = Callable[[float], float]
_SNOW = "#eef4fd"


def ridge(canvas: Canvas, layer: str, y: float, swell: float, colour: str, depth: float, *, waves: float = 1.0) -> Edge:
    """A rolling hill line at ``y``, ``swell`` high, filled to the bottom; ``waves``: crests across the picture."""
    rng, w, h = canvas.rng, canvas.width, canvas.height
    phases = [rng.uniform(0, math.tau) for _ in range(3)]
    rates = [math.tau * waves * factor / w for factor in (1.0, 2.17, 3.9)]

    def edge(x: float) -> float:
        shape = sum(a * math.sin(x * k + p) for a, k, p in zip((0.62, 0.28, 0.1), rates, phases, strict=True))
        return y + swell * shape

    if canvas.is_snowy:
        colour = mix(colour, _SNOW, 0.88)
    lit = canvas.on(lighter(colour, 0.14), depth)
    fill = canvas.defs[layer].across(
        lit,
        canvas.on(colour, depth),
        canvas.on(darker(colour, 0.16), depth * 0.8),
        line=(0, y - swell, 0, min(h, y + 0.4 * h)),
    )
    canvas.draw(layer, path(_outline(edge, w, h), fill))
    return edge


def ground(canvas: Canvas, y: float, swell: float, colour: str, *, waves: float = 0.8) -> Edge:
    """The ground of the cast, with a soft light patch where the hero stands."""
    edge = ridge(canvas, "ground", y, swell, colour, 0.0, waves=waves)
    canvas.ground_top = edge
    glow = canvas.on(lighter(colour, 0.5))
    fill = canvas.defs["ground"].radial(f"{glow}/0.5", f"{glow}/0")
    canvas.draw(
        "ground", ellipse(canvas.width / 2, canvas.height * 0.84, canvas.width * 0.55, canvas.height * 0.14, fill)
    )
    return edge


def _outline(edge: Edge, w: float, h: float, step: int = 24) -> str:
    points = " L".join(f"{x},{edge(x):.1f}" for x in range(-step, int(w) + 2 * step, step))
    return f"M{points} L{w + 40:.0f},{h + 20:.0f} L-40,{h + 20:.0f}Z"


def mountains(
    canvas: Canvas, layer: str, y: float, height: float, colour: str, depth: float, *, count: int = 4, snow: float = 0.3
) -> None:
    """Peaks with a lit and a shaded flank and, above ``snow`` of their height from the top, snow."""
    rng, w = canvas.rng, canvas.width
    for number in sorted(range(count), key=lambda n: (n * 7) % count):
        x = (number + rng.uniform(0.15, 0.85)) / count * w * 1.16 - 0.08 * w
        tall = height * rng.uniform(0.62, 1.0)
        half = tall * rng.uniform(0.75, 1.05)
        ridge_x = x + half * rng.uniform(-0.12, 0.12)
        top = y - tall
        lit, dark = canvas.on(lighter(colour, 0.12), depth), canvas.on(darker(colour, 0.2), depth)
        canvas.draw(layer, path(f"M{x - half:.0f},{y + 40:.0f} L{x:.0f},{top:.0f} L{x + half:.0f},{y + 40:.0f}Z", lit))
        canvas.draw(
            layer,
            path(
                f"M{x:.0f},{top:.0f} L{x + half:.0f},{y + 40:.0f} L{ridge_x:.0f},{y + 40:.0f} "
                f"L{x + half * 0.08:.0f},{y - tall * 0.5:.0f}Z",
                dark,
                'opacity="0.55"',
            ),
        )
        if snow > 0:
            s = half * snow * tall / (tall + 40)
            d = tall * snow
            cap = (
                f"M{x:.0f},{top:.0f} L{x + s:.0f},{top + d:.0f} L{x + s * 0.45:.0f},{top + d * 0.8:.0f} "
                f"L{x + s * 0.1:.0f},{top + d * 1.18:.0f} "
                f"L{x - s * 0.35:.0f},{top + d * 0.78:.0f} L{x - s:.0f},{top + d:.0f}Z"
            )
            canvas.draw(layer, path(cap, canvas.on("#fbfdff", depth * 0.6)))


def water(canvas: Canvas, layer: str, top: float, bottom: float, colour: str, *, glint_x: float | None = None) -> None:
    """A sheet of water with glints; ``glint_x`` is where sun or moon is mirrored."""
    w, rng, u = canvas.width, canvas.rng, canvas.unit
    fill = canvas.defs[layer].across(
        canvas.on(lighter(colour, 0.3), 0.35),
        canvas.on(colour),
        canvas.on(darker(colour, 0.2)),
        line=(0, top, 0, bottom),
    )
    canvas.draw(layer, f'<rect x="0" y="{top:.1f}" width="{w}" height="{bottom - top + 2:.1f}" fill="{fill}"/>')
    for _ in range(int(46 * w / 1280)):
        y = top + (bottom - top) * rng.uniform(0.03, 1) ** 1.3
        near = (y - top) / max(1.0, bottom - top)
        x, length = rng.uniform(0, w), u * (18 + 80 * near) * rng.uniform(0.5, 1)
        canvas.draw(
            layer,
            line(
                f"M{x:.0f},{y:.0f} q{length / 2:.0f},{-5 * u * (0.4 + near):.1f} {length:.0f},0",
                canvas.on("#ffffff"),
                (1 + 2 * near) * u,
                f'opacity="{0.2 + 0.2 * near:.2f}"',
            ),
        )
    if glint_x is not None:
        for step in range(14):
            y = top + (bottom - top) * (step + 0.5) / 14 * 0.8
            half = u * (14 + step * 5) * rng.uniform(0.6, 1.1)
            canvas.draw(
                layer,
                ellipse(
                    glint_x + rng.uniform(-12, 12) * u,
                    y,
                    half,
                    2.4 * u + step * 0.12,
                    canvas.light.sun,
                    f'opacity="{0.62 - step * 0.03:.2f}"',
                ),
            )


def path_way(canvas: Canvas, colour: str, *, from_x: float, to_x: float, top: float) -> None:
    """A winding path from the foreground up to the ground's edge."""
    h, w, u = canvas.height, canvas.width, canvas.unit
    lit = canvas.on(lighter(colour, 0.2))
    d = (
        f"M{from_x - 150 * u:.0f},{h + 10} C{from_x - 40 * u:.0f},{h * 0.9:.0f} "
        f"{w * 0.5 - 130 * u:.0f},{(h + top) / 2:.0f} {to_x - 11 * u:.0f},{top:.0f} "
        f"L{to_x + 11 * u:.0f},{top:.0f} C{w * 0.5 + 20 * u:.0f},{(h + top) / 2:.0f} "
        f"{from_x + 210 * u:.0f},{h * 0.9:.0f} {from_x + 170 * u:.0f},{h + 10}Z"
    )
    fill = canvas.defs["ground"].across(canvas.on(colour, 0.2), lit, line=(0, top, 0, h))
    canvas.draw("ground", path(d, fill, 'opacity="0.92"'))
