"""How the pages of a film are staged: no two alike, wide at both ends, the ground under the feet."""

import random
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Mood, TimeOfDay
from services.image.canvas import Canvas
from services.image.layout import arrange
from services.image.light import light_of
from services.image.painter import place_of_scene
from services.image.places import PLACES
from services.image.scene import Figure, Look, Pose, Prop, Scene, Shot, Weather
from services.image.staging import Staging, fitted, floor_of, staging

SEEDS = st.integers(0, 2**32 - 1)
MOODS = st.lists(st.sampled_from(Mood), min_size=40, max_size=40)


def staged(page: int, count: int, seed: int, mood: Mood = Mood.CALM, figures: int = 1) -> Staging:
    return staging(page, count, seed, mood, ordered=None, figures=figures)


@given(seed=SEEDS, count=st.integers(3, 40), moods=MOODS)
def test_no_two_pages_of_a_film_have_the_same_composition(seed: int, count: int, moods: list[Mood]) -> None:
    pages = [staged(page, count, seed, moods[page - 1]) for page in range(1, count + 1)]
    for one, two in combinations(pages, 2):
        assert one.shot is not two.shot or abs(one.hero_x - two.hero_x) > 0.01 or abs(one.horizon - two.horizon) > 0.005


@given(seed=SEEDS, count=st.integers(4, 40))
def test_a_page_differs_from_the_next_in_its_shot(seed: int, count: int) -> None:
    pages = [staged(page, count, seed) for page in range(1, count + 1)]
    assert all(one.shot is not two.shot for one, two in pairwise(pages))


@given(seed=SEEDS, count=st.integers(6, 40))
def test_a_film_begins_and_ends_wide_and_comes_near_between(seed: int, count: int) -> None:
    shots = [staged(page, count, seed).shot for page in range(1, count + 1)]
    assert shots[0] is shots[-1] is Shot.WIDE
    assert {Shot.MEDIUM, Shot.CLOSE} <= set(shots[1:-1])


@given(seed=SEEDS, page=st.integers(2, 9))
def test_a_crowd_is_not_seen_close(seed: int, page: int) -> None:
    assert staged(page, 10, seed, figures=3).shot is not Shot.CLOSE


def test_words_of_the_page_choose_its_shot() -> None:
    assert staging(1, 6, 3, Mood.CALM, ordered=Shot.CLOSE, figures=1).shot is Shot.CLOSE


def scene_of(place: str, one: Staging, *looks: Look, pose: Pose = Pose.STAND, props: tuple[Prop, ...] = ()) -> Scene:
    return Scene(
        place=place,
        shot=one.shot,
        cast=tuple(Figure(look, pose) for look in looks),
        props=props,
        hero_x=one.hero_x,
        horizon=one.horizon,
        zoom=one.zoom,
        pan=one.pan,
        is_bust=one.is_bust,
        seed=5,
    )


SIZES = [(1280, 720), (720, 1280), (720, 900), (720, 720)]


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("place", sorted(set(PLACES) - {"space"}))
def test_the_ground_of_every_place_is_under_the_feet_in_every_shot(place: str, width: int, height: int) -> None:
    for page in range(1, 12):
        floor = floor_of(width, height)
        one = fitted(staged(page, 11, 8), place, Pose.STAND, shows_all=False, floor=floor)
        scene = replace(scene_of(place, one, Look("fox", "plush")), floor=floor)
        whole, left, top = place_of_scene(scene, width, height)
        hero = arrange(scene, whole.window(left, top, width, height))[0]
        assert hero.y >= whole.ground_top(hero.x + left) - top, (page, one)
        assert one.is_bust or hero.y <= min(floor, 0.875) * height, "feet are above the captions"


@pytest.mark.parametrize(("width", "height"), SIZES)
@settings(max_examples=60, deadline=None)
@given(
    seed=SEEDS,
    page=st.integers(1, 9),
    scales=st.lists(st.sampled_from((0.5, 0.8, 1.0, 1.3)), min_size=1, max_size=4),
    pose=st.sampled_from((Pose.STAND, Pose.HUG, Pose.SIT, Pose.RUN)),
    has_prop=st.booleans(),
)
def test_every_character_is_whole_within_the_picture_s_width_and_no_head_is_cut(
    width: int, height: int, seed: int, page: int, scales: list[float], pose: Pose, has_prop: bool
) -> None:
    looks = [Look("fox", "plush", scale=scale) for scale in scales]
    props = (Prop("rock", "ground", 0.4),) if has_prop else ()
    one = fitted(staged(page, 9, seed, figures=len(looks)), "meadow", pose, shows_all=len(looks) + len(props) > 2)
    canvas = Canvas(
        width, height, light_of(TimeOfDay.DAY, Weather.CLEAR, Mood.CALM), random.Random(1), horizon=one.horizon * height
    )
    placed = [
        item
        for item in arrange(scene_of("meadow", one, *looks, pose=pose, props=props), canvas)
        if isinstance(item.what, Figure)
    ]
    assert len(placed) == len(looks)
    for figure in placed:
        assert figure.x - 0.32 * figure.height >= 0.02 * width
        assert figure.x + 0.32 * figure.height <= 0.98 * width
        assert figure.y - 1.15 * figure.height >= 0.01 * height
