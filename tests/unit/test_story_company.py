"""Events, feelings, numbers of heroes and whoever comes along: what prompts name is what their stories tell."""

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas import AgeGroup, Language, Mood, Script, StoryRequested
from services.image.several import MOST, count_of
from services.story.plot import choose_shape
from services.story.premise import Premise
from services.story.shapes import Shape, shapes
from services.story.writer import VOICES, GrammarWriter

bounded = hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 10_000)
ages = st.sampled_from([None, *AgeGroup])


def story(topic: str, seed: int, age: AgeGroup | None = None, pages: int = 8) -> Script:
    return GrammarWriter().write(
        StoryRequested.model_validate({"task_id": 1, "topic": topic, "page_count": pages, "seed": seed, "age": age})
    )


def understood(topic: str) -> Premise:
    language: Language = "en" if topic.isascii() else "zh"
    return VOICES[language].understand(topic)


EVENTS = [
    ("the day the moon fell asleep", "the moon fell asleep", "event", "the moon"),
    ("the night the stars came down", "the stars came down", "night", "the stars"),
    ("The night the toys came alive", "the toys came alive", "night", "the toys"),
    ("the day it rained pancakes", "it rained pancakes", "event", "pancakes"),
    ("the winter the sea froze", "the sea froze", "event", "the sea"),
    ("the sun forgets to rise", "the sun forgot to rise", "event", "the sun"),
    ("all the clocks stopped", "all the clocks stopped", "event", "all the clocks"),
    ("the morning when nobody could stop laughing", "nobody could stop laughing", "event", None),
    ("月亮睡着的那一天", "月亮睡着了", "event", "月亮"),
    ("星星掉下来的夜晚", "星星掉下来了", "night", "星星"),
    ("玩具活过来的那个夜晚", "玩具活过来了", "night", "玩具"),
    ("天上下起糖果雨的那一天", "天上下起了糖果雨", "event", None),
    ("大海结冰的冬天", "大海结冰了", "event", "大海"),
    ("时间停住了", "时间停住了", "event", None),
    ("所有颜色都消失的那一天", "所有颜色都消失了", "event", None),
]


@pytest.mark.parametrize(("topic", "event", "sort", "thing"), EVENTS)
def test_a_prompt_that_tells_an_event_is_told_as_that_event(
    topic: str, event: str, sort: str, thing: str | None
) -> None:
    wish = understood(topic).wish
    assert wish is not None
    assert (wish.event, wish.sort) == (event, sort)
    assert thing is None or wish.thing == thing
    for seed in range(6):
        for age in (None, *AgeGroup):
            script = story(topic, seed, age)
            told = " ".join(page.story for page in script.pages).lower()
            assert event in told, told
            assert wish.the_day in told
            assert script.title.lower() == wish.the_day


@pytest.mark.parametrize("topic", [topic for topic, _, sort, _ in EVENTS if sort == "night"])
def test_what_happens_in_a_night_is_told_in_one_night_and_the_day_after(topic: str) -> None:
    for seed in range(8):
        pages = story(topic, seed, pages=9).pages
        is_night = ["at night" in page.image_prompt or "夜晚" in page.image_prompt for page in pages]
        assert is_night == [True] * sum(is_night) + [False] * (9 - sum(is_night))
        assert sum(is_night) >= 6


@pytest.mark.parametrize(
    ("topic", "noun", "do"),
    [
        ("the day my dog learned to fly", "dog", "fly"),
        ("the day I met a dragon", "child", "meet a dragon"),
        ("小狗学会飞的那一天", "狗", "飞"),
        ("我遇见恐龙的那一天", "孩子", "遇见恐龙"),
    ],
)
def test_the_day_of_somebodys_deed_is_about_whoever_did_it(topic: str, noun: str, do: str) -> None:
    premise = understood(topic)
    assert premise.hero is not None
    assert premise.wish is not None
    assert (premise.hero.noun, premise.wish.do) == (noun, do)


@pytest.mark.parametrize(
    "topic", ["a rainy afternoon at grandma's house", "下雨的下午在外婆家", "下雪的夜晚", "a snowy night"]
)
def test_a_time_alone_is_nobody_and_no_wish(topic: str) -> None:
    premise = understood(topic)
    assert (premise.hero, premise.wish) == (None, None)
    assert premise.weather is not None


@pytest.mark.parametrize(
    ("topic", "felt", "over"),
    [
        (
            "Pip the penguin is jealous of his baby brother",
            "was jealous of his baby brother",
            "was not jealous any more",
        ),
        ("a bus driver who hates Mondays", "hated Mondays", "did not hate Mondays any more"),
        ("two mice who are sad", "were sad", "were not sad any more"),
        ("小企鹅嫉妒刚出生的弟弟", "嫉妒刚出生的弟弟", "再也不嫉妒了"),
        ("不爱星期一的司机", "讨厌星期一", "再也不讨厌星期一了"),
    ],
)
def test_a_feeling_is_told_at_the_beginning_and_over_in_the_end(topic: str, felt: str, over: str) -> None:
    for seed in range(12):
        script = story(topic, seed)
        assert felt in script.pages[0].story.replace(" her ", " his "), script.pages[0].story
        later = [number for number, page in enumerate(script.pages) if over in page.story]
        assert len(later) == 1, script.pages
        assert later[0] >= 4


