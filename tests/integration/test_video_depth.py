"""A page in depth, from its order to the encoded frames: near layers move more than far ones."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from schemas import FilmLayer, FilmPage
from tests.film_probe import frame_rgb
from tests.film_shoot import HEIGHT, WIDTH, Shoot


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def saved(shoot: Shoot, name: str, image: Image.Image) -> str:
    content = io.BytesIO()
    image.save(content, "PNG")
    return shoot.save(name, content.getvalue())


def page_in_depth(shoot: Shoot, *, is_deep: bool) -> FilmPage:
    """A red bar on grey, and below it, in the near layer, a blue one on dark ground."""
    sky, ground = Image.new("RGB", (WIDTH, HEIGHT), (200, 200, 200)), Image.new("RGBA", (WIDTH, HEIGHT))
    ImageDraw.Draw(sky).rectangle((150, 20, 170, 60), fill=(255, 0, 0))
    ImageDraw.Draw(ground).rectangle((0, 120, WIDTH, HEIGHT), fill=(30, 30, 30, 255))
    ImageDraw.Draw(ground).rectangle((150, 80, 170, 140), fill=(0, 0, 255, 255))
    flat = sky.copy()
    flat.paste(ground, mask=ground)
    far, near = saved(shoot, "far.png", sky), saved(shoot, "near.png", ground)
    layers = (FilmLayer(picture=far, depth=1), FilmLayer(picture=near, depth=0))
    return FilmPage(picture=saved(shoot, "flat.png", flat), clips=(shoot.clip("1", 3.0),), layers=layers * is_deep)


async def ways(shoot: Shoot, *, is_deep: bool) -> tuple[float, float]:
    """How far the red and the blue bar move in 2 seconds, in pixels: on the second page the camera pans."""
    first = FilmPage(picture=shoot.picture("a.png", colour=(90, 90, 90)), clips=(shoot.clip("0", 1.5),))
    film, path = await shoot.compose(shoot.request([first, page_in_depth(shoot, is_deep=is_deep)]))
    frames = [frame_rgb(path, film.duration_s - before_s).astype(int) for before_s in (2.8, 0.8)]
    red = [np.nonzero(frame[..., 0] - frame[..., 2] > 90)[1].mean() for frame in frames]
    blue = [np.nonzero(frame[..., 2] - frame[..., 0] > 90)[1].mean() for frame in frames]
    return abs(float(red[1] - red[0])), abs(float(blue[1] - blue[0]))


async def test_near_layers_move_more_than_far_ones(shoot: Shoot) -> None:
    far, near = await ways(shoot, is_deep=True)
    assert near > 5
    assert 0.4 * near < far < 0.6 * near


async def test_a_page_without_layers_moves_as_one(shoot: Shoot) -> None:
    far, near = await ways(shoot, is_deep=False)
    assert near > 5
    assert far == pytest.approx(near, abs=1)
