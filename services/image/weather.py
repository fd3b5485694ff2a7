"""Weather and foreground: what falls or drifts in front of the cast, and the near edge of the ground."""

import math

from services.image import flora
from services.image.canvas import Canvas
from services.image.colour import lighter
from services.image.scene import Scene, Weather
from services.image.sky import twinkle
from services.image.svg import circle, ellipse, group, line, path

_GRASSY = frozenset({"meadow", "forest", "river", "mountain", "village", "castle", "farm", "garden"})
_LEAVES = ("#e8913f", "#d9623f", "#f2c14e", "#8fbf5a")


def draw_front(canvas: Canvas, scene: Scene) -> None:
    """The layer before the cast."""
    if scene.place in _GRASSY and not canvas.is_snowy:
        flora.grass(
            canvas, "front", canvas.height * 0.985, canvas.height * 1.03, "#4f9a4f", int(150 * canvas.width / 1280)
        )
    if scene.has_sparkles:
        _sparkles(canvas)
    if canvas.is_indoors or scene.place in ("underwater", "space", "moon"):
        return
    if scene.has_fireflies:
        _fireflies(canvas)
    match scene.weather:
        case Weather.RAIN | Weather.STORM:
            _rain(canvas, heavy=scene.weather is Weather.STORM)
        case Weather.SNOW:
            _snow(canvas)
        case Weather.FOG:
            _fog(canvas)
        case Weather.WIND:
            _wind(canvas)
        case _ if canvas.light.is_night and scene.place in _GRASSY and not scene.has_fireflies:
            _fireflies(canvas)


def _sparkles(canvas: Canvas) -> None:
    """Golden stars around the faces."""
    rng, u = canvas.rng, canvas.unit
    for x, y, r in canvas.faces:
        for number in range(7):
            angle, far = math.pi * (1.05 + 0.9 * number / 6) + rng.uniform(-0.1, 0.1), r * rng.uniform(1.75, 2.5)
            at = x + far * math.cos(angle), y + far * math.sin(angle)
            if canvas.is_clear(*at):
                canvas.draw("front", twinkle(*at, u * rng.uniform(9, 20), 'opacity="0.9"', "#ffe48a"))


def _rain(canvas: Canvas, *, heavy: bool) -> None:
    rng, u, w, h = canvas.rng, canvas.unit, canvas.width, canvas.height
    count = int((300 if heavy else 190) * w * h / 921600)
    for opacity, share in ((0.28, 0.6), (0.5, 0.4)):
        marks = []
        for _ in range(int(count * share)):
            x, y, length = rng.uniform(-40, w + 40), rng.uniform(-20, h), u * rng.uniform(16, 34)
            marks.append(f"M{x:.0f},{y:.0f}l{-length * (0.42 if heavy else 0.22):.1f},{length:.1f}")
        canvas.draw("front", line("".join(marks), lighter(canvas.light.haze, 0.6), 2.1 * u, f'opacity="{opacity}"'))
    for _ in range(16):
        x, y, r = rng.uniform(0, w), rng.uniform(0.86, 0.99) * h, u * rng.uniform(8, 18)
        canvas.draw(
            "front",
            (
                f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{r:.1f}" ry="{r * 0.3:.1f}" fill="none" stroke="#ffffff" '
                f'stroke-opacity="0.4" stroke-width="{1.6 * u:.1f}"/>'
            ),
        )


def _snow(canvas: Canvas) -> None:
    rng, u, w, h = canvas.rng, canvas.unit, canvas.width, canvas.height
    for _ in range(int(210 * w * h / 921600)):
        x, y, near = rng.uniform(0, w), rng.uniform(0, h), rng.random() ** 2.2
        if near < 0.3 or canvas.is_clear(x, y):
            canvas.draw("front", circle(x, y, u * (1.6 + 5.5 * near), "#ffffff", f'opacity="{0.92 - 0.45 * near:.2f}"'))


def _fog(canvas: Canvas) -> None:
    rng, w, h = canvas.rng, canvas.width, canvas.height
    haze = lighter(canvas.light.haze, 0.25)
    fill = canvas.defs["front"].radial(f"{haze}/0.55", f"{haze}/0.3", f"{haze}/0")
    for number in range(7):
        x, y = (number + rng.random()) / 7 * w, h * rng.choice((0.46, 0.56, 0.64, 0.93))
        canvas.draw("front", ellipse(x, y, w * rng.uniform(0.22, 0.36), h * rng.uniform(0.05, 0.09), fill))


def _wind(canvas: Canvas) -> None:
    rng, u, w, h = canvas.rng, canvas.unit, canvas.width, canvas.height
    for _ in range(6):
        x, y, length = rng.uniform(-0.1, 0.8) * w, rng.uniform(0.1, 0.6) * h, u * rng.uniform(150, 300)
        if not all(canvas.is_clear(x + length * share, y - 10 * u) for share in (0, 0.25, 0.5, 0.75, 1)):
            continue
        canvas.draw(
            "front",
            line(
                (
                    f"M{x:.0f},{y:.0f} q{length * 0.4:.0f},{-26 * u:.0f} {length * 0.75:.0f},0 "
                    f"q{length * 0.2:.0f},{22 * u:.0f} {length * 0.22:.0f},{-10 * u:.0f} q{-10 * u:.0f},{-22 * u:.0f} "
                    f"{-26 * u:.0f},{-4 * u:.0f}"
                ),
                "#ffffff",
                3.4 * u,
                'opacity="0.55"',
            ),
        )
    for _ in range(18):
        x, y, r = rng.uniform(0, w), rng.uniform(0.05, 0.9) * h, u * rng.uniform(7, 13)
        if not canvas.is_clear(x, y):
            continue
        leaf = path(
            f"M{-r:.1f},0 Q0,{-r * 0.8:.1f} {r:.1f},0 Q0,{r * 0.8:.1f} {-r:.1f},0Z", canvas.on(rng.choice(_LEAVES))
        )
        canvas.draw("front", group(leaf, f"translate({x:.0f} {y:.0f}) rotate({rng.uniform(0, 360):.0f})"))


def _fireflies(canvas: Canvas) -> None:
    rng, u, w, h = canvas.rng, canvas.unit, canvas.width, canvas.height
    halo = canvas.defs["front"].radial("#fff2a0/0.9", "#ffe98a/0.3", "#ffe98a/0")
    for _ in range(16):
        x, y, r = rng.uniform(0, w), rng.uniform(0.5, 0.95) * h, u * rng.uniform(8, 15)
        if canvas.is_clear(x, y):
            canvas.draw("front", circle(x, y, r, halo), circle(x, y, r * 0.2, "#fffbd6"))
