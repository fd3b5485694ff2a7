"""Another colour for a creature that is drawn whole: its main colour becomes the one that its description names."""

import colorsys

from PIL import Image

from services.image.colour import channels

_ALIKE = 0.07
"""Share of the colour circle within which two hues are called by the same name."""
_REACH = 0.12
"""Share of the colour circle, on each side, that belongs to the main hue: shades and reflexes of it."""
_LEAST = 0.25
"""Share of a creature that has the main colour; of a white one with a red tongue nothing is turned."""
_PALE = 0.22
"""Saturation below which a colour is white, grey or black, and its hue says nothing."""


def tinted(sprite: Image.Image, colour: str) -> Image.Image:
    """The sprite, RGBA, with its main hue turned to ``colour``; eyes, beak and feet keep theirs.

    A sprite of that colour already, or without any, is given back as it is.
    """
    import numpy as np  # noqa: PLC0415  few creatures are tinted

    hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in channels(colour)))
    hsv = np.asarray(sprite.convert("RGB").convert("HSV")).astype(np.float32) / 255
    alpha = np.asarray(sprite.getchannel("A"))
    coloured = (alpha > 128) & (hsv[..., 1] > _PALE) & (hsv[..., 2] > 0.2)
    if not coloured.any():
        return sprite
    counts, _ = np.histogram(hsv[..., 0][coloured], bins=36, range=(0, 1), weights=hsv[..., 1][coloured])
    around = 2 * counts + np.roll(counts, 1) + np.roll(counts, -1)
    main = (int(np.argmax(around)) + 0.5) / 36
    away = (hsv[..., 0] - main + 0.5) % 1 - 0.5
    if saturation >= _PALE and abs((hue - main + 0.5) % 1 - 0.5) < _ALIKE:
        return sprite
    body = coloured & (np.abs(away) < _REACH)
    if np.count_nonzero(body) < _LEAST * np.count_nonzero(alpha > 128):
        return sprite
    strength = float(np.median(hsv[..., 1][body])), float(np.median(hsv[..., 2][body]))
    hsv[..., 0] = np.where(body, (hue + 0.35 * away) % 1, hsv[..., 0])
    hsv[..., 1] = np.where(body, np.clip(hsv[..., 1] * saturation / strength[0], 0, 1), hsv[..., 1])
    hsv[..., 2] = np.where(body, np.clip(hsv[..., 2] * value / strength[1], 0, 1), hsv[..., 2])
    made = Image.fromarray((hsv * 255).round().astype(np.uint8), "HSV").convert("RGB")
    made.putalpha(sprite.getchannel("A"))
    return made
