"""Cutting narration: bounds, losslessness, and the places where no cut may be."""

import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from schemas import Language
from services.split.splitter import SentenceSplitter


def split(text: str, language: Language = "en", max_words: int = 18, max_characters: int = 28) -> tuple[str, ...]:
    return SentenceSplitter().split(text, language, max_words=max_words, max_characters=max_characters)


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        (
            "Mr. Fox met Dr. Owl at 3.14 p.m. in the U.S. on Monday. It was raining hard that day.",
            ("Mr. Fox met Dr. Owl at 3.14 p.m. in the U.S. on Monday.", "It was raining hard that day."),
        ),
        ('"Who are you?" he asked. The owl said nothing.', ('"Who are you?" he asked.', "The owl said nothing.")),
        (
            "He waited... then he left. See https://a.b/c?x=1 for more.",
            ("He waited... then he left.", "See https://a.b/c?x=1 for more."),
        ),
        ("小狐狸说：“你好！我是谁？”然后它笑了……月亮很圆。", ("小狐狸说：“你好！我是谁？”", "然后它笑了……月亮很圆。")),
        ("“走吧！”猫头鹰说。他们出发了。", ("“走吧！”猫头鹰说。", "他们出发了。")),
    ],
)
def test_cuts_are_at_sentence_ends(text: str, segments: tuple[str, ...]) -> None:
    assert split(text) == segments
    assert split(text, "zh") == segments


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    text = "When the stars came out, they built one long chain, hand in hand, right up to the top of the highest hill."
    first, second = split(text, max_words=14)
    assert first.endswith(",")
    assert second.startswith(("hand", "right"))


def test_a_sentence_without_clauses_is_cut_into_parts_of_about_equal_length() -> None:
    segments = split(" ".join(f"word{number}" for number in range(30)) + ".", max_words=18)
    assert [len(segment.split()) for segment in segments] == [15, 15]


def test_a_long_chinese_sentence_is_cut_at_its_commas() -> None:
    text = "星星出来了，天空变得好清好亮，好像低下头来迎接他们，小狐狸深深地吸了一口气，终于摸到了月亮。"
    segments = split(text, "zh")
    assert all(segment.endswith(("，", "。")) for segment in segments)
    assert all(len(re.findall(r"[\u3400-\u9fff]", segment)) <= 28 for segment in segments)


def test_numbers_and_urls_are_never_cut() -> None:
    text = "The tower at https://example.org/a,b;c?d=1,2 is 1,234,567.89 metres and 3.5 inches high, said the ant."
    joined = split(text, max_words=4)
    assert any("https://example.org/a,b;c?d=1,2" in segment for segment in joined)
    assert any("1,234,567.89" in segment for segment in joined)


def test_text_without_words_gives_no_segments() -> None:
    assert split("  \n ") == ()


PIECES = st.sampled_from(
    [
        "Mr. Fox ",
        "ran ",
        "home",
        ". ",
        ", ",
        '"',
        "“",
        "”",
        "！",
        "。",
        "，",
        "……",
        "小狐狸",
        "月亮",
        "3.14 ",
        "U.S. ",
        "... ",
        "\n",
        "https://a.b/c?x=1 ",
        "it's ",
        "—",
        "：",
        "? ",
        "a",
    ]
)


@hypothesis_settings(max_examples=400, deadline=None)
@given(
    st.lists(PIECES, max_size=60).map("".join), st.sampled_from(["en", "zh"]), st.integers(4, 60), st.integers(6, 120)
)
def test_nothing_is_lost_and_no_segment_is_over_its_bounds(text: str, language: Language, words: int, han: int) -> None:
    segments = split(text, language, words, han)
    assert bare("".join(segments)) == bare(text)
    assert all(segments)
    for segment in segments:
        assert len(re.findall(r"[\u3400-\u9fff]", segment)) <= han
        english = re.sub(r"https?://\S+", "x", segment).replace(".", "")
        assert len(re.findall(r"[a-zA-Z][a-zA-Z']*", english)) <= words


@hypothesis_settings(max_examples=200, deadline=None)
@given(st.text(max_size=400), st.sampled_from(["en", "zh"]))
def test_any_text_is_cut_without_loss(text: str, language: Language) -> None:
    assert bare("".join(split(text, language))) == bare(text)
