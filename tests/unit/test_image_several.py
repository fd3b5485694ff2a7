"""Characters that are several are drawn as that many; two lines of caption leave everybody's feet free."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import CaptionStyle, Mood, TimeOfDay
from services.image.canvas import Canvas
from services.image.layout import arrange
from services.image.light import light_of
from services.image.scene import Accessory, Figure, Look, Pose, Scene, Weather
from services.image.several import MOST, count_before, count_of, each_of
from services.image.staging import fitted, floor_of, staging
from services.image.words import split
from services.video.looks import LOOKS, SafeArea


@pytest.mark.parametrize(
    ("description", "count"),
    [
        ("three small ginger kittens with striped scarfs", 3),
        ("two small brothers with hats", 2),
        ("Two robots", 2),
        ("3 little pigs", 3),
        ("five ginger kittens", 5),
        ("twelve princes", MOST),
        ("四只小鸭子", 4),
        ("六只小企鹅", 6),
        ("seven small dwarfs", MOST),
        ("several ducks", 4),
        ("a small fox with two scarves", 1),
        ("an old bear", 1),
        ("三只小猫", 3),
        ("两个棕发的小女孩", 2),
        ("几只小鸭", 4),
        ("七个小矮人", MOST),
        ("一群小羊", 5),
        ("一只戴着三顶帽子的小猫", 1),
        ("", 1),
        ("0 foxes", 1),
    ],
)
def test_as_many_are_drawn_as_a_description_begins_with(description: str, count: int) -> None:
    assert count_of(description) == count


def test_each_of_several_wears_its_own_colour_unless_the_words_name_one() -> None:
    look = Look("cat", "plush", accessories=(Accessory("scarf", "#e2474f"),))
    own = [one.accessories[0].colour for one in each_of(look, "three kittens with scarfs", 3)]
    named = [one.accessories[0].colour for one in each_of(look, "three kittens with red scarfs", 3)]
    assert len(set(own)) == 3
    assert set(named) == {"#e2474f"}


@given(description=st.text(max_size=40))
def test_any_description_is_of_one_to_seven(description: str) -> None:
    assert 1 <= count_of(description) <= MOST


@pytest.mark.parametrize(
    ("text", "named", "count"),
    [
        ("five small yellow ducks on a pond", "ducks", 5),
        ("two dogs and a cat", "cat", 1),
        ("two dogs and cats", "cats", 1),
        ("a duck", "duck", 1),
        ("河里有五只黄色的鸭", "鸭", 5),
        ("三只鸭", "鸭", 3),
        ("五只小黄鸭", "鸭", 5),
        ("第三只鸭", "鸭", 1),
        ("一群羊", "羊", 5),
    ],
)
def test_a_number_before_whoever_a_prompt_names_is_drawn(text: str, named: str, count: int) -> None:
    words = split(text)
    assert count_before(words, words.index(named)) == count


SIZES = [(1280, 720), (1920, 1080), (1024, 768), (720, 720), (720, 900), (720, 1280)]


def caption_top(width: int, height: int, style: CaptionStyle) -> float:
    """Where two lines of caption begin, as a share of the height."""
    look = LOOKS[style]
    area = SafeArea.of(width, height, look)
    return 1 - area.bottom - 2 * look.line_height * look.size * min(width, height) / height


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("style", [CaptionStyle.PLAIN, CaptionStyle.BOXED, CaptionStyle.KARAOKE])
def test_nobody_stands_in_two_lines_of_caption(width: int, height: int, style: CaptionStyle) -> None:
    for page in range(1, 12):
        one = staging(page, 11, 8, Mood.CALM, ordered=None, figures=2)
        floor = floor_of(width, height)
        one = fitted(one, "meadow", Pose.JUMP, shows_all=True, floor=floor)
        cast = (Figure(Look("fox", "plush"), Pose.JUMP), Figure(Look("bear", "plush", scale=1.12), Pose.STAND))
        scene = Scene(shot=one.shot, cast=cast, hero_x=one.hero_x, horizon=one.horizon, zoom=one.zoom, floor=floor)
        canvas = Canvas(
            width,
            height,
            light_of(TimeOfDay.DAY, Weather.CLEAR, Mood.CALM),
            random.Random(1),
            horizon=one.horizon * height,
        )
        assert all(placed.y <= caption_top(width, height, style) * height for placed in arrange(scene, canvas))
