"""What figures wear, and their tails: pieces of SVG from data files, in the colours of the figure."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from services.image.colour import darker, lighter
from services.image.scene import Look
from services.image.svg import Defs

_DATA = Path(__file__).parent / "data"


@cache
def _wardrobe() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((_DATA / "wardrobe.toml").read_text(encoding="utf-8"))


@cache
def _tails() -> Mapping[str, str]:
    return tomllib.loads((_DATA / "tails.toml").read_text(encoding="utf-8"))


def worn(look: Look, layer: str, defs: Defs) -> str:
    """Everything that the look wears on this layer: behind_body, on_body, on_neck, in_front or over_head."""
    return "".join(
        _painted(_wardrobe()[accessory.item].get(layer, ""), accessory.colour, defs)
        for accessory in look.accessories
        if accessory.item in _wardrobe()
    )


def tail(look: Look, defs: Defs) -> str:
    """The tail of a look; nothing for a name that is no tail."""
    return _painted(_tails().get(look.tail, ""), look.coat, defs)


def items() -> frozenset[str]:
    """Everything that can be worn."""
    return frozenset(_wardrobe())


def _painted(art: str, colour: str, defs: Defs) -> str:
    if not art:
        return ""
    shade = darker(colour, 0.3)
    return art.format(
        colour=colour,
        dark=shade,
        light=lighter(colour, 0.5),
        solid=defs.solid(colour),
        dark_solid=defs.solid(darker(colour, 0.16)),
        straw=defs.solid("#efc978"),
        gold=defs.linear("#ffe27a", "#f0a92e"),
        glass=defs.radial("#ffffff/0", "#dff4ff/0.05", "#bfe6ff/0.38", "#ffffff/0.75"),
        rainbow=defs.linear("#ff9ad5", "#a98bf5", "#6fb4ff"),
        mane=defs.solid("#4a2f22"),
    )
