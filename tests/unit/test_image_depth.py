"""A painting's layers: laid over one another they are the picture, and nothing is missing behind an edge."""

import io
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from services.image.depth import REACH, Painted, lay, painted

SIZE = 320, 180


def picture_of(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def painting(seed: int) -> Painted:
    rng = random.Random(seed)
    sky = Image.new("RGBA", SIZE, (90, 160, 240, 255))
    hills, ground = Image.new("RGBA", SIZE), Image.new("RGBA", SIZE)
    ImageDraw.Draw(hills).ellipse((rng.randrange(-80, 80), 80, 360, 300), fill=(120, 190, 110, 255))
    for _ in range(12):
        x, y = rng.randrange(320), rng.randrange(180)
        ImageDraw.Draw(ground).ellipse((x, y, x + 30, y + 20), fill=(rng.randrange(256), 90, 80, rng.randrange(256)))
    ImageDraw.Draw(ground).rectangle((0, 110, 320, 180), fill=(70, 140, 60, 255))
    return painted([(sky, 1.0), (hills, 0.5), (ground, 0.0)])


@pytest.mark.parametrize("seed", range(6))
def test_the_layers_laid_over_one_another_are_the_picture(seed: int) -> None:
    made = painting(seed)
    farthest, *nearer = (picture_of(layer.png) for layer in made.layers)
    assert farthest.mode == "RGB"
    together = farthest.convert("RGBA")
    for layer in nearer:
        together.alpha_composite(layer)
    difference = np.abs(np.asarray(together.convert("RGB"), int) - np.asarray(picture_of(made.png), int))
    assert difference.max() <= 2


def test_a_layer_goes_on_behind_the_edge_of_a_nearer_one_and_is_empty_where_nobody_sees_it() -> None:
    made = painting(1)
    hills = np.asarray(picture_of(made.layers[1].png))[..., 3]
    assert (hills[110 : 110 + round(REACH * SIZE[0]), 140:180] == 255).all()
    assert (hills[-8:] == 0).all()
    assert (np.asarray(picture_of(made.layers[0].png))[-8:] == 0).all()


def test_layers_go_from_far_to_near_and_have_the_picture_s_size() -> None:
    made = painting(2)
    assert [layer.depth for layer in made.layers] == [1.0, 0.5, 0.0]
    assert {picture_of(layer.png).size for layer in made.layers} == {SIZE}


@pytest.mark.parametrize(("left", "top"), [(-5, -7), (15, 9), (-30, 0), (0, 40), (2, 3)])
def test_a_sprite_is_laid_as_far_as_it_is_within_the_picture(left: int, top: int) -> None:
    picture, sprite = Image.new("RGBA", (20, 12), (0, 0, 255, 255)), Image.new("RGBA", (9, 9), (255, 0, 0, 255))
    lay(picture, sprite, left, top)
    red = np.asarray(picture)[..., 0] == 255
    expected = np.zeros((12, 20), bool)
    expected[max(0, top) : max(0, top + 9), max(0, left) : max(0, left + 9)] = True
    assert (red == expected).all()
