"""The last touches that make a rendering a painting: warm light, vignette, paper grain; and the PNG."""

import io
import math
import random
import zlib
from functools import lru_cache

from PIL import Image, ImageChops, ImageFilter

_TILE = 256


@lru_cache(2)
def _grain(seed: int) -> Image.Image:
    """A tile of paper: fine noise over soft blotches, around 128."""
    rng = random.Random(seed)
    fine = Image.frombytes("L", (_TILE, _TILE), rng.randbytes(_TILE * _TILE))
    coarse = Image.frombytes("L", (32, 32), rng.randbytes(32 * 32)).resize((_TILE, _TILE), Image.Resampling.BICUBIC)
    return Image.blend(fine.filter(ImageFilter.BoxBlur(0.6)), coarse, 0.12)


@lru_cache(4)
def _paper(width: int, height: int) -> Image.Image:
    """Grain and vignette in one picture to multiply by."""
    tile = _grain(20).point([236 + round((value - 128) * 0.11) for value in range(256)])
    sheet = Image.new("L", (width, height))
    for x in range(0, width, _TILE):
        for y in range(0, height, _TILE):
            sheet.paste(tile, (x, y))
    small = Image.new("L", (64, 64))
    small.putdata([_falloff(x / 63 - 0.5, y / 63 - 0.5) for y in range(64) for x in range(64)])
    return Image.merge(
        "RGB", (ImageChops.multiply(sheet, small.resize((width, height), Image.Resampling.BICUBIC)),) * 3
    )


def _falloff(x: float, y: float) -> int:
    return round(255 * (1 - 0.22 * math.pow(min(1.0, (x * x + y * y) * 2), 1.6)))


def finish(picture: Image.Image) -> Image.Image:
    """The picture, RGB or RGBA, on paper. What is transparent stays so."""
    brightened = picture.convert("RGB").point([min(255, round(value * 255 / 230)) for value in range(256)] * 3)
    done = ImageChops.multiply(brightened, _paper(*picture.size))
    if picture.mode == "RGBA":
        done.putalpha(picture.getchannel("A"))
    return done


def encode(picture: Image.Image) -> bytes:
    """The picture as PNG, packed quickly: grain has no strings that could be found, empty parts have runs."""
    target = io.BytesIO()
    picture.save(target, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return target.getvalue()
