"""What parents ask for every evening: an outing, a first day at school, sleep."""

import re

import pytest

from schemas import AgeGroup, Language, Script, StoryRequested
from services.story import english_topic
from services.story.lexicon import table
from services.story.writer import VOICES, GrammarWriter

AGES = (None, *AgeGroup)


def story(topic: str, seed: int, age: AgeGroup | None = None, pages: int = 9, language: str | None = None) -> Script:
    asked = {"task_id": 1, "topic": topic, "page_count": pages, "seed": seed, "age": age, "language": language}
    return GrammarWriter().write(StoryRequested.model_validate(asked))


def times_of(script: Script) -> list[str]:
    drawn = {entry["drawn"]: name for name, entry in table(f"{script.language}/world.toml")["times"].items()}
    return [next(name for words, name in drawn.items() if words in page.image_prompt) for page in script.pages]


@pytest.mark.parametrize(
    ("topic", "do", "sort", "goal"),
    [
        ("Mia and her dog Rex go to the beach", "go to the beach", "outing", "the beach"),
        ("a fox who wants to go to the zoo", "go to the zoo", "outing", "the zoo"),
        ("the bear who went fishing with his friend the fox", "go fishing", "outing", None),
        ("two mice who go on a picnic", "go on a picnic", "outing", None),
        ("a fox who wants to go to the moon", "go to the moon", "reach", None),
        ("a snail who goes to the end of the world", "go to the end of the world", "reach", None),
        ("my brother's first day at school", "go to school", "first", "the school classroom"),
        ("first day of kindergarten", "go to kindergarten", "first", "the kindergarten classroom"),
        ("the first night alone", "stop being afraid of the first night alone", "fear", None),
        ("a rabbit who cannot fall asleep", "fall asleep", "sleep", None),
        ("an owl who learns to sleep at night", "fall asleep", "sleep", None),
        ("小熊想去动物园", "去动物园", "outing", "动物园"),
        ("小兔子和好朋友小熊去摘草莓", "摘草莓", "outing", None),
        ("和爸爸一起露营", "露营", "outing", None),
        ("小兔子想去月球", "去月球", "reach", None),
        ("乐乐第一天上幼儿园", "上幼儿园", "first", "幼儿园的教室"),
        ("小兔子不想睡觉", "睡着", "sleep", None),
        ("睡不着的小熊", "睡着", "sleep", None),
    ],
)
def test_what_happens_every_day_is_understood_as_that(topic: str, do: str, sort: str, goal: str | None) -> None:
    wish = VOICES["en" if topic.isascii() else "zh"].understand(topic).wish
    assert wish is not None
    assert (wish.do, wish.sort, wish.goal) == (do, sort, goal)


@pytest.mark.parametrize(("topic", "place"), [("Mia goes to the zoo", "in the zoo"), ("小熊去动物园", "在动物园里")])
def test_an_outing_takes_one_day_and_shows_where_it_goes(topic: str, place: str) -> None:
    order = list(table("en/world.toml")["times"])
    for seed in range(8):
        for age in AGES:
            for pages in (5, 9, 16):
                script = story(topic, seed, age, pages)
                hours = [order.index(time) for time in times_of(script)]
                assert hours == sorted(hours), [page.story for page in script.pages]
                assert hours[0] == order.index("morning")
                assert not re.search("next (?:day|morning)|第二天", " ".join(page.story for page in script.pages))
                assert sum(place in page.image_prompt for page in script.pages) >= 2


@pytest.mark.parametrize("topic", ["Leo's first day at school", "乐乐第一天上小学"])
def test_a_first_day_is_the_day_after_a_short_night(topic: str) -> None:
    for seed in range(8):
        for age in AGES:
            script = story(topic, seed, age)
            later = [
                page for page in script.pages if re.search("next (?:day|morning|evening)|第二天(?!就)", page.story)
            ]
            assert len(later) <= 1
            assert (
                sum(
                    re.search("in the school classroom|在学校的教室里", page.image_prompt) is not None
                    for page in script.pages
                )
                >= 3
            )


@pytest.mark.parametrize("topic", ["a bear who cannot sleep", "小兔子不想睡觉"])
def test_who_cannot_sleep_falls_asleep_in_the_night(topic: str) -> None:
    asleep = re.compile("fell asleep|asleep|睡着")
    for seed in range(8):
        for age in AGES:
            script = story(topic, seed, age)
            is_night = [time == "night" for time in times_of(script)]
            assert all(is_night[:-1])
            assert asleep.search(script.pages[-2].story)


@pytest.mark.parametrize(
    ("topic", "language", "told"),
    [
        ("a bear who cannot sleep", "zh", "睡着"),
        ("睡不着的小熊", "en", "asleep"),
        ("first day of kindergarten", "zh", "上幼儿园"),
        ("第一天上幼儿园", "en", "the first day of kindergarten"),
        ("a bear goes to the zoo", "zh", "动物园"),
        ("小熊去动物园", "en", "the zoo"),
    ],
)
def test_it_can_be_told_in_the_other_language(topic: str, language: Language, told: str) -> None:
    for seed in range(4):
        assert told in " ".join(page.story for page in story(topic, seed, None, 8, language).pages)


def test_who_is_something_and_does_something_does_it() -> None:
    premise = english_topic.understand("a hedgehog who is a postman and delivers letters in the rain")
    assert premise.hero is not None
    assert premise.wish is not None
    assert (premise.hero.trait, premise.wish.do, premise.wish.sort) == ("was a postman", "deliver letters", "work")


@pytest.mark.parametrize(
    ("topic", "made"), [("a bear who bakes a cake for his grandma", "a cake"), ("小猴子和小象一起造火箭", "火箭")]
)
def test_pictures_of_a_present_that_is_made_name_it(topic: str, made: str) -> None:
    prompts = [
        page.image_prompt
        for seed in range(12)
        for page in story(topic, seed).pages
        if "bow around" in page.image_prompt or "旁欢呼" in page.image_prompt
    ]
    assert prompts
    assert all(made in prompt for prompt in prompts)
