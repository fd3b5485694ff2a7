"""Grammar of the story writer: inflection, articles, measure words, detection, understanding."""

import pytest

from services.story import chinese_nouns, chinese_topic, english_nouns, english_topic
from services.story.english_words import article, base, gerund, participle_phrase, past_phrase, plural, title_case
from services.story.language import detect
from services.story.topic import gist


@pytest.mark.parametrize(
    ("phrase", "past", "done"),
    [
        ("touch the moon", "touched the moon", "touched the moon"),
        ("see the sea", "saw the sea", "seen the sea"),
        ("fly", "flew", "flown"),
        ("bake bread and sing", "baked bread and sang", "baked bread and sung"),
        ("carry the lamp", "carried the lamp", "carried the lamp"),
        ("hug a bear", "hugged a bear", "hugged a bear"),
        ("play the drum", "played the drum", "played the drum"),
    ],
)
def test_verb_phrases_are_put_into_the_past(phrase: str, past: str, done: str) -> None:
    assert past_phrase(phrase) == past
    assert participle_phrase(phrase) == done


@pytest.mark.parametrize(
    ("form", "plain"),
    [
        ("finds", "find"),
        ("flies", "fly"),
        ("baking", "bake"),
        ("swimming", "swim"),
        ("touches", "touch"),
        ("learning", "learn"),
        ("becoming", "become"),
        ("saw", "see"),
        ("dancing", "dance"),
        ("building", "build"),
        ("skating", "skate"),
    ],
)
def test_the_base_form_of_a_verb_is_found(form: str, plain: str) -> None:
    assert base(form) == plain


@pytest.mark.parametrize(
    ("noun", "expected"), [("owl", "an"), ("fox", "a"), ("unicorn", "a"), ("hour", "an"), ("umbrella", "an")]
)
def test_articles_follow_the_sound(noun: str, expected: str) -> None:
    assert article(noun) == expected


def test_nouns_gerunds_and_titles() -> None:
    assert [plural(noun) for noun in ("fox", "pony", "cat", "monkey")] == ["foxes", "ponies", "cats", "monkeys"]
    assert [gerund(verb) for verb in ("sing", "bake", "swim")] == ["singing", "baking", "swimming"]
    assert title_case("Mia and the lost kite") == "Mia and the Lost Kite"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a fox and the moon", "en"),
        ("小狐狸和月亮", "zh"),
        ("Mia和月亮", "zh"),
        ("a story about 孔子 for kids", "en"),
        ("123", "en"),
        ("un renard", "en"),
    ],
)
def test_the_language_is_that_of_most_words(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("Please write me a short bedtime story about a fox.", "a fox"),
        ("Once upon a time there was a fox who sang. It rained.", "a fox who sang"),
        ("请给我讲一个关于小狐狸的故事", "小狐狸"),
        ("从前有一只狐狸。它很小。", "一只狐狸"),
        ("!!! a fox", "a fox"),
    ],
)
def test_the_gist_of_a_topic_is_what_it_is_about(topic: str, found: str) -> None:
    assert gist(topic) == found


@pytest.mark.parametrize(
    ("text", "noun", "name", "pronoun"),
    [
        ("a tiny red robot called Bolt", "robot", "Bolt", "he"),
        ("Mia the robot", "robot", "Mia", "she"),
        ("Mia", "girl", "Mia", "she"),
        ("Tom", "boy", "Tom", "he"),
        ("three little pigs", "pig", None, "they"),
        ("a teapot", "teapot", None, None),
        ("an old king", "king", None, "he"),
        ("an axolotl", "axolotl", None, None),
    ],
)
def test_an_english_role_is_read(text: str, noun: str, name: str | None, pronoun: str | None) -> None:
    role = english_nouns.role(text)
    assert (role.noun, role.name, role.pronoun) == (noun, name, pronoun)


@pytest.mark.parametrize(
    ("text", "noun", "name"),
    [
        ("一只叫豆豆的小狐狸", "狐狸", "豆豆"),
        ("小明", "男孩", "小明"),
        ("小狐狸阿橙", "狐狸", "阿橙"),
        ("三只小猪", "猪", None),
    ],
)
def test_a_chinese_role_is_read(text: str, noun: str, name: str | None) -> None:
    role = chinese_nouns.role(text)
    assert (role.noun, role.name) == (noun, name)


@pytest.mark.parametrize(
    ("text", "at", "realm"),
    [
        ("a snowy village", "in a snowy village", "snow"),
        ("forest", "in the forest", "land"),
        ("Paris", "in Paris", "town"),
        ("under the sea", "under the sea", "sea"),
        ("an island", "on an island", "land"),
        ("outer space", "in outer space", "space"),
    ],
)
def test_an_english_place_gets_its_preposition_and_article(text: str, at: str, realm: str) -> None:
    place = english_nouns.place(text)
    assert (place.at, place.realm) == (at, realm)


@pytest.mark.parametrize(
    ("text", "at", "realm"),
    [
        ("森林", "森林里", "land"),
        ("下雪的小村庄", "下雪的小村庄里", "snow"),
        ("在大海里", "大海里", "sea"),
        ("一座小岛", "小岛上", "land"),
    ],
)
def test_a_chinese_place_gets_its_side(text: str, at: str, realm: str) -> None:
    place = chinese_nouns.place(text)
    assert (place.at, place.realm) == (at, realm)


@pytest.mark.parametrize(
    ("topic", "do", "sort"),
    [
        ("a fox who wants to touch the moon", "touch the moon", "reach"),
        ("Max the elephant learns to swim", "swim", "skill"),
        ("Anna dreams of becoming an astronaut", "become an astronaut", "any"),
        ("a cat looking for her lost bell", "find her lost bell", "find"),
        ("a girl discovers a secret door in the library", "discover a secret door", "find"),
        ("a mouse who is afraid of thunder", "stop being afraid of thunder", "fear"),
        ("a lost penguin who wants to go home", "go home", "home"),
        ("The snail's big journey to the sea", "travel to the sea", "any"),
    ],
)
def test_the_wish_of_an_english_prompt_is_found(topic: str, do: str, sort: str) -> None:
    wish = english_topic.understand(topic).wish
    assert wish is not None
    assert wish.do == do
    assert sort in {wish.sort, "any"}


def test_what_was_sought_is_a_certain_one_once_it_is_found() -> None:
    wish = english_topic.understand("Mia and her dog Rex look for a lost kite").wish
    assert wish is not None
    assert (wish.do, wish.did) == ("find a lost kite", "found the lost kite")


@pytest.mark.parametrize(
    ("topic", "do", "did"),
    [
        ("一只想摸月亮的小狐狸", "摸月亮", "摸到了月亮"),
        ("小刺猬在森林里找朋友", "找朋友", "找到了朋友"),
        ("学游泳的大象", "游泳", "学会了游泳"),
        ("安安梦想当宇航员", "当宇航员", "当上了宇航员"),
        ("小企鹅想回家", "回家", "回到了家"),
    ],
)
def test_the_wish_of_a_chinese_prompt_is_found(topic: str, do: str, did: str) -> None:
    wish = chinese_topic.understand(topic).wish
    assert wish is not None
    assert (wish.do, wish.did) == (do, did)
