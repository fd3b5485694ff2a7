"""Cutting a sheet into rectangles: all that is seen of it is in one of them, and nothing shines through a solid one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.video.picture import Plane
from services.video.tiling import Tile, tiles_of

WIDTH, HEIGHT = 480, 270
THINGS = st.lists(
    st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), st.integers(1, WIDTH), st.integers(1, HEIGHT)),
    max_size=6,
)


def sheet(*things: tuple[int, int, int, int]) -> Plane:
    """How much is seen through a sheet with opaque things, each of left, top, width and height."""
    through = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for left, top, width, height in things:
        through[top : top + height, left : left + width] = 0
    return through


def times_drawn(tiles: tuple[Tile, ...]) -> NDArray[np.int_]:
    drawn = np.zeros((HEIGHT, WIDTH), int)
    for tile in tiles:
        tile.area.of(drawn)[:] += 1
    return drawn


@given(THINGS)
def test_what_is_seen_is_drawn_once(things: list[tuple[int, int, int, int]]) -> None:
    through = sheet(*things)
    drawn = times_drawn(tiles_of(through))
    assert drawn.max() <= 1
    assert drawn[through < 255].all()


@given(THINGS)
def test_nothing_shines_through_a_solid_tile(things: list[tuple[int, int, int, int]]) -> None:
    through = sheet(*things)
    assert not any(tile.area.of(through).any() for tile in tiles_of(through) if tile.is_solid)


def test_the_ground_is_solid_and_the_sky_above_it_is_not_drawn() -> None:
    tiles = tiles_of(sheet((0, 150, WIDTH, 120), (200, 90, 30, 80)))
    assert sum(tile.is_solid for tile in tiles) == 1
    assert times_drawn(tuple(tile for tile in tiles if tile.is_solid)).mean() > 0.35
    assert not times_drawn(tiles)[:70].any()


def test_two_things_far_apart_are_drawn_apart() -> None:
    drawn = times_drawn(tiles_of(sheet((0, 0, 100, 250), (380, 0, 100, 250))))
    assert not drawn[:, 150:340].any()


@pytest.mark.parametrize(("through", "solid"), [(255, []), (0, [True]), (128, [False])])
def test_a_sheet_that_is_the_same_everywhere_is_one_tile_or_none(through: int, solid: list[bool]) -> None:
    assert [tile.is_solid for tile in tiles_of(np.full((HEIGHT, WIDTH), through, np.uint8))] == solid
