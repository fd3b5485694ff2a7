"""That a story is about what its prompt says: trades, questions, bodies, ages, and everybody who is named."""

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas import AgeGroup, Language, Script, StoryRequested
from services.story import chinese_topic, english_topic
from services.story.answers import answer_to
from services.story.lexicon import kinds, table
from services.story.plot import choose_shape
from services.story.prose import PROSE
from services.story.retelling import pages_of_topic
from services.story.shapes import shapes
from services.story.writer import VOICES, GrammarWriter

bounded = hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 10_000)
ages = st.sampled_from([None, *AgeGroup])
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def story(topic: str, seed: int, age: AgeGroup | None = None, pages: int = 6) -> Script:
    return GrammarWriter().write(
        StoryRequested.model_validate({"task_id": 1, "topic": topic, "page_count": pages, "seed": seed, "age": age})
    )


def text_of(script: Script) -> str:
    return " ".join(page.story for page in script.pages)


@bounded
@given(
    st.sampled_from(
        [
            ("a turtle who delivers letters", "letters"),
            ("a shy octopus plays the drums", "drums"),
            ("Zelda sells umbrellas", "umbrellas"),
            ("a dragon who loves to bake cakes", "cakes"),
            ("an elephant who paints", "paint"),
            ("a baker on the moon", "bread"),
            ("送信的乌龟", "信"),
            ("爱唱歌的仙人掌", "歌"),
            ("害羞的章鱼打鼓", "鼓"),
            ("云朵上的邮递员", "信"),
        ]
    ),
    seeds,
    ages,
)
def test_what_somebody_does_day_after_day_is_told_from_the_first_page_to_the_last_ones(
    asked: tuple[str, str], seed: int, age: AgeGroup | None
) -> None:
    topic, work = asked
    script = story(topic, seed, age)
    told = [number for number, page in enumerate(script.pages) if work in page.story]
    assert told, script
    assert told[0] == 0, script.pages[0].story
    assert told[-1] >= 4, text_of(script)


KNOWN = [
    ("why is the sky blue?", "天空为什么是蓝色的？"),
    ("Where does the rain come from?", "雨是从哪里来的？"),
    ("Why do stars twinkle", "星星为什么会眨眼睛？"),
    ("why is the sea salty?", "海水为什么是咸的？"),
    ("how do airplanes fly?", "飞机为什么会飞？"),
    ("What happened to the dinosaurs?", "恐龙是怎么消失的？"),
    ("why do leaves fall in autumn?", "秋天树叶为什么会落下来？"),
    ("how do fish breathe?", "鱼怎么在水里呼吸？"),
    ("Why does the moon change?", "月亮为什么会变圆？"),
    ("how do bees make honey?", "蜜蜂怎么酿蜜？"),
    ("why do cats purr?", "猫为什么会打呼噜？"),
    ("why does my dog wag his tail?", "小狗为什么摇尾巴？"),
    ("why do people yawn?", "人为什么会打哈欠？"),
    ("why do we get hiccups?", "为什么会打嗝？"),
    ("why do onions make us cry?", "切洋葱为什么会流眼泪？"),
    ("why do giraffes have long necks?", "长颈鹿的脖子为什么那么长？"),
    ("why do zebras have stripes?", "斑马为什么有条纹？"),
    ("why do my teeth fall out?", "为什么会掉牙？"),
    ("where does my shadow come from?", "影子是从哪里来的？"),
    ("why do flowers smell so good?", "花为什么这么香？"),
    ("why can't penguins fly?", "企鹅为什么不会飞？"),
]
OPEN = [
    "why do cats like boxes?",
    "what do clouds dream of?",
    "who invented the spoon?",
    "云会做梦吗？",
    "猫为什么喜欢纸箱子？",
]


@pytest.mark.parametrize(("english", "chinese"), KNOWN)
def test_one_question_has_one_answer_in_both_languages(english: str, chinese: str) -> None:
    found = answer_to(english, "en")
    assert found is not None
    assert found == answer_to(chinese, "zh")


