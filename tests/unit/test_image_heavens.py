"""What the words say of moon, sun and stars decides when a page plays and what its sky shows."""

import re

import pytest

from schemas import ImageRequested, TimeOfDay
from services.image.cues import Said
from services.image.heavenly import does, moon_face
from services.image.painter import place_of_scene
from services.image.scene import Expression, Figure, Look, Scene
from services.image.setting import time_of


def time(prompt: str, story: str = "", *, page: int = 2, kind: str = "fox") -> TimeOfDay:
    request = ImageRequested(task_id=1, page=page, page_count=6, prompt=prompt, story=story)
    return time_of(Said(prompt, story), story, request, "meadow", (Figure(Look(kind, "plush")),))


@pytest.mark.parametrize(
    ("story", "is_up"),
    [
        ("The moon fell asleep.", True),
        ("It was late, and all the little stars twinkled.", True),
        ("Finn looked up because the moon smiled at him.", True),
        ("月亮睡着了，星星们很着急。", True),
        ("小狐狸抬头一看，一轮圆圆的月亮挂在树梢上。", True),
        ("Finn wanted to touch the moon one day.", False),
        ("A book about the moon and the stars lay there.", False),
        ("Finn had a friend on the moon.", False),
        ('"The moon is far away," said the owl.', False),
        ("“月亮很远很远，”老猫头鹰说。", False),
        ("它最想做的，就是摸一摸月亮。", False),
        ("月亮上住着一只兔子。", False),
    ],
)
def test_it_is_told_what_moon_and_stars_do_from_what_is_said_of_them(story: str, is_up: bool) -> None:
    assert does(story) is is_up


@pytest.mark.parametrize(
    ("prompt", "story", "found"),
    [
        ("a fox on a hill; warm sunshine", "The moon fell asleep.", TimeOfDay.NIGHT),
        ("一只狐狸在山坡上；温暖的阳光", "月亮睡着了。", TimeOfDay.NIGHT),
        ("a fox on a hill at noon", "At noon the moon fell asleep.", TimeOfDay.DAY),
        ("three foxes cheer beside the stars on a hill in the morning", "That morning they cheered.", TimeOfDay.DAWN),
        ("a fox looks at the moon", "", TimeOfDay.NIGHT),
        ("a fox in a sunny valley at night; stars", "", TimeOfDay.NIGHT),
        ("a fox in a sunny valley", "", TimeOfDay.DAY),
        ("a fox on a hill", "The sun went down.", TimeOfDay.DUSK),
        ("a fox on a hill", "The sun rose over the hill.", TimeOfDay.DAWN),
        ("一只狐狸在山坡上", "太阳慢慢落下去，大家回家了。", TimeOfDay.DUSK),
        ("一只狐狸在山坡上", "太阳升得高高的，大家都出来了。", TimeOfDay.DAY),
        ("a fox on a hill", "When the stars came out, everybody sang.", TimeOfDay.NIGHT),
        ("a fox on a hill", "One day he found a map.", TimeOfDay.DAY),
        ("a fox on a hill", "The next day it was night at last.", TimeOfDay.NIGHT),
    ],
)
def test_the_sky_s_words_decide_when_a_page_plays(prompt: str, story: str, found: TimeOfDay) -> None:
    assert time(prompt, story) is found


def test_a_star_who_is_the_hero_makes_no_night() -> None:
    assert time("a small star in a meadow at noon", "The star jumped.", kind="star") is TimeOfDay.DAY
    assert time("a small cat in a meadow at noon", "The star jumped.", kind="cat") is TimeOfDay.NIGHT


@pytest.mark.parametrize(
    ("text", "face"),
    [
        ("The moon fell asleep.", Expression.ASLEEP),
        ("月亮睡着了。", Expression.ASLEEP),
        ("The round moon smiled down.", Expression.HAPPY),
        ("月亮伤心地哭了。", Expression.SAD),
        ("The moon rose.", None),
        ("The moon yawns and the stars twinkle over a sleepy village.", Expression.PLAIN),
        ("月亮打了个哈欠。", Expression.PLAIN),
        ("星星睡着了。", None),
        ("Finn fell asleep under the moon.", None),
    ],
)
def test_a_moon_that_does_what_people_do_has_a_face(text: str, face: Expression | None) -> None:
    assert moon_face(text) is face


@pytest.mark.parametrize("zoom", [1.0, 1.3, 1.7])
@pytest.mark.parametrize(("hero_x", "pan"), [(0.3, 0.15), (0.7, 0.85)])
def test_sun_and_moon_are_whole_in_the_picture_however_near_the_place_is(
    zoom: float, hero_x: float, pan: float
) -> None:
    scene = Scene(has_moon=True, hero_x=hero_x, pan=pan, zoom=zoom, horizon=0.5)
    canvas, left, top = place_of_scene(scene, 1280, 720)
    discs = [
        tuple(map(float, found))
        for found in re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)" r="([\d.]+)"', canvas.markup("sky"))
    ]
    whole = [r for x, y, r in discs if left + r <= x <= left + 1280 - r and top + r <= y <= top + 720 - r]
    assert {round(48 * zoom), round(58 * zoom)} <= {round(r) for r in whole}


@pytest.mark.parametrize(
    ("before", "prompt", "found"),
    [
        ("In the morning he set out.\nThat night the stars came out.", "a fox walks on", TimeOfDay.NIGHT),
        ("At sunset they met.", "a fox walks on", TimeOfDay.DUSK),
        ("早晨，它出发了。\n夜里很静。", "一只狐狸往前走", TimeOfDay.NIGHT),
        ("At night he slept.\nIn the morning he woke.", "a fox walks on", TimeOfDay.DAY),
        ("At night he slept.", "a fox walks on at noon", TimeOfDay.DAY),
        ("", "a fox walks on", TimeOfDay.DAY),
    ],
)
def test_a_page_that_says_nothing_of_the_time_is_as_late_as_the_one_before(
    before: str, prompt: str, found: TimeOfDay
) -> None:
    request = ImageRequested(task_id=1, page=3, page_count=6, prompt=prompt, told_before=before)
    assert time_of(Said(prompt, ""), "", request, "meadow", (Figure(Look("fox", "plush")),)) is found
