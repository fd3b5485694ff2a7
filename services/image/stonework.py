"""What is built of stone and stands for ages: columns, arches, bridges."""

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.svg import circle, ellipse, group, line, path, rect


def column(canvas: Canvas, layer: str, x: float, y: float, height: float, depth: float) -> None:
    """A broken column with its foot at (x, y)."""
    stone, w = "#d9d0bd", height * 0.2
    shaft = canvas.defs[layer].linear(
        canvas.on(lighter(stone, 0.3), depth),
        canvas.on(stone, depth),
        canvas.on(darker(stone, 0.3), depth),
        angle=(0, 0, 1, 0),
    )
    top = (
        f"L{-w * 0.42:.1f},{-height * 0.94:.1f} l{w * 0.3:.1f},{-height * 0.06:.1f} "
        f"l{w * 0.22:.1f},{height * 0.05:.1f} L{w * 0.42:.1f},{-height * 0.97:.1f}"
    )
    flutes = "".join(f"M{w * dx:.1f},{-height * 0.1:.1f} V{-height * 0.88:.1f} " for dx in (-0.24, 0.0, 0.24))
    parts = (
        path(f"M{-w * 0.46:.1f},{-height * 0.08:.1f} {top} L{w * 0.46:.1f},{-height * 0.08:.1f}Z", shaft)
        + line(flutes, canvas.on(darker(stone, 0.25), depth), w * 0.05, 'opacity="0.6"')
        + rect(-w * 0.62, -height * 0.09, w * 1.24, height * 0.09, shaft, w * 0.06)
    )
    canvas.draw(layer, group(parts, f"translate({x:.1f} {y:.1f})"))


def broken_arch(canvas: Canvas, layer: str, x: float, y: float, height: float) -> None:
    """Two pillars and what is left of the arch between them, with ivy; the ground at (x, y)."""
    stone, w = "#d3c9b4", height * 0.86
    fill = canvas.defs[layer].linear(
        canvas.on(lighter(stone, 0.25)), canvas.on(stone), canvas.on(darker(stone, 0.3)), angle=(0, 0, 1, 0.3)
    )
    joint = canvas.on(darker(stone, 0.35))
    outline = (
        f"M{-w / 2:.1f},0 V{-height * 0.62:.1f} Q{-w * 0.46:.1f},{-height:.1f} {-w * 0.02:.1f},{-height:.1f} "
        f"l{w * 0.06:.1f},{height * 0.09:.1f} l{w * 0.07:.1f},{-height * 0.03:.1f} "
        f"l{-w * 0.03:.1f},{height * 0.15:.1f} "
        f"Q{-w * 0.26:.1f},{-height * 0.8:.1f} {-w * 0.26:.1f},{-height * 0.56:.1f} V0Z "
        f"M{w * 0.26:.1f},0 V{-height * 0.5:.1f} l{w * 0.09:.1f},{-height * 0.08:.1f} "
        f"l{w * 0.06:.1f},{height * 0.05:.1f} l{w * 0.09:.1f},{-height * 0.03:.1f} V0Z"
    )
    courses = "".join(
        f"M{left * w:.1f},{-height * share:.1f} h{w * 0.24:.1f} "
        for left in (-0.5, 0.26)
        for share in (0.12, 0.24, 0.36, 0.48)
    )
    leaf = canvas.on("#5f9f56")
    ivy = "".join(
        circle(-w * 0.5 + w * dx, -height * dy, height * r, leaf)
        for dx, dy, r in (
            (0.02, 0.6, 0.05),
            (0.08, 0.72, 0.06),
            (0.04, 0.46, 0.04),
            (0.16, 0.82, 0.05),
            (0.02, 0.32, 0.035),
        )
    )
    shadow = ellipse(0, 0, w * 0.6, height * 0.04, canvas.light.shade, 'opacity="0.28"')
    canvas.draw(
        layer,
        group(
            shadow + path(outline, fill) + line(courses, joint, height * 0.008, 'opacity="0.6"') + ivy,
            f"translate({x:.1f} {y:.1f})",
        ),
    )


def stone_bridge(canvas: Canvas, layer: str, y: float, height: float, depth: float) -> None:
    """An arched bridge across the whole picture, the crown of its road at ``y``."""
    w, stone = canvas.width, "#c9bfae"
    fill = canvas.defs[layer].linear(canvas.on(lighter(stone, 0.2), depth), canvas.on(darker(stone, 0.15), depth))
    arches = "".join(
        f"M{left * w:.0f},{y + height:.0f} A{w * 0.1:.0f},{height * 0.72:.0f} 0 0 1 "
        f"{(left + 0.2) * w:.0f},{y + height:.0f}Z "
        for left in (0.08, 0.4, 0.72)
    )
    crown = f"M-10,{y + height * 0.3:.0f} Q{w / 2:.0f},{y - height * 0.3:.0f} {w + 10},{y + height * 0.3:.0f}"
    canvas.draw(
        layer,
        f'<path d="{crown} V{y + height:.0f} H-10Z {arches}" fill="{fill}" fill-rule="evenodd"/>',
        line(crown, canvas.on(darker(stone, 0.2), depth), height * 0.06),
    )
