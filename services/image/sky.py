"""Skies: gradient, sun or moon with its glow, stars, clouds, rainbow."""

import math

from services.image.canvas import Canvas
from services.image.colour import lighter, mix
from services.image.heads import face
from services.image.scene import Scene, Weather
from services.image.svg import circle, ellipse, group, path


def draw_sky(canvas: Canvas, scene: Scene) -> None:
    """The whole sky of an open place."""
    light, rng = canvas.light, canvas.rng
    w, h, u = canvas.width, canvas.height, canvas.unit
    gradient = canvas.defs["air"].across(*light.sky, line=(0, 0, 0, canvas.horizon * 1.04))
    canvas.draw("air", f'<rect width="{w}" height="{h}" fill="{gradient}"/>')
    if light.stars > 0.02:
        _stars(canvas, light.stars)
    r = (118 if light.is_night and (scene.has_big_moon or scene.moon_face) else 62) * u
    if scene.moon_face:  # to be seen whole, however near the place is
        r /= scene.zoom
    height = 0.0 if light.is_night and scene.moon_face else canvas.horizon * light.sun_y * 0.9
    x, y = canvas.in_view(sun_x(scene) * w, height, 1.15 * r)
    if light.is_night and light.has_sun:
        _moon(canvas, x, y, r, scene)
    elif light.has_sun:
        _sun(canvas, x, y, scene)
    elif scene.weather is Weather.STORM:
        _lightning(canvas, w * rng.uniform(0.15, 0.85))
    if scene.has_rainbow:
        _rainbow(canvas)
    count = {Weather.CLEAR: 3, Weather.CLOUDY: 8, Weather.RAIN: 9, Weather.STORM: 10, Weather.SNOW: 6, Weather.WIND: 6}
    for number in range(count.get(scene.weather, 4)):
        cx = (number + rng.uniform(0.1, 0.9)) / count.get(scene.weather, 4) * w * 1.1 - 0.05 * w
        cy = canvas.horizon * rng.uniform(0.08, 0.62)
        if light.has_sun and abs(cx - x) < 170 * u and abs(cy - y) < 120 * u and scene.weather is Weather.CLEAR:
            cy = canvas.horizon * rng.uniform(0.66, 0.78)
        size = u * rng.uniform(60, 120) * (1.25 if not light.has_sun else 1) * (0.65 + 0.6 * (1 - cy / canvas.horizon))
        canvas.draw("sky", cloud(canvas, cx, cy, size, stretched=scene.weather is Weather.WIND))
    if scene.has_moon and not light.is_night:
        r = (70 / scene.zoom if scene.moon_face else 48) * u
        _moon(canvas, *canvas.in_view(0.0 if x > w / 2 else w, 0.0, 1.5 * r), r, scene)


def sun_x(scene: Scene) -> float:
    """Across the picture, on the side away from the hero: 0 to 1."""
    offset = (scene.seed % 97) / 97 * 0.08
    return 0.76 + offset if scene.hero_x <= 0.5 else 0.24 - offset


def _stars(canvas: Canvas, strength: float) -> None:
    rng, u = canvas.rng, canvas.unit
    count = int(150 * strength * canvas.width * canvas.horizon / (1280 * 440) / max(0.5, u * u))
    for _ in range(max(40, count)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, 1) ** 1.25 * canvas.horizon
        r = rng.choice((0.8, 1.0, 1.2, 1.6, 2.2)) * u
        canvas.draw("sky", circle(x, y, r, "#fff6d8", f'opacity="{rng.uniform(0.3, 1) * strength:.2f}"'))
    for _ in range(5):
        x, y, r = rng.uniform(0, canvas.width), rng.uniform(0, 0.6) * canvas.horizon, rng.uniform(5, 9) * u
        canvas.draw("sky", twinkle(x, y, r, f'opacity="{0.9 * strength:.2f}"'))


def twinkle(x: float, y: float, r: float, extra: str = "", fill: str = "#fffbe6") -> str:
    """A four-pointed star."""
    k = r * 0.16
    return path(
        f"M{x:.1f},{y - r:.1f} Q{x + k:.1f},{y - k:.1f} {x + r:.1f},{y:.1f} Q{x + k:.1f},{y + k:.1f} "
        f"{x:.1f},{y + r:.1f} "
        f"Q{x - k:.1f},{y + k:.1f} {x - r:.1f},{y:.1f} Q{x - k:.1f},{y - k:.1f} {x:.1f},{y - r:.1f}Z",
        fill,
        extra,
    )


def _glow(canvas: Canvas, x: float, y: float, radius: float, strength: float) -> None:
    glow = canvas.light.glow
    fill = canvas.defs["air"].radial(
        f"{glow}/{strength}", f"{glow}/{strength * 0.42:.2f}", f"{glow}/{strength * 0.1:.2f}", f"{glow}/0"
    )
    canvas.draw("air", circle(x, y, radius, fill))


