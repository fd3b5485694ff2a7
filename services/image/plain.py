"""The provider ``plain``: grounds for a film of words, in the colours of the mood, with soft light and paper's grain.

It draws nothing of what a page tells. With captions as cards the words stand in the middle of each page.
"""

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from schemas import ImageRequested, Mood, Seed
from services.image.colour import channels, mix
from services.image.providers import Drawn, Progress
from talestream.cancellation import check_cancelled
from talestream.made_by import OURS
from talestream.needs import need

if TYPE_CHECKING:
    from PIL import Image

_DATA = Path(__file__).parent / "data" / "plain.toml"
SMALL = 96
"""The longer side, in pixels, at which the ground is drawn before it is made large: all of it is soft."""
LIGHTS = 5
LIGHT_SIZES = (0.1, 0.34)
"""Of the lights, as their radius in lengths of the longer side."""
LIGHT_OPACITY = (0.1, 0.3)
SOFTNESS = 0.035
"""Of their edges, in lengths of the longer side."""


class Plain:
    """Draws grounds. Equal requests give equal bytes; a film keeps to one palette of each mood."""

    name = "plain"
    model = "plain"

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """See :class:`services.image.providers.Illustrator`."""
        from PIL import Image  # noqa: PLC0415  Pillow takes its time to import

        from services.image.finish import encode, finish  # noqa: PLC0415

        check_cancelled()
        ground = _ground(palette_of(request.mood, request.seed), request)
        progress(0.3, "ground")
        large = ground.resize((request.width, request.height), Image.Resampling.BICUBIC)
        check_cancelled()
        return Drawn(encode(finish(large)), self.model, request.seed, revision=OURS)


def palette_of(mood: Mood, seed: Seed) -> tuple[str, ...]:
    """The colours of a mood in films of that seed: two of the ground, two of its light."""
    palettes = _table()[mood.value]["palettes"]
    return tuple(random.Random(f"palette {seed}").choice(palettes))


@cache
def _table() -> dict[str, dict[str, list[list[str]]]]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


def _ground(palette: tuple[str, ...], request: ImageRequested) -> "Image.Image":
    """The ground, small: a slanting run of colours, and lights that fade out."""
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415

    top, foot, glow, shine = palette
    hand = random.Random(f"plain {request.seed} {request.page} {request.prompt}")
    longer = max(request.width, request.height)
    width, height = (max(8, round(side * SMALL / longer)) for side in (request.width, request.height))
    slant = hand.uniform(-0.35, 0.35)
    ground = Image.new("RGB", (width, height))
    ground.putdata(
        [
            channels(mix(top, foot, round(_clamped(y / height + slant * (x / width - 0.5)), 3)))
            for y in range(height)
            for x in range(width)
        ]
    )
    for number in range(LIGHTS):
        mask, radius = Image.new("L", (width, height)), hand.uniform(*LIGHT_SIZES) * SMALL
        x, y = hand.uniform(0, width), hand.uniform(0, height)
        opacity = round(255 * hand.uniform(*LIGHT_OPACITY))
        ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), fill=opacity)
        soft = mask.filter(ImageFilter.GaussianBlur(SOFTNESS * SMALL))
        ground.paste(Image.new("RGB", (width, height), shine if number == 0 else glow), mask=soft)
    return ground


def _clamped(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def plain() -> Plain:
    """The provider ``plain`` of the image stage."""
    need("embedded", "PIL")
    return Plain()
