"""Films whose pictures move: what is seen of an animation, and when, measured in the finished film."""

from pathlib import Path

import numpy as np
import pytest

from schemas import FilmPage
from services.video.camera import View
from services.video.scenery import nearer
from talestream.errors import BadInput
from talestream.still_film import Still, still_film
from tests.film_probe import frame_rgb
from tests.film_shoot import Shoot

RED, GREEN = (81, 90, 240), (145, 54, 34)
"""Y, Cb, Cr."""
BLUE = (0, 0, 255)


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def animation(shoot: Shoot, name: str, *, width: int = 320, height: int = 180, fps: int = 12) -> str:
    """A second of red and half a second of green."""
    return shoot.save(name, still_film([Still(RED, fps), Still(GREEN, fps // 2)], width, height, fps))


def main_colour(path: Path, time_s: float) -> str:
    red, green, blue = frame_rgb(path, time_s).reshape(-1, 3).mean(axis=0)
    return max((float(red), "red"), (float(green), "green"), (float(blue), "blue"))[1]


@pytest.mark.parametrize(("width", "height", "fps"), [(320, 180, 24), (180, 320, 12), (642, 358, 30)])
async def test_an_animation_of_any_shape_and_rate_is_shown_at_its_own_speed_and_then_its_last_frame_stays(
    shoot: Shoot, width: int, height: int, fps: int
) -> None:
    moving = animation(shoot, "a.mp4", width=width, height=height, fps=fps)
    page = FilmPage(picture=shoot.picture("b.png", colour=BLUE), animation=moving)
    film, path = await shoot.compose(shoot.request([page]))
    assert film.duration_s == 3.0
    assert [main_colour(path, at) for at in (0.5, 0.9, 1.1, 1.4, 2.0, 2.5)] == ["red"] * 2 + ["green"] * 4


async def test_it_goes_on_under_the_cross_fade_to_the_next_page(shoot: Shoot) -> None:
    blue = shoot.picture("b.png", colour=BLUE)
    moving = animation(shoot, "a.mp4")
    pages = [FilmPage(picture=blue, animation=moving), FilmPage(picture=blue)]
    _, path = await shoot.compose(shoot.request(pages))
    red, green, blue_share = frame_rgb(path, 3.3).reshape(-1, 3).mean(axis=0)
    assert green > 60, "the former page's last frame shines through"
    assert blue_share > 60
    assert red < 60
    assert main_colour(path, 4.5) == "blue"


async def test_an_animation_that_cannot_be_read_is_named_by_its_page(shoot: Shoot) -> None:
    broken = shoot.save("a.mp4", b"no film at all" * 50)
    pages = [FilmPage(picture=shoot.picture("b.png")), FilmPage(picture=shoot.picture("c.png"), animation=broken)]
    with pytest.raises(BadInput, match="the animation of page 2 cannot be read"):
        await shoot.compose(shoot.request(pages))


def test_behind_its_end_the_camera_comes_nearer_by_and_by_and_not_without_limit() -> None:
    sizes = np.array([nearer(seconds / 4).size for seconds in range(400)])
    assert nearer(0) == View(0.0, 0.0, 1.0)
    assert np.all(np.diff(sizes) <= 0)
    assert 0.98 < sizes[4] < 1
    assert sizes[-1] == pytest.approx(1 / 1.15)
    view = nearer(5)
    assert view.left + view.size / 2 == pytest.approx(0.5)
