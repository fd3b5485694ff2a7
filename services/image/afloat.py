"""What is around those who are on open water: a boat's near side, and foam."""

from services.image.canvas import Canvas
from services.image.colour import darker, lighter
from services.image.svg import ellipse, group, line, path


def boat(canvas: Canvas, layer: str, x: float, y: float, size: float, colour: str = "#c9653f") -> None:
    """A rowing boat's near side, ``size`` wide, floating with its water line at (x, y)."""
    fill = canvas.defs[layer].linear(canvas.on(lighter(colour, 0.2)), canvas.on(darker(colour, 0.25)))
    hull = path(
        (
            f"M{-size / 2:.1f},{-size * 0.2:.1f} Q0,{-size * 0.1:.1f} {size / 2:.1f},{-size * 0.2:.1f} "
            f"Q{size * 0.42:.1f},{size * 0.06:.1f} {size * 0.26:.1f},{size * 0.06:.1f} H{-size * 0.26:.1f} "
            f"Q{-size * 0.42:.1f},{size * 0.06:.1f} {-size / 2:.1f},{-size * 0.2:.1f}Z"
        ),
        fill,
    )
    rim = line(
        f"M{-size / 2:.1f},{-size * 0.2:.1f} Q0,{-size * 0.1:.1f} {size / 2:.1f},{-size * 0.2:.1f}",
        canvas.on(lighter(colour, 0.45)),
        size * 0.03,
    )
    foam = line(
        (
            f"M{-size * 0.48:.1f},{size * 0.07:.1f} q{size * 0.12:.1f},{-size * 0.04:.1f} {size * 0.24:.1f},0 "
            f"t{size * 0.24:.1f},0 t{size * 0.24:.1f},0 t{size * 0.24:.1f},0"
        ),
        canvas.on("#ffffff"),
        size * 0.022,
        'opacity="0.8"',
    )
    canvas.draw(layer, group(hull + rim + foam, f"translate({x:.1f} {y:.1f})"))


def foam(canvas: Canvas, layer: str, x: float, y: float, size: float) -> None:
    """The water around somebody who swims, ``size`` wide, its surface at (x, y)."""
    water = canvas.on("#2b86c0")
    fill = canvas.defs[layer].radial(f"{water}/1", f"{water}/0.9", f"{water}/0")
    waves = "".join(
        line(
            f"M{-size * wide:.1f},{size * down:.1f} "
            + f"q{size * wide / 4:.1f},{-size * 0.05:.1f} {size * wide / 2:.1f},0 " * 4,
            canvas.on("#ffffff"),
            size * 0.022,
            f'opacity="{opacity}"',
        )
        for wide, down, opacity in ((0.42, -0.02, 0.85), (0.3, 0.05, 0.5))
    )
    canvas.draw(
        layer, group(ellipse(0, size * 0.05, size * 0.6, size * 0.13, fill) + waves, f"translate({x:.1f} {y:.1f})")
    )
