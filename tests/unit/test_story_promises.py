"""What every made-up story keeps to, whatever the prompt, the seed, the length and the age."""

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas import AgeGroup, Language, Mood, Script, StoryRequested
from services.story.blanks import blanks
from services.story.english_words import article
from services.story.lexicon import table
from services.story.shapes import Shape, episodes, shapes, theme_pages
from services.story.writer import GrammarWriter

bounded = hypothesis_settings(max_examples=45, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LANGUAGES: tuple[Language, ...] = ("en", "zh")
TOLD_APART = (AgeGroup.SMALL, AgeGroup.LARGE)
AGES = (None, *AgeGroup)

KINDS = ["fox", "rabbit", "girl", "boy", "robot", "whale", "owl", "dragon", "princess", "teapot", "elephant"]
ADJECTIVES = ["brave", "shy", "tiny", "orange", "lonely", "very old", "unusual"]
WISHES = [
    "wants to touch the moon",
    "wants to bake a cake",
    "cannot swim",
    "is afraid of thunder",
    "helps a lost bee",
    "looks for a golden key",
    "wants to find a friend",
    "bakes cakes",
    "dreams of flying",
    "broke the window",
    "wants to go home",
    "can talk to animals",
    "keeps a promise",
    "wants to win the race",
]
PLACES = ["", " in Paris", " in a snowy village", " under the sea", " on Mars", " on a stormy night"]
HAN_KINDS = ["狐狸", "兔子", "小女孩", "机器人", "鲸鱼", "猫头鹰", "小龙", "公主", "茶壶", "大象", "山羊"]
HAN_ADJECTIVES = ["勇敢的", "害羞的", "孤单的", "橙色的", "特别老的", ""]
HAN_WISHES = ["摸月亮", "烤蛋糕", "学游泳", "找金钥匙", "帮助蜜蜂", "找朋友", "回家", "赢得比赛", "种一棵向日葵"]
unknown_words = st.from_regex(r"[bdfgklmnprst][aeiou][bgklmprt]{2}[aeiou][lnrt]", fullmatch=True)


@st.composite
def english_topics(draw: st.DrawFn) -> str:
    kind, other = draw(st.permutations(KINDS))[:2]
    adjective, wish, place = (
        draw(st.sampled_from(ADJECTIVES)),
        draw(st.sampled_from(WISHES)),
        draw(st.sampled_from(PLACES)),
    )
    name = draw(st.sampled_from(["Mia", "Oscar", "Uma", "Ben"]))
    return draw(
        st.sampled_from(
            [
                f"{'an' if adjective[0] in 'ou' else 'a'} {adjective} {kind}{place} who {wish}",
                f"a {kind} called {name} who {wish}",
                f"{name} and the lost kite{place}",
                f"two {kind}s who want to find a treasure{place}",
                f"the {kind} and the {other}",
                f"{name}, Leo and their {kind} build a raft",
                f"a {kind} with a red balloon",
                f"a {kind} and his friend the {other} look for a lost star",
                f"{name} and her dog Rex go to the beach",
                f"a {kind} who goes to the zoo with her grandpa",
                f"bedtime for {kind}",
                f"{name}'s first day at school",
                f"{name} and Leo fight over a {kind}",
                f"my brother and I build a {kind}",
                f"why do {kind}s like pancakes?",
                "my mum's birthday",
                "new baby brother",
                "the night the comet came",
                f"my {kind} ran away",
            ]
        )
    )


@st.composite
def chinese_topics(draw: st.DrawFn) -> str:
    kind, other = draw(st.permutations(HAN_KINDS))[:2]
    adjective, wish = draw(st.sampled_from(HAN_ADJECTIVES)), draw(st.sampled_from(HAN_WISHES))
    return draw(
        st.sampled_from(
            [
                f"一只想{wish}的{kind}",
                f"{adjective}{kind}想{wish}",
                f"{kind}和{other}",
                f"三只{kind}一起{wish}",
                f"小明和奶奶在雨中{wish}",
                f"不会{wish.removeprefix('学')}的{kind}",
                f"住在森林里的{kind}",
                f"怕黑的{kind}",
                f"一个打碎了花瓶的{kind}",
                f"{kind}和好朋友{other}去摘草莓",
                f"明明和他的{kind}去海边",
                f"{kind}不想睡觉",
                f"{kind}第一天上幼儿园",
                "姐姐和弟弟抢秋千",
                f"我和妹妹一起{wish}",
                f"为什么{kind}喜欢下雨",
                "奶奶的生日",
                "多了一个小弟弟",
                "彗星来了的那个晚上",
                f"我家的{kind}不见了",
            ]
        )
    )


topics = english_topics() | chinese_topics()
lengths = st.sampled_from([3, 4, 5, 6, 9, 12, 25, 40])
seeds = st.integers(0, 10_000)


def story(topic: str, pages: int = 6, seed: int = 0, age: AgeGroup | None = None) -> Script:
    return GrammarWriter().write(
        StoryRequested.model_validate({"task_id": 1, "topic": topic, "page_count": pages, "seed": seed, "age": age})
    )


def text_of(script: Script) -> str:
    return " ".join(page.story for page in script.pages)


def sentences(script: Script) -> list[str]:
    """Told or said, from three words or five characters on: ``Oh dear!`` may come twice."""
    parts = re.split(r"(?<=[.!?。！？])[\"”]?\s*", text_of(script))
    told_or_said = [part.strip('"“ .!?。！？').lower() for part in parts if not _ONLY_WHO_SAYS_IT.fullmatch(part)]
    return [part for part in told_or_said if len(re.findall(r"[a-z']+|[\u3400-\u9fff]{2}", part, re.I)) > 2]


_ONLY_WHO_SAYS_IT = re.compile(r"(?:said|asked|cried|called|shouted) [\w ]+\.|[^，。]{1,9}[说喊问]。")


def told(page: str) -> str:
    """A page without what is said on it."""
    return re.sub(r'"[^"]*"|“[^”]*”', " ", page)


def words_a_sentence(script: Script) -> float:
    text = text_of(script)
    words = re.findall(r"[\u3400-\u9fff]" if script.language == "zh" else r"[\w'’-]+", text)
    return len(words) / len(re.findall(r"[.!?。！？]+", text))


@bounded
@given(topics, lengths, seeds, st.sampled_from(AGES))
def test_no_sentence_comes_twice_and_the_pages_are_as_many_as_ordered(
    topic: str, pages: int, seed: int, age: AgeGroup | None
) -> None:
    script = story(topic, pages, seed, age)
    assert len(script.pages) == pages
    assert [text for text, times in Counter(sentences(script)).items() if times > 1] == []


@bounded
@given(topics, seeds, st.sampled_from(AGES))
def test_two_seeds_tell_two_stories(topic: str, seed: int, age: AgeGroup | None) -> None:
    assert len({text_of(story(topic, 6, seed + more, age)) for more in range(4)}) > 1


@bounded
@given(topics, lengths, seeds, st.sampled_from(AGES))
def test_the_hero_is_named_on_the_first_page_and_drawn_on_every_one(
    topic: str, pages: int, seed: int, age: AgeGroup | None
) -> None:
    script = story(topic, pages, seed, age)
    hero = script.characters[0]
    first = script.pages[0].story.lower()
    assert hero.name.lower() in first or hero.kind.lower() in first
    for page in script.pages:
        assert hero.description.lower() in page.image_prompt.lower()


@bounded
@given(topics, lengths, seeds, st.sampled_from(AGES))
def test_whoever_speaks_is_told_of(topic: str, pages: int, seed: int, age: AgeGroup | None) -> None:
    script = story(topic, pages, seed, age)
    names = [name for one in script.characters for name in (one.name.lower().removeprefix("the "), one.kind.lower())]
    for page in script.pages:
        if re.search(r'["“]', page.story):
            beside = told(page.story).lower()
            assert any(name in beside for name in names) or re.search(r"\b(?:s?he|they)\b|[它他她]", beside), page.story


@bounded
@given(topics, lengths, seeds, st.sampled_from(AGES))
def test_a_story_ends_well(topic: str, pages: int, seed: int, age: AgeGroup | None) -> None:
    assert story(topic, pages, seed, age).pages[-1].mood in {Mood.CALM, Mood.JOYFUL}


@bounded
@given(topics, lengths, seeds, st.sampled_from(AGES))
def test_nothing_of_the_making_is_left_in_the_words(topic: str, pages: int, seed: int, age: AgeGroup | None) -> None:
    script = story(topic, pages, seed, age)
    for text in [script.title, *(part for page in script.pages for part in (page.story, page.image_prompt))]:
        assert text.strip(), script.title
        assert not re.search(
            r"[{}\[\]<>]|\bNone\b(?! of| had)|  |\s[,.;!?]|\.\.|,,|[,;]\.|。。|，，|，。|[。！？][，。]|，”$", text
        ), text
        assert text.count('"') % 2 == 0, text
        assert text.count("“") == text.count("”"), text
        for given_article, word in re.findall(r"\b(an?) (?!little\b)([a-z]\w*)", text):
            assert article(word) == given_article, text
    for page in script.pages:
        assert re.search(r"[.!?。！？][\"”]?$", page.story), page.story
        if script.language == "en":
            assert not re.search(r"[a-z,] (?:One|When|Soon|By|That|Early|Later|Towards) ", page.story), page.story
            assert not re.search(r"[.!?]\s+[a-z]", re.sub(r'"[^"]*"', "-", page.story)), page.story


@bounded
@given(unknown_words, unknown_words, seeds, st.sampled_from(AGES))
def test_words_that_nobody_knows_are_told_as_they_were_given(
    first: str, second: str, seed: int, age: AgeGroup | None
) -> None:
    for topic in (f"a {first} who wants to find the {second}", f"a {first} who is afraid of the {second}"):
        script = text_of(story(topic, 6, seed, age))
        assert first in script, topic
        assert second in script, topic
    assert first in text_of(story(f"the secret of {first}", 6, seed, age))
    chinese = text_of(story(f"一只叫{first.title()}的小狐狸想找到龘{second[0]}靐", 6, seed, age))
    assert first.title() in chinese
    assert f"龘{second[0]}靐" in chinese


@bounded
@given(topics, st.sampled_from([6, 9, 12]), seeds)
def test_sentences_grow_with_the_age_they_are_told_for(topic: str, pages: int, seed: int) -> None:
    """From the youngest to the oldest in every film, and over a few films of a topic in each step."""
    small, plain, large = (
        [words_a_sentence(story(topic, pages, another, age)) for another in range(seed, seed + 6)]
        for age in (*TOLD_APART[:1], None, *TOLD_APART[1:])
    )
    assert sum(small) < sum(plain) < sum(large)
    assert all(youngest < 0.7 * oldest for youngest, oldest in zip(small, large, strict=True))


@bounded
@given(topics, st.sampled_from([6, 12]), seeds)
def test_a_story_for_another_age_is_told_in_other_sentences(topic: str, pages: int, seed: int) -> None:
    of_age = [set(sentences(story(topic, pages, seed, age))) for age in (*TOLD_APART, None)]
    for one, other in [(0, 1), (0, 2), (1, 2)]:
        assert len(of_age[one] & of_age[other]) <= 0.3 * len(of_age[one])
    assert story(topic, pages, seed, AgeGroup.MIDDLE) == story(topic, pages, seed)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("age", TOLD_APART)
def test_every_page_of_every_shape_has_words_for_every_age(language: Language, age: AgeGroup) -> None:
    for name, shape in shapes(language).items():
        words = table(f"{language}/{age}/{name}.toml")
        assert {beat: len(texts) for beat, texts in words.items()} == {beat.name: len(beat.page) for beat in shape.beat}
        assert all(text for texts in words.values() for text in texts)
    for episode, retold in zip(episodes(language), episodes(language, age), strict=True):
        assert all(page.text != other.text for page, other in zip(episode.page, retold.page, strict=True)), episode.name
    assert all(
        page.text != other.text for page, other in zip(theme_pages(language), theme_pages(language, age), strict=True)
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("age", TOLD_APART)
def test_words_for_an_age_have_only_blanks_that_the_others_have(language: Language, age: AgeGroup) -> None:
    def named(told: list[Shape]) -> set[str]:
        return {blank for shape in told for beat in shape.beat for page in beat.page for blank in blanks(page.text)}

    places = {"path", "high", "shelter", "open"}
    assert named(list(shapes(language, age).values())) <= named(list(shapes(language).values())) | places


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_beat_has_a_page_that_needs_no_other_beat(language: Language) -> None:
    for shape in shapes(language).values():
        names = {beat.name for beat in shape.beat}
        for beat in shape.beat:
            assert any(page.after is None for page in beat.page), (shape.name, beat.name)
            assert {page.after for page in beat.page} <= names | {None}, (shape.name, beat.name)
