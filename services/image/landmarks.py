"""What a place is known by when a page names it: a lighthouse, a windmill."""

from collections.abc import Callable

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.scene import Scene
from services.image.svg import circle, ellipse, group, path, rect

_HIGH, _WIDE = 0.56, 0.62
"""The most that one may have of a picture's height, and of its width."""


def draw_landmark(canvas: Canvas, scene: Scene) -> None:
    """The landmark of the scene, at the side where the hero is not."""
    tower = LANDMARKS[scene.landmark]
    side = 0.85 if scene.hero_x < 0.5 else 0.15
    size = min(canvas.height * _HIGH, canvas.width * _WIDE)
    x = side * canvas.width
    y = canvas.ground_top(x) + 0.05 * canvas.height
    parts = tower(canvas, size)
    shade = ellipse(0, 0, size * 0.2, size * 0.03, canvas.on("#3c4a3c"), 'opacity="0.25"')
    canvas.draw("ground", group(shade + parts, f"translate({x:.1f} {y:.1f})"))
    canvas.taken.append((x - size * 0.22, x + size * 0.22))


def _is_lit(canvas: Canvas) -> bool:
    return canvas.light.is_night or canvas.light.stars > 0.1


def _lighthouse(canvas: Canvas, size: float) -> str:
    """A round tower in white and red, a gallery and a lamp; lit in the dark."""
    defs, is_lit = canvas.defs["ground"], _is_lit(canvas)

    def round_wall(colour: str) -> str:
        return defs.linear(
            canvas.on(lighter(colour, 0.15)), canvas.on(colour), canvas.on(darker(colour, 0.25)), angle=(0, 0, 1, 0)
        )

    white, red, iron = round_wall("#fbf4ea"), round_wall("#d9534f"), canvas.on("#5b5f78")
    foot, top, height = size * 0.13, size * 0.085, size * 0.76

    def band(start: float, end: float, fill: str) -> str:
        low, high = foot + (top - foot) * start, foot + (top - foot) * end
        return path(
            f"M{-low:.1f},{-height * start:.1f} L{-high:.1f},{-height * end:.1f} "
            f"L{high:.1f},{-height * end:.1f} L{low:.1f},{-height * start:.1f}Z",
            fill,
        )

    bands = [band(n / 5, (n + 1) / 5, red if n % 2 else white) for n in range(5)]
    windows = [
        rect(-size * 0.016, -height * at, size * 0.032, size * 0.05, "#ffdf83" if is_lit else canvas.on("#7fa9c9"), 4)
        for at in (0.42, 0.76)
    ]
    door = path(
        f"M{-size * 0.035:.1f},0 V{-size * 0.08:.1f} Q0,{-size * 0.13:.1f} {size * 0.035:.1f},{-size * 0.08:.1f} V0Z",
        canvas.on("#8a5a3c"),
    )
    glow = circle(0, -height - size * 0.07, size * 0.3, defs.radial("#ffe39a/0.8", "#ffe39a/0")) if is_lit else ""
    lamp = [
        rect(-size * 0.12, -height - size * 0.02, size * 0.24, size * 0.03, iron, 3),
        rect(
            -size * 0.065, -height - size * 0.12, size * 0.13, size * 0.1, "#fff0b0" if is_lit else canvas.on("#cfe6f2")
        ),
        rect(-size * 0.005, -height - size * 0.12, size * 0.01, size * 0.1, iron),
        path(
            f"M{-size * 0.09:.1f},{-height - size * 0.115:.1f} Q0,{-height - size * 0.25:.1f} "
            f"{size * 0.09:.1f},{-height - size * 0.115:.1f}Z",
            red,
        ),
        circle(0, -height - size * 0.2, size * 0.014, iron),
    ]
    return glow + "".join([*bands, *windows, door, *lamp])


def _windmill(canvas: Canvas, size: float) -> str:
    """A stone mill with a cap and four sails."""
    defs, is_lit = canvas.defs["ground"], _is_lit(canvas)
    wall = defs.linear(
        canvas.on("#fbf1e0"), canvas.on("#ecd9bd"), canvas.on(darker("#ecd9bd", 0.2)), angle=(0, 0, 1, 0)
    )
    cap, wood, sail = canvas.on("#a5563f"), canvas.on("#7a563d"), canvas.on("#fff8ea")
    foot, top, height = size * 0.17, size * 0.1, size * 0.56
    tower = path(
        f"M{-foot:.1f},0 L{-top:.1f},{-height:.1f} L{top:.1f},{-height:.1f} L{foot:.1f},0Z",
        wall,
    )
    roof = path(
        f"M{-top * 1.2:.1f},{-height:.1f} Q0,{-height - size * 0.22:.1f} {top * 1.2:.1f},{-height:.1f}Z",
        cap,
    )
    door = path(
        f"M{-size * 0.04:.1f},0 V{-size * 0.1:.1f} Q0,{-size * 0.15:.1f} {size * 0.04:.1f},{-size * 0.1:.1f} V0Z",
        wood,
    )
    window = circle(0, -height * 0.55, size * 0.03, "#ffdf83" if is_lit else canvas.on("#8fc4e6"))
    arm = rect(-size * 0.008, -size * 0.36, size * 0.016, size * 0.36, wood) + rect(
        size * 0.008, -size * 0.35, size * 0.075, size * 0.27, sail, 3
    )
    sails = "".join(group(arm, f"rotate({18 + 90 * turn})") for turn in range(4))
    hub = circle(0, 0, size * 0.022, wood)
    return tower + roof + door + window + group(sails + hub, f"translate(0 {-height - size * 0.04:.1f})")


LANDMARKS: dict[str, Callable[[Canvas, float], str]] = {"lighthouse": _lighthouse, "windmill": _windmill}
