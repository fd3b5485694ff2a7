"""Whom and what words name: verbs that look like animals, trades and their hats, colours, sizes, things without a
picture of their own.
"""

import io

import numpy as np
import pytest
from PIL import Image

from schemas import Character
from services.image.icons import own_drawings
from services.image.look import look_of
from services.image.naming import is_somebody, named_kinds
from services.image.rasteriser import rasterise
from services.image.scene import Look
from services.image.svg import document
from services.image.tint import tinted


def kinds_in(text: str) -> list[str]:
    return [kind for kind, _, _ in named_kinds(text)]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("the mouse ducks with a sheep while spoons rain down", ["mouse", "sheep"]),
        ("two dinosaurs with scarfs seals a letter", ["dinosaur"]),
        ("three ducks with hats", ["duck"]),
        ("the ducks and a seal", ["duck", "seal"]),
        ("a lamp and a teddy bear", []),
        ("golden shimmer and fireflies", []),
        ("一只狐狸和萤火虫", ["fox"]),
    ],
)
def test_somebody_is_named_by_a_noun(text: str, kinds: list[str]) -> None:
    assert kinds_in(text) == kinds


def test_a_teddy_bear_is_a_thing_unless_it_is_a_character() -> None:
    assert not is_somebody("teddy bear")
    assert is_somebody("fox")
    assert look("teddy bear", "a small brown teddy bear").kind == "teddy bear"


def look(kind: str, description: str, *, is_hero: bool = False, is_beside_large: bool = False) -> Look:
    asked = Character(name="A", kind=kind, description=description)
    return look_of(asked, "en", 1, None, is_hero=is_hero, is_beside_large=is_beside_large)[0]  # type: ignore[arg-type]


def worn(kind: str, description: str) -> dict[str, str]:
    return {one.item: one.colour for one in look(kind, description).accessories}


def test_a_trade_is_known_by_its_hat_whatever_else_is_worn() -> None:
    assert worn("firefighter", "a brave red-helmeted firefighter with a green bow tie")["fire helmet"] == "#e2474f"
    assert "fire helmet" in worn("消防员", "一位戴着红毛线帽的戴红头盔的消防员")
    assert "winter hat" not in worn("消防员", "一位戴着红毛线帽的戴红头盔的消防员")
    assert {"chef hat", "apron"} <= worn("baker", "a baker").keys()
    assert {"chef hat", "apron"} <= worn("厨师", "一位围着蓝围巾的穿白围裙的厨师").keys()


@pytest.mark.parametrize(
    ("kind", "description", "tint"),
    [
        ("octopus", "a small purple octopus with a green bow tie", "#8e68c9"),
        ("小鸟", "一只围着红围巾的蓝色的小鸟", "#4a86d8"),
        ("bird", "a small blue bird with a yellow raincoat", "#4a86d8"),
        ("bluebird", "a bluebird", "#4a86d8"),
        ("penguin", "a small black and white penguin", ""),
        ("小蜜蜂", "一只黄黑条纹的小蜜蜂", ""),
        ("bird", "a bird with a yellow scarf", ""),
    ],
)
def test_a_creature_drawn_whole_has_the_colour_of_its_description(kind: str, description: str, tint: str) -> None:
    assert look(kind, description).tint == tint


def test_a_yellow_duck_is_drawn_by_the_picture_of_one() -> None:
    assert look("duck", "a small yellow duck").icon == look("duckling", "").icon
    assert look("duck", "a small brown duck").icon == look("duck", "").icon


def test_a_tint_turns_the_main_colour_and_leaves_the_others() -> None:
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((230, 40, 60, 255), (0, 0, 40, 30))
    picture.paste((240, 200, 60, 255), (0, 30, 40, 36))
    picture.paste((255, 255, 255, 255), (0, 36, 40, 40))
    made = tinted(picture, "#4a86d8")
    red, green, blue, alpha = made.getpixel((5, 5))  # type: ignore[misc]
    assert blue > red + 60
    assert blue > green
    assert alpha == 255
    for y in (32, 38):
        before, after = np.array(picture.getpixel((5, y))), np.array(made.getpixel((5, y)))
        assert np.abs(before - after).max() <= 6
    picture.paste((250, 250, 252, 255), (0, 4, 40, 40))
    assert tinted(picture, "#4a86d8").getpixel((5, 2)) == (230, 40, 60, 255), "no more than a tongue"


def test_a_creature_of_that_colour_already_stays_as_it_is() -> None:
    picture = Image.new("RGBA", (20, 20), (230, 40, 60, 255))
    assert tinted(picture, "#e2474f").getpixel((5, 5)) == (230, 40, 60, 255), "red already"


def test_who_is_small_beside_somebody_large_is_drawn_smaller_than_alone() -> None:
    alone = look("snail", "a small brown snail", is_hero=True)
    beside = look("snail", "a small brown snail", is_hero=True, is_beside_large=True)
    whale = look("whale", "a big blue whale")
    assert whale.scale > 2 * beside.scale
    assert beside.scale < alone.scale


@pytest.mark.parametrize("name", sorted(own_drawings()))
def test_every_drawing_of_our_own_fills_its_box_and_stays_in_it(name: str) -> None:
    png = rasterise(document(own_drawings()[name], (-8, -8, 48, 48)), 96, 96)
    box = Image.open(io.BytesIO(png)).convert("RGBA").getchannel("A").point([0] * 40 + [255] * 216).getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert left >= 15
    assert top >= 15
    assert right <= 81
    assert 72 <= bottom <= 83
    assert right - left >= 28
