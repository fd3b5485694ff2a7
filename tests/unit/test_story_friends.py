"""Whoever a prompt names as a friend is there from the first page on, and nobody meets them as a stranger."""

import re

import pytest

from schemas import AgeGroup, Language, Script, StoryRequested
from services.story.premise import Premise
from services.story.shapes import Given, shapes
from services.story.writer import VOICES, GrammarWriter

_STRANGERS = re.compile(
    "found a friend for life|found you as well|finding you was|joined forces|for one friend|like a friend,"
    "|considered each other|it happens that I am, too"
    "|交到了一辈子|还找到了你|找到你，更|从此.{1,4}结伴|换一个|互相打量|决定一起找"
)
"""Words of stories in which the friend is met on the way."""
AGES = (None, *AgeGroup)
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def story(topic: str, seed: int, age: AgeGroup | None = None, pages: int = 9) -> Script:
    return GrammarWriter().write(
        StoryRequested.model_validate({"task_id": 1, "topic": topic, "page_count": pages, "seed": seed, "age": age})
    )


def understood(topic: str) -> Premise:
    return VOICES["en" if topic.isascii() else "zh"].understand(topic)


NAMED = [
    ("a fox and his friend the owl look for a lost star", "fox", "owl", None, "find a lost star"),
    ("a rabbit and its friend the bear pick strawberries", "rabbit", "bear", None, "pick strawberries"),
    ("a bear and his best friend, a mouse, sail to an island", "bear", "mouse", None, "sail to an island"),
    ("Ben and his best friend Tom build a rocket", "boy", "boy", "Tom", "build a rocket"),
    ("Max the dog and his friend Lulu the cat find a bone", "dog", "cat", "Lulu", "find a bone"),
    ("Mia and her dog Rex go to the beach", "girl", "dog", "Rex", "go to the beach"),
    ("the bear who went fishing with his friend the fox", "bear", "fox", None, "go fishing"),
    ("a little girl goes to the zoo with her grandpa", "girl", "grandpa", None, "go to the zoo"),
    ("my sister and I make pancakes", "child", "sister", None, "make pancakes"),
    ("two best friends who find a treasure", "girl", "boy", None, "find a treasure"),
    ("小兔子和好朋友小熊去摘草莓", "兔子", "熊", None, "摘草莓"),
    ("小狐狸和它的朋友猫头鹰寻找丢失的星星", "狐狸", "猫头鹰", None, "寻找丢失的星星"),
    ("小熊和最好的朋友小老鼠坐船去小岛", "熊", "老鼠", None, "坐船去小岛"),
    ("明明和他的小狗旺财去海边", "男孩", "狗", "旺财", "去海边"),
    ("丽丽带着小狗毛毛去公园", "女孩", "狗", "毛毛", "去公园"),
    ("朵朵和妈妈一起做蛋糕", "女孩", "妈妈", None, "做蛋糕"),
    ("乐乐和弟弟堆雪人", "男孩", "弟弟", None, "堆雪人"),
    ("我和妹妹一起做煎饼", "孩子", "妹妹", None, "做煎饼"),
]


@pytest.mark.parametrize(("topic", "hero", "friend", "name", "do"), NAMED)
def test_a_friend_of_the_prompt_is_understood_as_one(
    topic: str, hero: str, friend: str, name: str | None, do: str
) -> None:
    premise = understood(topic)
    assert premise.hero is not None
    assert premise.companion is not None
    assert premise.wish is not None
    assert (premise.hero.noun, premise.companion.noun, premise.companion.name) == (hero, friend, name)
    assert premise.companion.adjectives in {"", "friend"}
    assert premise.wish.do == do
    assert premise.are_friends


@pytest.mark.parametrize("topic", ["Owl and Mouse are best friends", "小猫和小狗是好朋友"])
def test_two_who_are_friends_need_not_become_friends(topic: str) -> None:
    assert understood(topic).are_friends
    for seed in range(30):
        script = story(topic, seed)
        assert script.characters[1].name in script.pages[0].story


@pytest.mark.parametrize(("topic", "hero", "friend", "name", "do"), NAMED)
def test_a_friend_of_the_prompt_is_there_on_the_first_page(
    topic: str, hero: str, friend: str, name: str | None, do: str
) -> None:
    for seed in range(6):
        for age in AGES:
            script = story(topic, seed, age)
            one = script.characters[1]
            assert one.kind.removeprefix("小") == friend
            assert name in {None, one.name}
            assert one.name in script.pages[0].story


@pytest.mark.parametrize("topic", [topic for topic, *_ in NAMED])
def test_no_page_is_told_on_which_an_old_friend_would_be_met_anew(topic: str) -> None:
    for age in AGES:
        for seed in range(6):
            told = " ".join(page.story for page in story(topic, seed, age, pages=12).pages)
            assert not _STRANGERS.search(told), told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("age", AGES)
def test_where_a_friend_is_met_there_are_words_for_one_who_is_known(language: Language, age: AgeGroup | None) -> None:
    for shape in shapes(language, age).values():
        for beat in shape.beat:
            given = {what for page in beat.page for what in page.given}
            assert (Given.NEW_FRIEND in given) == (Given.OLD_FRIEND in given), (shape.name, beat.name)


def test_who_is_the_heros_own_is_told_as_such() -> None:
    for seed in range(6):
        assert "her dog Rex" in story("Mia and her dog Rex go to the beach", seed).pages[0].story
        assert "little brother Sam" in story("Lily and her little brother Sam bake a cake", seed).pages[0].story


def test_after_a_friend_was_named_the_hero_is_named_again() -> None:
    for seed in range(20):
        script = story("a fox and his friend the owl look for a lost star", seed)
        hero, friend = (figure.name for figure in script.characters[:2])
        _, _, rest = script.pages[0].story.partition(f"{friend}. ")
        first = next((word for word in rest.replace('"', " ").split() if word in {hero, "He", "he", friend}), hero)
        assert first == hero
