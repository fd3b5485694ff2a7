"""A painting in depth: the layers that a moving camera sees move apart, and the picture that they are together."""

import math
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from services.image.finish import encode, finish

REACH = 0.05
"""How far behind the edge of a nearer layer a layer is painted, as a share of the width. Further in, nobody sees it."""
_COARSE = 8
"""Pixels of a picture to one of the mask that says what is hidden."""
_ALL_OR_NOTHING = [0] * 255 + [255]


@dataclass(frozen=True)
class PaintedLayer:
    """What is seen at one depth, of the picture's size: PNG, RGBA, the farthest RGB. ``depth``: 0 at the cast, 1 at the
    sky.
    """

    png: bytes
    depth: float


@dataclass(frozen=True)
class Painted:
    """A picture as PNG, RGB, and its layers, farthest first, which laid over one another are that picture."""

    png: bytes
    layers: tuple[PaintedLayer, ...]


def painted(pictures: list[tuple[Image.Image, float]]) -> Painted:
    """The finished painting of layers, RGBA, with their depths, farthest first. The farthest covers all."""
    layers: list[tuple[Image.Image, float]] = []
    hidden = Image.new("L", pictures[0][0].size)
    for picture, depth in reversed(pictures):
        layer = finish(picture)
        layer.paste((0, 0, 0, 0), mask=hidden)
        hidden = ImageChops.lighter(hidden, _hidden_by(layer))
        layers.insert(0, (layer, depth))
    flat = layers[0][0].convert("RGB")
    for layer, _ in layers[1:]:
        flat.paste(layer, mask=layer)
    (farthest, depth), *nearer = layers
    shown = [(farthest.convert("RGB"), depth), *nearer]
    return Painted(encode(flat), tuple(PaintedLayer(encode(layer), depth) for layer, depth in shown))


def lay(picture: Image.Image, sprite: Image.Image, left: int, top: int) -> None:
    """Put a sprite, RGBA, over a picture, RGBA, as far as it is within it."""
    within = (
        max(0, -left),
        max(0, -top),
        min(sprite.width, picture.width - left),
        min(sprite.height, picture.height - top),
    )
    if within[0] < within[2] and within[1] < within[3]:
        picture.alpha_composite(sprite, (left + within[0], top + within[1]), within)


def _hidden_by(layer: Image.Image) -> Image.Image:
    """A mask of what nobody sees behind a layer, however the camera moves."""
    small = max(1, layer.width // _COARSE), max(1, layer.height // _COARSE)
    opaque = layer.getchannel("A").point(_ALL_OR_NOTHING).resize(small, Image.Resampling.BOX).point(_ALL_OR_NOTHING)
    reach = 1 + math.ceil(REACH * layer.width / _COARSE)
    return opaque.filter(ImageFilter.MinFilter(2 * reach + 1)).resize(layer.size, Image.Resampling.NEAREST)