@bounded
@given(st.sampled_from([one for pair in KNOWN for one in pair]), seeds, ages, st.sampled_from([3, 6, 12]))
def test_a_question_whose_answer_is_known_is_answered(topic: str, seed: int, age: AgeGroup | None, pages: int) -> None:
    script = story(topic, seed, age, pages)
    answer = answer_to(topic, script.language)
    assert answer is not None
    assert answer.words(script.language, age).rstrip(".。") in text_of(script)


@bounded
@given(st.sampled_from(OPEN), seeds, ages, st.sampled_from([3, 6, 12]))
def test_a_question_that_nobody_can_answer_stays_open_and_is_said_to(
    topic: str, seed: int, age: AgeGroup | None, pages: int
) -> None:
    told = text_of(story(topic, seed, age, pages))
    assert re.search(r"still do not know|还是不知道", told), told
    assert not re.search(
        r"[Nn]ow I see|found the answer|wrote the answer|the answer (?:in|into)|找到了答案|把答案", told
    ), told


@bounded
@given(st.sampled_from(["a fish", "a whale", "an octopus", "a snake", "小鱼", "鲸鱼", "蛇"]), seeds, ages)
def test_nobody_has_parts_that_their_kind_has_not(hero: str, seed: int, age: AgeGroup | None) -> None:
    script = story(hero, seed, age, 9)
    name = script.characters[0].name
    for sentence in re.split(r"(?<=[.!?。！？])", text_of(script)):
        if name in sentence and len(re.findall("|".join(one.name for one in script.characters), sentence)) == 1:
            assert not re.search(r"\bh(?:is|er) (?:hands?|knees|toes|fingers|shoulders)\b|双手|膝盖|脚趾", sentence), (
                sentence
            )


@bounded
@given(
    st.sampled_from(
        ["a grandmother", "an old man", "my mother", "a very old whale", "a firefighter", "奶奶", "老园丁"]
    ),
    seeds,
    ages,
)
def test_nobody_tells_a_grown_up_to_grow(hero: str, seed: int, age: AgeGroup | None) -> None:
    told = text_of(story(hero, seed, age))
    assert not re.search(r"[Tt]oo small|[Ww]hen you are bigger|so small|等你长大|太小[，。”]|这么小", told), told


@bounded
@given(
    st.sampled_from(
        [
            ("Lily, Max and their dog build a tree house", ["Lily", "Max", "dog"]),
            ("a princess and a frog swap places", ["princess", "frog"]),
            ("小明、小红和小狗一起找宝藏", ["小明", "小红", "小狗"]),
            ("爷爷和孙女种树", ["爷爷", "孙女"]),
        ]
    ),
    seeds,
    ages,
)
def test_everybody_of_the_prompt_is_there_from_the_first_page(
    asked: tuple[str, list[str]], seed: int, age: AgeGroup | None
) -> None:
    topic, named = asked
    script = story(topic, seed, age)
    for word in named:
        assert word in script.pages[0].story, script.pages[0].story
    listed = {one.description for one in script.characters}
    assert sum(look.lower() in script.pages[0].image_prompt.lower() for look in listed) >= len(named), script.pages[
        0
    ].image_prompt


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_shape_tells_more_than_a_fifth_of_the_stories_whose_prompt_leaves_it_open(language: Language) -> None:
    known = shapes(language)
    topics = (
        ["a fox", "a lonely whale", "a teapot that can sing"]
        if language == "en"
        else ["小狐狸", "会唱歌的茶壶", "海龟"]
    )
    module = english_topic if language == "en" else chinese_topic
    told = Counter(
        choose_shape(module.understand(topic), None, known, Random(f"{topic}/{seed}")).name
        for topic in topics
        for seed in range(200)
    )
    assert max(told.values()) <= 0.2 * sum(told.values()), told
    assert len(told) >= len(known) - 2, told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_for_one_sort_of_wish_is_in_a_shape_that_tells_it(language: Language) -> None:
    for shape in shapes(language).values():
        assert {page.of for beat in shape.beat for page in beat.page} - {None} <= set(shape.suits), shape.name


def test_every_kind_has_limbs_that_both_languages_name() -> None:
    limbs = table("lexicon.toml")["limbs"]
    for kind in kinds().values():
        assert kind.limbs in {"", *limbs}, kind.id
    for name, words in limbs.items():
        assert set(words["en"]) == set(words["zh"]) == set(limbs["hands"]["en"]), name


