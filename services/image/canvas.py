"""The canvas of one picture: its size, its light and its layers from the sky to the foreground."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from services.image.light import Light
from services.image.svg import Defs

LAYERS = ("air", "sky", "far", "mid", "ground", "front")
"""From the back to the front; what is in the ``air`` has no edges. The cast stands between ``ground`` and ``front``."""


@dataclass
class Canvas:
    """Where places draw. Lengths are pixels; ``unit`` is the length that is 1 pixel on a picture 720 high or wide."""

    width: int
    height: int
    light: Light
    rng: random.Random
    horizon: float
    """Where the sky ends, in pixels from the top."""
    layers: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in LAYERS})
    defs: dict[str, Defs] = field(default_factory=lambda: {name: Defs(name[0]) for name in LAYERS})
    ground_top: Callable[[float], float] = lambda _x: 0.0
    """The upper edge of the ground on which the cast stands, by x."""
    is_indoors: bool = False
    floor_is_water: bool = False
    is_snowy: bool = False
    """Snow lies on the land."""
    seen: tuple[float, float, float, float] | None = None
    """What the picture shows of it: left, top, width and height in pixels; None: all."""
    taken: list[tuple[float, float]] = field(default_factory=list)
    """Stretches of the ground, from x to x, where something large already stands."""

    faces: list[tuple[float, float, float]] = field(default_factory=list)
    """Faces as (x, y, radius), which nothing in the foreground may cover."""

    def window(self, left: float, top: float, width: int, height: int) -> "Canvas":
        """An empty canvas for what stands in a part of this place, in pixels from that part's upper left corner."""
        return Canvas(
            width,
            height,
            self.light,
            self.rng,
            horizon=self.horizon - top,
            ground_top=lambda x: self.ground_top(x + left) - top,
            is_indoors=self.is_indoors,
            floor_is_water=self.floor_is_water,
            is_snowy=self.is_snowy,
            taken=[(start - left, end - left) for start, end in self.taken],
            defs={name: Defs(f"w{name[0]}") for name in LAYERS},
        )

    def in_view(self, x: float, y: float, r: float) -> tuple[float, float]:
        """The place nearest to (x, y) at which a disc of radius ``r`` is seen whole."""
        left, top, width, height = self.seen or (0.0, 0.0, self.width, self.height)
        return min(max(x, left + r), left + width - r), min(max(y, top + r), top + height - r)

    def is_clear(self, x: float, y: float) -> bool:
        """Whether the foreground may have something at (x, y)."""
        return all((x - fx) ** 2 + (y - fy) ** 2 > r * r for fx, fy, r in self.faces)

    @property
    def unit(self) -> float:
        """Scale of details: 1 on a picture whose shorter side has 720 pixels."""
        return min(self.width, self.height) / 720

    def draw(self, layer: str, *markup: str) -> None:
        """Put drawings on a layer, over what is there."""
        self.layers[layer].extend(markup)

    def on(self, colour: str, depth: float = 0.0) -> str:
        """The colour as the scene's light and air show it."""
        return self.light.on(colour, depth)

    def markup(self, layer: str) -> str:
        """A layer as SVG elements."""
        return self.defs[layer].markup() + "".join(self.layers[layer])
