"""A text of the user's, as the embedded writer tells it."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas import Language, Mood, Script, SplitRequested, StoryRequested
from services.split.stage import split
from services.story.centrality import centrality
from services.story.prose import PROSE
from services.story.stage import write
from services.story.writer import GrammarWriter
from talestream.errors import BadInput, ProviderUnavailable
from talestream.providers import Providers
from talestream.stage import StageContext
from tests.folder_store import FolderStore

FOX = (
    "Once upon a time a little red fox called Rusty lived at the edge of a quiet forest. Every night he looked up at"
    ' the moon. "One day I will touch you," said Rusty. His friend Pip the mouse laughed. "You are far too small," she'
    " said. But the next morning Rusty packed a bag and set off up the mountain. It began to rain, and soon a storm"
    " howled around him. He was afraid and hid in a cave. There he met an old owl. “The moon comes down to those who"
    " wait by the lake,” whispered the owl. So Rusty walked to the lake and waited until midnight. There lay the moon,"
    ' round and silver, in the still water. He put out one paw and touched it. "I did it!" he cried, and he ran all the'
    " way home to tell Pip. She hugged him and they laughed until the sun came up."
)
TUANTUAN = (
    "从前，河边的小村庄里住着一只小狐狸，名叫团团。它每天晚上都望着月亮。“总有一天我要摸摸你。”团团说。好朋友小老鼠豆豆笑了："
    "“你太小啦！”第二天早上，团团背上包袱，爬上了高山。忽然下起了大雨，还打起了雷，它害怕极了，躲进了山洞里。"
    "山洞里住着一只老猫头鹰。猫头鹰说：“月亮会来到湖边，等着有耐心的人。”团团走到湖边，一直等到半夜。"
    "湖水里有一个圆圆的月亮，它伸出爪子，轻轻一碰。“我摸到了！”团团高兴地跳起来。它跑回家告诉豆豆，两个好朋友笑着抱在一起。"
)
TEXTS: dict[Language, str] = {"en": FOX, "zh": TUANTUAN}
LONGEST = {"en": 60, "zh": 110}


def told(text: str, pages: int = 6, **given: object) -> Script:
    request = StoryRequested.model_validate({"task_id": 1, "topic": text, "page_count": pages} | given)
    return GrammarWriter().write(request)


def retold(text: str, pages: int = 6, **given: object) -> Script:
    request = StoryRequested.model_validate({"task_id": 1, "topic": "my story", "page_count": pages} | given)
    return GrammarWriter().write(request, text)


def letters(text: str) -> str:
    return "".join(re.findall(r"\w", text))


def chapter(number: int) -> str:
    return (
        f"In year {number} the brave mole Morris dug a tunnel below the garden. Somebody coughed. Morris carried lamp"
        f" {number} into the dark tunnel. Nothing else happened that day. The mole counted {number} beetles on a wall."
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("pages", range(3, 41))
def test_a_topic_of_several_sentences_is_told_in_its_own_words(language: Language, pages: int) -> None:
    script = told(TEXTS[language], pages)
    assert len(script.pages) == pages
    assert letters("".join(page.story for page in script.pages)) == letters(TEXTS[language])
    assert script.abridged is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_end_where_sentences_end_and_are_about_equally_long(language: Language) -> None:
    prose = PROSE[language]
    sentences = prose.read(TEXTS[language])[1]
    longest = max(prose.length(sentence) for sentence in sentences)
    for pages in range(3, 8):
        lengths = [prose.length(page.story) for page in told(TEXTS[language], pages).pages]
        assert max(lengths) - min(lengths) <= 2 * longest
        assert all(page.story.endswith(tuple('.!?”。！？"')) for page in told(TEXTS[language], pages).pages)


def test_what_somebody_says_stays_with_who_says_it() -> None:
    assert '"One day I will touch you," said Rusty.' in PROSE["en"].read(FOX)[1]
    assert "“总有一天我要摸摸你。”团团说。" in PROSE["zh"].read(TUANTUAN)[1]


def test_a_text_that_is_too_long_is_shortened_by_whole_sentences_in_their_order_and_says_so() -> None:
    text = " ".join(chapter(number) for number in range(100, 160))
    sentences = PROSE["en"].read(text)[1]
    script = retold(text, 6)
    kept = [sentence for page in script.pages for sentence in PROSE["en"].read(page.story)[1]]
    places = [sentences.index(sentence) for sentence in kept]
    assert all(one < other for one, other in pairwise(places))
    assert (places[0], places[-1]) == (0, len(sentences) - 1)
    assert all(len(page.story.split()) <= LONGEST["en"] for page in script.pages)
    assert script.abridged == f"the text is too long for 6 pages: {len(sentences) - len(kept)} sentences were left out"
    assert not {"Somebody coughed.", "Nothing else happened that day."} & set(kept)


def test_every_stretch_of_a_long_text_is_told() -> None:
    text = " ".join(chapter(number) for number in range(100, 160))
    for at, page in enumerate(retold(text, 6).pages):
        years = [int(number) for number in re.findall(r"\d+", page.story)]
        assert all(100 + 10 * at - 1 <= year <= 110 + 10 * at + 1 for year in years)


def test_the_sentence_that_shares_most_words_with_the_others_is_the_most_central() -> None:
    text = [["fox", "moon", "night"], ["fox", "moon"], ["fox", "night"], ["teapot", "lid"], []]
    ranks = centrality(text)
    assert max(ranks) == ranks[0]
    assert ranks[3] < min(ranks[:3])
    assert ranks[4] == 0


def test_a_text_that_is_too_short_is_spread_over_its_pages_at_clauses() -> None:
    script = told(
        "Mia found a big red kite, and she ran up the hill. The wind came. It flew far away over the trees!", 5
    )
    assert [page.story for page in script.pages] == [
        "Mia found a big red kite,",
        "and she ran up the hill.",
        "The wind came.",
        "It flew far away",
        "over the trees!",
    ]


@pytest.mark.parametrize(
    "topic",
    [
        "Tell me a story about a fox. It should be funny. Use short sentences, for my son, who is three years old.",
        "A fox wants to touch the moon. Please make the story gentle. Do not use hard words. Write it for my children.",
        "请写一个关于小狐狸的故事。故事要温柔一点。不要太长，适合三岁的孩子在睡前听。主角要叫团团。",
    ],
)
def test_a_request_of_several_sentences_is_no_text(topic: str) -> None:
    script = told(topic)
    told_words = " ".join(page.story for page in script.pages)
    assert not re.search(r"should be|make the story|故事要", told_words)
    assert re.search(r"fox|狐狸", told_words)


def test_the_people_of_a_text_are_found_with_name_kind_and_a_look_that_stays() -> None:
    script = told(FOX)
    assert [(one.name, one.kind) for one in script.characters] == [("Rusty", "fox"), ("Pip", "mouse"), ("Owl", "owl")]
    assert "red fox" in script.characters[0].description
    assert "old" in script.characters[2].description
    assert all(script.characters[0].description in page.image_prompt for page in script.pages)
    chinese = told(TUANTUAN)
    assert [one.name for one in chinese.characters] == ["团团", "豆豆", "老猫头鹰"]
    assert all(chinese.characters[0].description in page.image_prompt for page in chinese.pages)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Once there was a rabbit. Her name was Clover. Clover loved carrots. One day she met a bear named Bob.",
            ["Clover", "Bob"],
        ),
        (
            "Anna lost a button. Her brother Tom looked everywhere. The cat slept. At last Anna found it on the cat.",
            ["Anna", "Cat", "Tom"],
        ),
        (
            "The wolf was hungry. He could not bear it. A duck laughed. The wolf ran after the duck all day long.",
            ["Wolf", "Duck"],
        ),
        ("小明丢了风筝。小红说：“我来帮你找。”他们找了很久。小明在树上看见了风筝，小红笑了。", ["小明", "小红"]),
        ("从前有一只叫阿橙的小老虎。它马上跑回家告诉妈妈。妈妈笑了。阿橙也笑了。阿橙睡着了。", ["阿橙", "妈妈"]),
    ],
)
def test_names_and_kinds_are_read_from_the_text(text: str, names: list[str]) -> None:
    assert {one.name for one in told(text, 3).characters} == set(names)


def test_where_when_and_in_what_weather_a_page_does_not_say_is_carried_on() -> None:
    prompts = [page.image_prompt for page in told(FOX).pages]
    assert all("edge of a quiet forest" in prompt and "at night" in prompt for prompt in prompts[:2])
    assert all("in a cave in the morning" in prompt and "storm" in prompt for prompt in prompts[2:4])
    assert "by the lake at night" in prompts[4]
    assert "storm" not in prompts[4]
    assert "edge of a quiet forest" in prompts[5]
    chinese = [page.image_prompt for page in told(TUANTUAN).pages]
    assert all("河边的小村庄里" in prompt for prompt in (chinese[0], chinese[1], chinese[5]))
    assert "山洞里" in chinese[3]
    assert "湖边" in chinese[4]


def test_whom_a_page_only_points_at_is_named_in_its_picture() -> None:
    prompts = [page.image_prompt for page in told(FOX).pages]
    assert "Rusty met an old owl" in prompts[3]
    assert "Pip hugged him" in prompts[5]
    assert "团团跑回家告诉豆豆" in told(TUANTUAN).pages[5].image_prompt


def test_the_mood_of_a_page_is_that_of_its_words() -> None:
    assert [page.mood for page in told(FOX).pages][2:] == [Mood.TENSE, Mood.WONDER, Mood.WONDER, Mood.JOYFUL]
    assert told(TUANTUAN).pages[2].mood is Mood.TENSE
    sad = told(
        "Leo walked home. Leo was not happy at all. He cried and felt so lonely. The road was long and he sighed.", 3
    )
    assert sad.pages[1].mood is Mood.SAD


def test_hero_and_place_of_the_request_win_over_those_of_the_text() -> None:
    script = told(FOX, main_role="Pip", scene="a snowy village")
    assert (script.characters[0].name, script.characters[0].kind) == ("Pip", "mouse")
    assert all(script.characters[0].description in page.image_prompt for page in script.pages)
    assert "in a snowy village" in script.place


def test_a_heading_is_the_title_and_is_not_told() -> None:
    script = retold(f"The Fox and the Moon\n\nChapter One\n\n{FOX}", 6)
    assert script.title == "The Fox and the Moon"
    assert letters("".join(page.story for page in script.pages)) == letters(FOX)
    assert told(FOX).title == "The Story of Rusty"


def test_a_text_in_another_language_than_the_film_is_not_translated() -> None:
    with pytest.raises(ProviderUnavailable, match="cannot translate"):
        retold(FOX, language="zh")


def test_a_text_with_fewer_words_than_pages_is_bad_input() -> None:
    with pytest.raises(BadInput, match="fewer words"):
        retold("The end.", 3)


async def test_that_a_text_was_shortened_is_the_label_of_the_script_before_and_after_it_is_split(
    tmp_path: Path,
) -> None:
    store = FolderStore(tmp_path)
    novel = " ".join(chapter(number) for number in range(60))
    source = await store.put("novel.txt", novel.encode(), "text/plain")
    request = StoryRequested(task_id=7, topic="the mole", page_count=4, source=source)
    ctx = StageContext(request=request, store=store, providers=Providers(), workdir=tmp_path)
    script = (await write(request, ctx)).script
    cut = SplitRequested(task_id=7, script=script)
    cutting = StageContext(request=cut, store=store, providers=Providers(), workdir=tmp_path)
    await split(cut, cutting)
    assert script.abridged is not None
    assert [one.degraded for one in (*ctx.artifacts, *cutting.artifacts)] == [script.abridged] * 2


@hypothesis_settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *re.split(r"(?<=\. )", FOX),
                *re.split(r"(?<=。)", TUANTUAN),
                "\n\n",
                "Tom",
                "“",
                '"',
                "http://a.b/c?d ",
                "…",
            ]
        )
    ),
    st.integers(3, 40),
)
def test_no_word_of_any_text_is_lost_unless_it_says_so(parts: list[str], pages: int) -> None:
    text = "".join(parts)
    try:
        script = retold(text, pages)
    except BadInput:
        return
    assert len(script.pages) == pages
    assert all(page.story.strip() and page.image_prompt for page in script.pages)
    if script.abridged is None:
        spoken = letters("".join(page.story for page in script.pages))
        assert spoken == letters("".join(PROSE[script.language].read(text)[1]))
