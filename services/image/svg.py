"""Small pieces of SVG that every drawing is made of."""

import re

from services.image.colour import darker, lighter

_OPACITY = re.compile(r"(?<![\w-])opacity=")


class Defs:
    """Gradients of one drawing; each is declared once and named after what it holds."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._made: dict[tuple[object, ...], str] = {}
        self._markup: list[str] = []

    def linear(self, *stops: str, angle: tuple[float, float, float, float] = (0, 0, 0, 1)) -> str:
        """A linear gradient over the shape's own box, as a ``fill`` value. Stops are evenly spaced colours."""
        x1, y1, x2, y2 = angle
        head = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
        return self._add("linearGradient", head, stops)

    def across(self, *stops: str, line: tuple[float, float, float, float]) -> str:
        """A linear gradient along a line in the drawing's own units: for strokes and joined parts."""
        x1, y1, x2, y2 = line
        head = f'gradientUnits="userSpaceOnUse" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
        return self._add("linearGradient", head, stops)

    def radial(self, *stops: str, centre: tuple[float, float] = (0.5, 0.5), radius: float = 0.5) -> str:
        """A radial gradient over the shape's own box. A stop may carry an opacity, as ``#rrggbb/0.4``."""
        return self._add("radialGradient", f'cx="{centre[0]:g}" cy="{centre[1]:g}" r="{radius:g}"', stops)

    def solid(self, colour: str) -> str:
        """The rounded look of a lit thing: light at the upper left, shade at the lower right."""
        return self.linear(lighter(colour, 0.22), colour, darker(colour, 0.24), angle=(0.2, 0, 0.8, 1))

    def markup(self) -> str:
        """The ``<defs>`` element."""
        return f"<defs>{''.join(self._markup)}</defs>"

    def _add(self, tag: str, head: str, stops: tuple[str, ...]) -> str:
        key = (tag, head, stops)
        if key not in self._made:
            name = f"{self._prefix}{len(self._made)}"
            last = max(1, len(stops) - 1)
            body = "".join(_stop(stop, number / last) for number, stop in enumerate(stops))
            self._markup.append(f'<{tag} id="{name}" {head}>{body}</{tag}>')
            self._made[key] = f"url(#{name})"
        return self._made[key]


def _stop(stop: str, offset: float) -> str:
    colour, _, opacity = stop.partition("/")
    shown = f' stop-opacity="{opacity}"' if opacity else ""
    return f'<stop offset="{offset:.3f}" stop-color="{colour}"{shown}/>'


def ellipse(x: float, y: float, rx: float, ry: float, fill: str, extra: str = "") -> str:
    """An ellipse around (x, y)."""
    return f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" fill="{fill}" {_filled(extra)}/>'


def circle(x: float, y: float, r: float, fill: str, extra: str = "") -> str:
    """A disc around (x, y)."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:.1f}" fill="{fill}" {_filled(extra)}/>'


def rect(x: float, y: float, width: float, height: float, fill: str, r: float = 0) -> str:
    """A rectangle with its upper left corner at (x, y) and corners of radius ``r``."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{r:.1f}" fill="{fill}"/>'


def path(d: str, fill: str, extra: str = "") -> str:
    """A filled outline."""
    return f'<path d="{d}" fill="{fill}" {_filled(extra)}/>'


def line(d: str, stroke: str, width: float, extra: str = "") -> str:
    """An open line with round ends."""
    return (
        f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width:.1f}" '
        f'stroke-linecap="round" stroke-linejoin="round" {_OPACITY.sub("stroke-opacity=", extra)}/>'
    )


def _filled(extra: str) -> str:
    """Of a shape that is only filled, the opacity of its fill: that of an element costs the rasteriser a layer."""
    return extra if "stroke" in extra else _OPACITY.sub("fill-opacity=", extra)


def group(content: str, transform: str = "", extra: str = "") -> str:
    """Elements moved together."""
    return f'<g transform="{transform}" {extra}>{content}</g>' if transform else f"<g {extra}>{content}</g>"


def document(content: str, box: tuple[float, float, float, float]) -> str:
    """A whole SVG drawing that shows ``box`` (x, y, width, height)."""
    x, y, width, height = box
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{x:g} {y:g} {width:g} {height:g}" width="{width:g}" height="{height:g}">{content}</svg>'
    )
