"""A child's own days, as parents and children type them: what such a prompt is about, and that its story tells it."""

import re

import pytest

from schemas import AgeGroup, Script, StoryRequested
from services.story.premise import Premise
from services.story.writer import VOICES, GrammarWriter

AGES = (None, *AgeGroup)


def story(topic: str, seed: int, age: AgeGroup | None = None, pages: int = 9) -> Script:
    return GrammarWriter().write(
        StoryRequested.model_validate({"task_id": 1, "topic": topic, "page_count": pages, "seed": seed, "age": age})
    )


def understood(topic: str) -> Premise:
    return VOICES["en" if topic.isascii() else "zh"].understand(topic)


@pytest.mark.parametrize(
    ("topic", "hero", "do", "sort"),
    [
        ("my mum's birthday", "child", "bake a birthday cake", "gift"),
        ("Grandpa's birthday surprise", "child", "prepare a birthday surprise", "gift"),
        ("Mia's birthday", "girl", "bake a birthday cake", "make"),
        ("bedtime for bunny", "bunny", "fall asleep", "sleep"),
        ("good night, little bear", "bear", "fall asleep", "sleep"),
        ("Anna starts school", "girl", "go to school", "first"),
        ("my cat Socks ran away", "child", "find the cat Socks", "lost"),
        ("our dog is missing", "child", "find the dog", "lost"),
        ("my baby sister won't stop crying", "child", "make his baby sister laugh", "skill"),
        ("new baby brother", "child", "make the new baby brother laugh", "skill"),
        ("a trip to the dentist", None, "stop being afraid of the dentist", "fear"),
        ("a girl who forgot her schoolbag", "girl", "find the lost schoolbag", "lost"),
        ("a boy whose balloon flew away", "boy", "find the lost balloon", "lost"),
        ("Lily finds a bird with a broken wing", "girl", "help the bird with a broken wing", "help"),
        ("a little digger who wants to be strong", "digger", "become strong", "any"),
        ("a bear who eats too much honey", "bear", "find the very best honey", "find"),
        ("a boy who learns how to make soup", "boy", "make soup", "skill"),
        ("奶奶的生日", "孩子", "做一个生日蛋糕", "gift"),
        ("妈妈的生日礼物", "孩子", "做一份生日礼物", "gift"),
        ("晚安，小熊", "熊", "睡着", "sleep"),
        ("我家的小狗不见了", "孩子", "找到小狗", "lost"),
        ("妹妹总是哭", "孩子", "逗妹妹笑", "skill"),
        ("多了一个小弟弟", "孩子", "逗小弟弟笑", "skill"),
        ("去看牙医", "孩子", "不再害怕牙医", "fear"),
        ("忘了带书包的小明", "男孩", "找到书包", "lost"),
        ("掉了第一颗牙", "孩子", "找到掉下来的那颗牙", "lost"),
        ("下雪天堆雪人", None, "堆雪人", "make"),
        ("萱萱捡到一只受伤的小鸟", "女孩", "帮助受伤的小鸟", "help"),
        ("公主和恐龙做邻居", "公主", "成为好邻居", "friend"),
        ("一只吃太多蜂蜜的熊", "熊", "找到最好吃的蜂蜜", "find"),
    ],
)
def test_a_childs_own_days_are_understood(topic: str, hero: str | None, do: str, sort: str) -> None:
    premise = understood(topic)
    assert premise.wish is not None
    assert (premise.hero and premise.hero.noun, premise.wish.do, premise.wish.sort) == (hero, do, sort)


@pytest.mark.parametrize(("topic", "who"), [("Grandma's birthday", "Grandma"), ("爷爷的生日", "爷爷")])
def test_a_present_is_for_whoever_has_the_birthday(topic: str, who: str) -> None:
    for seed in range(8):
        for age in AGES:
            script = story(topic, seed, age)
            assert who in script.pages[0].story
            assert who in {figure.name for figure in script.characters}
            assert not re.search("wise old|慈祥", " ".join(page.story for page in script.pages))


@pytest.mark.parametrize(
    ("topic", "told", "home"),
    [
        ("Leo loses his teddy at the supermarket", "had lost his teddy at the supermarket", "supermarket"),
        ("乐乐在超市弄丢了小熊", "在超市弄丢了小熊", "超市"),
    ],
)
def test_where_something_was_lost_is_told_and_is_no_home(topic: str, told: str, home: str) -> None:
    for seed in range(6):
        script = story(topic, seed)
        assert told in script.pages[0].story
        assert home not in script.place