def _sun(canvas: Canvas, x: float, y: float, scene: Scene) -> None:
    u, light = canvas.unit, canvas.light
    _glow(canvas, x, y, 430 * u, 0.85)
    if scene.weather in (Weather.CLEAR, Weather.WIND):
        turns = [math.radians(angle) for angle in range(7, 367, 30)]
        rays = " ".join(f"M{x:.0f},{y:.0f} {_ray(x, y, turn, 900 * u)}" for turn in turns)
        canvas.draw("sky", path(rays, light.glow, 'opacity="0.10"'))
    fill = canvas.defs["sky"].radial(
        "#ffffff", light.sun, mix(light.sun, light.glow, 0.7), centre=(0.42, 0.4), radius=0.62
    )
    canvas.draw("sky", circle(x, y, 58 * u, fill))


def _ray(x: float, y: float, turn: float, length: float) -> str:
    """The far edge of a ray of light from (x, y)."""
    return " ".join(
        f"L{x + length * math.cos(turn + half):.0f},{y + length * math.sin(turn + half):.0f}"
        for half in (-0.038, 0.038)
    )


def _moon(canvas: Canvas, x: float, y: float, r: float, scene: Scene) -> None:
    """The full moon; pale by day."""
    light = canvas.light
    if light.is_night:
        _glow(canvas, x, y, r * 3.1, 0.62)
    fill = canvas.defs["sky"].radial("#fffef4", "#fff3cc", "#f3d58c", centre=(0.38, 0.34), radius=0.72)
    spots = ((-0.34, -0.28, 0.17), (0.34, 0.24, 0.23), (0.14, -0.48, 0.09), (-0.28, 0.42, 0.11), (0.5, -0.18, 0.07))
    drawn = circle(x, y, r, fill) + "".join(
        circle(x + dx * r, y + dy * r, s * r, "#e4c479", 'opacity="0.5"') for dx, dy, s in spots
    )
    if scene.moon_face:
        drawn += group(face(scene.moon_face), f"translate({x:.1f} {y:.1f}) scale({r / 70:.3f})")
    canvas.draw("sky", drawn if light.is_night else group(drawn, extra='opacity="0.8"'))


def _rainbow(canvas: Canvas) -> None:
    w, h = canvas.width, canvas.horizon
    r = min(w * 0.5, h * 1.15)
    bands = ("#f2545b", "#f79a3e", "#fbe05a", "#67c77a", "#4aa3ea", "#8a6fe0")
    width = r * 0.035
    arcs = "".join(
        f'<circle cx="{w / 2:.0f}" cy="{h * 1.06:.0f}" r="{r - n * width:.1f}" fill="none" stroke="{colour}" '
        f'stroke-width="{width * 1.06:.1f}"/>'
        for n, colour in enumerate(bands)
    )
    canvas.draw("sky", group(arcs, extra='opacity="0.55"'))


def cloud(
    canvas: Canvas, x: float, y: float, size: float, *, stretched: bool = False, layer: str = "sky", shade: float = 0
) -> str:
    """A puffy cloud with a lit top and a flat foot; ``size`` is half its width."""
    rng, colour = canvas.rng, mix(canvas.light.cloud, canvas.light.sky[0], shade)
    fill = canvas.defs[layer].linear(lighter(colour, 0.35), colour, mix(colour, canvas.light.sky[1], 0.4))
    ry = 0.2 if stretched else 0.3
    parts = [ellipse(0, 0, size, size * ry, fill)]
    for place, rise, r in ((-0.45, 0.16, 0.34), (0.0, 0.3, 0.44), (0.42, 0.14, 0.32)):
        flat = 0.5 if stretched else 1.0
        parts.append(
            ellipse(
                (place + rng.uniform(-0.08, 0.08)) * size, -rise * size * flat, r * size, r * size * flat * 0.9, fill
            )
        )
    return group("".join(parts), f"translate({x:.1f} {y:.1f})", 'opacity="0.88"')


def _lightning(canvas: Canvas, x: float) -> None:
    h, u = canvas.horizon, canvas.unit
    bolt = (
        f"M{x:.0f},0 l{-30 * u:.0f},{h * 0.34:.0f} l{34 * u:.0f},{-8 * u:.0f} l{-40 * u:.0f},{h * 0.34:.0f} "
        f"l{92 * u:.0f},{-h * 0.42:.0f} l{-36 * u:.0f},{4 * u:.0f} l{30 * u:.0f},{-h * 0.3:.0f}Z"
    )
    _glow(canvas, x, h * 0.35, h * 0.6, 0.4)
    canvas.draw("sky", path(bolt, "#fff6c4", 'opacity="0.9"'))
