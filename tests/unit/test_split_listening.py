"""What is heard beside the narration, by the words that speak of it."""

import pytest

from schemas import Page, Sound
from services.split.listening import heard


def page(story: str, image_prompt: str = "a fox") -> Page:
    return Page(story=story, image_prompt=image_prompt)


@pytest.mark.parametrize(
    ("story", "sounds"),
    [
        ("It began to rain.", (Sound.RAIN,)),
        ("A rainbow stood over the town.", ()),
        ("She wound her scarf up and looked out of the window.", ()),
        ("Thunder rolled, and the rain came down.", (Sound.THUNDER, Sound.RAIN)),
        ("She pushed the heavy old door open.", (Sound.DOOR,)),
        ("He stood before a red door.", ()),
        ("Somebody knocked on the wood.", (Sound.DOOR,)),
        ("Soft footsteps came along the beach.", (Sound.FOOTSTEPS, Sound.WAVES)),
        ("The old bell rang twice.", (Sound.BELL,)),
        ("They sat around the campfire by the river.", (Sound.WATER, Sound.FIRE)),
        ("There was no wind, and without rain the garden was dry.", (Sound.BIRDS,)),
        ("At night the forest was dark.", (Sound.CRICKETS,)),
        ("A mouse counted its crumbs.", ()),
    ],
)
def test_english_words_are_heard(story: str, sounds: tuple[Sound, ...]) -> None:
    assert heard(page(story), "en") == sounds


@pytest.mark.parametrize(
    ("story", "sounds"),
    [
        ("天下雨了。", (Sound.RAIN,)),
        ("轰隆隆,打雷了,暴雨来了。", (Sound.THUNDER, Sound.RAIN)),
        ("小狐狸轻轻推开了木门。", (Sound.DOOR,)),
        ("忽然传来一阵脚步声。", (Sound.FOOTSTEPS,)),
        ("海浪拍打着沙滩。", (Sound.WAVES,)),
        ("夜里,森林静悄悄的。", (Sound.CRICKETS,)),
        ("这里没有风声。", ()),
        ("小老鼠数着面包屑。", ()),
    ],
)
def test_chinese_words_are_heard(story: str, sounds: tuple[Sound, ...]) -> None:
    assert heard(page(story, "一只狐狸"), "zh") == sounds


def test_the_picture_speaks_of_the_place_and_not_of_what_happens() -> None:
    assert heard(page("They went on.", "a fox at a creaking door by the sea, bells ringing"), "en") == (Sound.WAVES,)
    assert heard(page("他们继续走。", "a fox in the rain"), "zh") == (Sound.RAIN,)


def test_two_sounds_of_a_place_are_enough() -> None:
    told = page("Rain fell on the sea and the river, the wind blew, and birds sang.")
    assert heard(told, "en") == (Sound.RAIN, Sound.WAVES)