@pytest.mark.parametrize(
    ("topic", "place"),
    [("in the attic", "in the attic"), ("under the bed", "under the bed"), ("阁楼上", "阁楼上"), ("床底下", "床底下")],
)
def test_a_place_alone_is_where_the_story_is_set(topic: str, place: str) -> None:
    premise = understood(topic)
    assert (premise.hero, premise.wish) == (None, None)
    assert premise.place is not None
    assert premise.place.at == place
    assert place in story(topic, 2).pages[0].story.lower()


def test_of_a_long_prompt_home_company_and_wish_are_told() -> None:
    topic = (
        "A very long story about a girl named Hana who lives above a noodle shop with her grandmother and wants to "
        "learn how to make the soup, but she always falls asleep before it is ready"
    )
    chinese = "住在面馆楼上的小女孩花花想跟奶奶学煮面，可是每次汤还没好她就睡着了"
    for seed in range(8):
        told = " ".join(page.story for page in story(topic, seed).pages).lower()
        assert all(words in told for words in ("hana", "above a noodle shop", "grandmother", "the soup"))
        told = " ".join(page.story for page in story(chinese, seed).pages)
        assert all(words in told for words in ("花花", "面馆楼上", "奶奶", "煮面"))


@pytest.mark.parametrize("topic", ["Ella and Jack fight over the red crayon", "姐姐和弟弟抢遥控器"])
def test_who_fights_over_a_thing_needs_no_map_to_it(topic: str) -> None:
    for seed in range(8):
        for age in AGES:
            script = story(topic, seed, age, 11)
            assert not re.search(r"\bmap\b|地图", " ".join(page.story for page in script.pages))
            assert script.characters[1].name in {"Jack", "弟弟"}


def test_what_is_the_heros_own_is_theirs_in_a_promise_and_in_the_end() -> None:
    for seed in range(30):
        for age in AGES:
            script = story("my baby sister won't stop crying", seed, age)
            told = " ".join(page.story for page in script.pages)
            assert not re.search(r"I (?:will|promise to|did)[^\"]*your baby sister", told)
            outside = re.sub(r'"[^"]*"', " ", told)
            assert len(set(re.findall(r"\b(his|her) baby sister", outside))) <= 1, outside


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_happens_on_the_way_with_a_friend_who_was_sent_away(language: str) -> None:
    topic = {"en": "two sisters fighting over a swing", "zh": "姐姐和弟弟抢秋千"}[language]
    refused = re.compile("What is shared|东西一分|“不行")
    for seed in range(8):
        script = story(topic, seed, None, 16)
        friend = script.characters[1].name
        no = next(number for number, page in enumerate(script.pages) if refused.search(page.story))
        back = next(n for n, page in enumerate(script.pages) if n > no and re.search("coughed|轻轻咳", page.story))
        assert not [page.story for page in script.pages[no + 1 : back] if friend in page.story]


@pytest.mark.parametrize(
    ("topic", "hero", "friend", "place", "do"),
    [
        ("dragon princess castle", "dragon", "princess", "in a castle", None),
        ("fox, kite", "fox", None, None, "find the kite"),
        ("公主，恐龙，城堡", "公主", "恐龙", "城堡里", None),
        ("恐龙 火车 蛋糕", "恐龙", None, None, "找到火车"),
        ("Oliver and his mum", "boy", "mum", None, None),
        ("my son Leo who loves trucks", "son", None, None, "find trucks"),
        ("我女儿甜甜和她的小猫", "女儿", "猫", None, None),
        ("a kitten and a duckling get lost in the woods", "kitten", "duckling", "in the woods", "find the way home"),
        ("小兔子和小熊迷路了", "兔子", "熊", None, "回家"),
    ],
)
def test_words_side_by_side_and_families_are_understood(
    topic: str, hero: str, friend: str | None, place: str | None, do: str | None
) -> None:
    premise = understood(topic)
    assert premise.hero is not None
    found = (
        premise.hero.noun,
        premise.companion and premise.companion.noun,
        premise.place and premise.place.at,
        premise.wish and premise.wish.do,
    )
    assert found == (hero, friend, place, do)


def test_a_story_that_is_asked_for_a_child_is_about_that_child() -> None:
    topic = "a story for my daughter Emma, she is 4 and loves unicorns and is starting preschool tomorrow"
    for seed in range(6):
        script = story(topic, seed, pages=5)
        assert (script.characters[0].name, script.characters[0].kind) == ("Emma", "girl")
        assert "the first day of preschool" in script.pages[0].story
        assert "morning" in script.pages[1].image_prompt


@pytest.mark.parametrize(
    ("topic", "kind"), [("my son Leo who loves trucks", "boy"), ("我女儿甜甜和她的小猫", "小女孩")]
)
def test_a_hero_is_called_what_others_would_call_them(topic: str, kind: str) -> None:
    assert story(topic, 1).characters[0].kind == kind
