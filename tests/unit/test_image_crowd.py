"""A crowd: everybody is seen, nobody is cut off, feet are on the ground, and the same are there on each page."""

import random
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Mood, TimeOfDay
from services.image.canvas import Canvas
from services.image.crowd import FEWEST, spots
from services.image.layout import Placed, arrange
from services.image.light import light_of
from services.image.painter import place_of_scene
from services.image.places import PLACES
from services.image.scene import Figure, Look, Pose, Prop, Scene, Weather
from services.image.staging import fitted, floor_of, staging

SIZES = [(1280, 720), (720, 720), (720, 900), (720, 1280)]
CASTS = st.lists(
    st.builds(
        Figure,
        st.builds(
            Look, kind=st.just("cat"), body=st.sampled_from(("plush", "whole")), scale=st.sampled_from((0.7, 0.9, 1.1))
        ),
        st.sampled_from((Pose.STAND, Pose.HUG, Pose.RUN, Pose.SIT)),
    ),
    min_size=FEWEST,
    max_size=9,
)


def crowd_of(cast: tuple[Figure, ...], place: str, width: int, height: int, page: int, seed: int) -> Scene:
    floor = floor_of(width, height)
    one = staging(page, 9, seed, Mood.CALM, ordered=None, figures=len(cast))
    one = fitted(one, place, cast[0].pose, shows_all=True, floor=floor, is_crowd=True)
    return Scene(
        place=place, shot=one.shot, cast=cast, hero_x=one.hero_x, horizon=one.horizon, zoom=one.zoom, floor=floor
    )


def placed_of(scene: Scene, width: int, height: int) -> list[Placed]:
    light = light_of(TimeOfDay.DAY, Weather.CLEAR, Mood.CALM)
    canvas = Canvas(width, height, light, random.Random(1), horizon=scene.horizon * height)
    canvas.ground_top = lambda _x: (scene.horizon + 0.14 * scene.zoom) * height
    return arrange(scene, canvas)


def seen_of_face(one: Placed, nearer: list[Placed]) -> float:
    """The share of a face that nobody nearer covers with head or body."""
    radius = 0.24 * one.height
    points = [
        (one.x + radius * x / 5, one.y - 0.71 * one.height + radius * y / 5)
        for x in range(-5, 6)
        for y in range(-5, 6)
        if x * x + y * y <= 25
    ]
    clear = [
        (x, y)
        for x, y in points
        if not any(
            (x - other.x) ** 2 + (y - other.y + 0.71 * other.height) ** 2 < (0.27 * other.height) ** 2
            or (abs(x - other.x) < 0.2 * other.height and y > other.y - 0.5 * other.height)
            for other in nearer
        )
    ]
    return len(clear) / len(points)


@pytest.mark.parametrize(("width", "height"), SIZES)
@settings(max_examples=60, deadline=None)
@given(cast=CASTS, page=st.integers(1, 9), seed=st.integers(0, 2**32 - 1))
def test_every_face_of_a_crowd_is_seen_and_nobody_is_cut_off(
    width: int, height: int, cast: list[Figure], page: int, seed: int
) -> None:
    placed = placed_of(crowd_of(tuple(cast), "meadow", width, height, page, seed), width, height)
    assert len(placed) == len(cast)
    for number, one in enumerate(placed):
        assert seen_of_face(one, placed[number + 1 :]) > 0.5
        assert one.x - 0.32 * one.height >= 0.02 * width
        assert one.x + 0.32 * one.height <= 0.98 * width


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("place", sorted(set(PLACES) - {"space"}))
def test_both_rows_of_a_crowd_are_on_the_ground(place: str, width: int, height: int) -> None:
    cast = tuple(Figure(Look("cat", "plush", scale=0.9)) for _ in range(6))
    for page in (1, 2, 5):
        scene = crowd_of(cast, place, width, height, page, 8)
        whole, left, top = place_of_scene(scene, width, height)
        for one in arrange(scene, whole.window(left, top, width, height)):
            assert one.y >= whole.ground_top(one.x + left) - top


@given(CASTS)
def test_no_two_of_a_crowd_have_one_spot_and_the_hero_is_before_them(cast: list[Figure]) -> None:
    found = spots(cast)
    assert len(found) == len(cast)
    assert not found[0].is_farther
    assert all(abs(one.across - two.across) > 0.1 for one, two in combinations(found, 2))


def test_a_page_on_which_nobody_is_has_its_place_and_its_things() -> None:
    scene = replace(crowd_of((Figure(Look("cat", "plush")),), "city", 1280, 720, 2, 3), cast=())
    assert placed_of(scene, 1280, 720) == []
    rock = Prop("rock", "ground", 0.4)
    assert [one.what for one in placed_of(replace(scene, props=(rock,)), 1280, 720)] == [rock]
