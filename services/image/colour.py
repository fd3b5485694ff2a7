"""Colours as ``#rrggbb``, and the few sums that a painter does with them."""

from functools import lru_cache


@lru_cache(4096)
def channels(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def from_channels(red: float, green: float, blue: float) -> str:
    """The nearest colour, each channel held to 0 to 255."""
    return "#" + "".join(f"{min(255, max(0, round(value))):02x}" for value in (red, green, blue))


@lru_cache(8192)
def mix(first: str, second: str, share: float) -> str:
    """``first`` with ``share`` (0 to 1) of it replaced by ``second``."""
    a, b = channels(first), channels(second)
    return from_channels(*(x + (y - x) * share for x, y in zip(a, b, strict=True)))


@lru_cache(8192)
def multiply(colour: str, light: str) -> str:
    """The colour under a coloured light; white light leaves it as it is."""
    a, b = channels(colour), channels(light)
    return from_channels(*(x * y / 255 for x, y in zip(a, b, strict=True)))


def lighter(colour: str, share: float = 0.25) -> str:
    """Towards white."""
    return mix(colour, "#ffffff", share)


def darker(colour: str, share: float = 0.22) -> str:
    """Towards a deep warm violet: a shadow that stays colourful."""
    return mix(colour, "#2a1036", share)


def luminance(colour: str) -> float:
    """Perceived brightness, 0 to 1 (ITU-R BT.709 weights)."""
    red, green, blue = channels(colour)
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