@pytest.mark.parametrize(
    ("text", "language", "pages"),
    [
        (
            "Two brothers find a baby dragon behind the garden shed. They must hide it from their mother. "
            "In the end she helps them to bring it home.",
            "en",
            6,
        ),
        (
            "从前有一只小青蛙住在井里。他以为天空只有井口那么大。一天，一只小鸟告诉他外面的世界很大。青蛙跳出了井，看到了大海。",
            "zh",
            6,
        ),
    ],
)
def test_a_short_text_is_cut_between_phrases(text: str, language: Language, pages: int) -> None:
    paging = pages_of_topic(text, language, pages)
    assert paging is not None
    assert len(paging.pages) == pages
    for page in paging.pages:
        assert PROSE[language].length(page) >= 3, paging.pages
        assert not re.search(r"\b(?:an?|the|their|of|baby)$|告诉$", page), paging.pages


@pytest.mark.parametrize(
    ("topic", "place"),
    [
        ("a quiet village by the sea", "a quiet village by the sea"),
        ("the old lighthouse on the rocky island", "the old lighthouse on the rocky island"),
        ("a cat in Rome", "Rome"),
        ("深山里的一座老寺庙", "深山里的老寺庙"),
        ("一条住在珊瑚礁里的小鱼想弹钢琴", "珊瑚礁"),
    ],
)
def test_a_place_is_where_it_is_set_and_nobody(topic: str, place: str) -> None:
    premise = (english_topic if topic.isascii() else chinese_topic).understand(topic)
    assert premise.place is not None
    assert premise.place.name == place
    assert premise.hero is None or premise.hero.kind is not None


WHO_IS_ASKED = [
    ("why do cats like boxes?", "cat", "know every stone|knew every stone|knew all the stones"),
    ("why do dogs dig holes", "dog", "knew every stone|knew all the stones"),
    ("猫为什么喜欢纸箱子？", "小猫", "块块都认得|翻石头"),
    ("狗为什么爱刨坑", "小狗", "块块都认得|翻石头"),
]


@pytest.mark.parametrize(("topic", "kind", "expert"), WHO_IS_ASKED)
def test_a_question_about_somebody_is_asked_of_such_a_one(topic: str, kind: str, expert: str) -> None:
    for seed in range(6):
        for age in (None, *AgeGroup):
            script = story(topic, seed, age, 9)
            asked = next(figure for figure in script.characters if figure.kind == kind)
            assert sum(asked.name in page.story for page in script.pages) == 1
            assert not re.search(expert, text_of(script))


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("why is Monday after Sunday?", "knew every stone|knew all the stones|expert"),
        ("星期一为什么在星期天后面？", "块块都认得|翻石头|专家"),
    ],
)
def test_who_is_asked_a_question_about_nobody_is_asked_for_a_reason(topic: str, reason: str) -> None:
    for seed in range(6):
        for age in (None, *AgeGroup):
            assert re.search(reason, text_of(story(topic, seed, age, 9)))


@pytest.mark.parametrize(
    ("topic", "is_welcome"),
    [
        ("the night the comet came", True),
        ("the day the circus came to town", True),
        ("the day it rained pancakes", True),
        ("the day the moon fell asleep", False),
        ("the night the stars came down", False),
        ("all the clocks stopped", False),
        ("彗星来了的那个晚上", True),
        ("玩具活过来的那个夜晚", True),
        ("天上下起糖果雨的那一天", True),
        ("星星掉下来的夜晚", False),
        ("月亮睡着的那一天", False),
        ("时间停住了", False),
    ],
)
def test_what_it_is_a_joy_to_see_is_not_put_right(topic: str, is_welcome: bool) -> None:
    upset = re.compile("all was well again|All was well|as it had been|Yesterday was better|一切都好|还是昨天好|变回了")
    wish = VOICES["en" if topic.isascii() else "zh"].understand(topic).wish
    assert wish is not None
    assert wish.is_welcome == is_welcome
    for seed in range(6):
        told = text_of(story(topic, seed, None, 11))
        assert (upset.search(told) is None) == is_welcome, told