@bounded
@given(
    st.sampled_from(
        [
            ("Chloe, Sam and Theo go camping in the mountains", "Theo"),
            ("Lily, Max and their dog build a tree house", "dog"),
            ("a fox, a bear and a rabbit build a boat", "rabbit"),
            ("小美、小强和小杰去山里露营", "小杰"),
        ]
    ),
    seeds,
    ages,
)
def test_whoever_is_third_in_a_prompt_is_with_the_others_on_every_page(
    asked: tuple[str, str], seed: int, age: AgeGroup | None
) -> None:
    topic, third = asked
    script = story(topic, seed, age)
    friend = script.characters[1]
    one = next(figure for figure in script.characters[1:] if third in {figure.name, figure.kind})
    beside_friend = [page for page in script.pages if friend.description in page.image_prompt]
    assert len(beside_friend) >= 4
    assert all(one.description in page.image_prompt for page in beside_friend)
    assert any(one.name in page.story for page in script.pages[1:])
    lines = [
        line.replace("{Others}", one.name).replace("{others}", one.name)
        for mood in Mood
        for line in VOICES[script.language].company(mood)
    ]
    assert all(sum(line in page.story for page in script.pages) <= 1 for line in set(lines))


@pytest.mark.parametrize(
    ("topic", "count"),
    [
        ("three kittens who lost their mittens", 3),
        ("two brothers who build a raft", 2),
        ("three little pigs", 3),
        ("seven dwarfs who bake a cake", MOST),
        ("三只小猫弄丢了手套", 3),
        ("两兄弟一起造木筏", 2),
        ("七个小矮人烤生日蛋糕", MOST),
    ],
)
def test_a_number_of_heroes_is_told_and_given_to_the_pictures(topic: str, count: int) -> None:
    for seed in range(12):
        script = story(topic, seed)
        assert count_of(script.characters[0].description) == count
        assert all(script.characters[0].description.lower() in page.image_prompt.lower() for page in script.pages)


def shape_of(topic: str, seed: int) -> Shape:
    language: Language = "en" if topic.isascii() else "zh"
    premise = understood(topic)
    wish = premise.wish or GrammarWriter._trade(premise)
    return choose_shape(premise, wish, shapes(language), Random(f"{seed}/{topic}"))


@pytest.mark.parametrize("topic", ["a baker", "a turtle who delivers letters", "面包师", "送信的乌龟"])
def test_a_trade_is_often_a_calling_and_sometimes_another_story(topic: str) -> None:
    told = Counter(shape_of(topic, seed).name for seed in range(400))
    assert 0.35 <= told["calling"] / 400 <= 0.75
    assert len(told) >= 3
    assert min(told.values()) >= 0.02 * 400


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_prompt_that_leaves_the_story_open_may_become_any_shape(language: Language) -> None:
    topic = {"en": "a small fox", "zh": "一只小狐狸"}[language]
    told = Counter(shape_of(topic, seed).name for seed in range(1000))
    assert set(told) == set(shapes(language))
    assert min(told.values()) >= 0.02 * 1000


def test_what_is_the_heros_own_is_mine_where_they_say_it() -> None:
    for seed in range(20):
        for page in story("Zoe and her wobbly tooth", seed).pages:
            assert "I found her" not in page.story


@pytest.mark.parametrize(
    ("topic", "thing"),
    [("two sisters fighting over a swing", "the swing"), ("两姐妹抢秋千", "秋千"), ("哥哥弟弟抢玩具", "玩具")],
)
def test_what_two_quarrel_over_is_what_they_share(topic: str, thing: str) -> None:
    premise = understood(topic)
    assert premise.wish is not None
    assert premise.wish.thing == thing
    for seed in range(8):
        assert shape_of(topic, seed).name == "sharing"
        assert thing in " ".join(page.story for page in story(topic, seed).pages)


@pytest.mark.parametrize(
    ("topic", "hero", "do"),
    [
        ("a rainy camping trip with dad", "child", "go on a rainy camping trip"),
        ("Halloween in a haunted bakery", None, "celebrate Halloween"),
        ("Ravi and his grandmother celebrate Diwali", "boy", "celebrate Diwali"),
        ("my grandfather's old red bicycle", "child", "find out all about Grandfather's old red bicycle"),
        ("a boy who eats only noodles", "boy", "find the very best noodles"),
        ("the last dumpling on the plate", None, "find the last dumpling on the plate"),
        ("和爸爸一起下雨天露营", "孩子", "露营"),
        ("中秋节", None, "过中秋节"),
        ("爷爷的旧自行车", "孩子", "弄明白爷爷的旧自行车的秘密"),
        ("只吃面条的小男孩", "男孩", "找到最好吃的面条"),
        ("元宵节的兔子灯", None, "找到元宵节的兔子灯"),
        ("海边的冰淇淋车", "冰淇淋车", None),
        ("春节的烟花和怕响声的小狗", "狗", "不再害怕响声"),
    ],
)
def test_what_there_is_to_do_is_done_by_whoever_would_do_it(topic: str, hero: str | None, do: str | None) -> None:
    premise = understood(topic)
    assert (premise.hero and premise.hero.noun, premise.wish and premise.wish.do) == (hero, do)
