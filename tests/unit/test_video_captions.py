"""Captions: how text is cut into cards, when they are shown, and the files beside the film."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import Word
from services.video.captions import Cue, Spoken, cues, srt, vtt
from services.video.line_breaking import NEVER_FIRST, NEVER_LAST, cards

LONG_EN = (
    "The moon is very far away, little one, said the owl, but I know a path that climbs almost to the sky, "
    "and if you are brave enough to follow it through the cold wind you may well touch it before the morning comes."
)
LONG_ZH = "路上，他遇见了一位老猫头鹰。“月亮很远很远，”老猫头鹰眨了眨眼睛说，“不过我知道一条几乎通到天上的小路。”"


def ruler(text: str) -> float:
    """One for a Latin letter, two for a Chinese one."""
    return sum(2 if letter > "\u2e80" else 1 for letter in text)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize(("text", "language"), [(LONG_EN, "en"), (LONG_ZH, "zh")])
@pytest.mark.parametrize("width", [16, 24, 40, 60])
def test_cards_hold_the_whole_text_in_lines_that_fit(text: str, language: str, width: int) -> None:
    shown = cards(text, language, ruler, width)  # type: ignore[arg-type]
    assert squeezed("".join(line for card in shown for line in card)) == squeezed(text)
    assert all(1 <= len(card) <= 2 for card in shown)
    assert all(ruler(line) <= width for card in shown for line in card)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab ,.月亮，。“”（）"), max_size=60), st.integers(8, 30))
def test_no_text_loses_a_letter_whatever_the_width(text: str, width: int) -> None:
    shown = cards(text, "zh", ruler, width)
    assert squeezed("".join(line for card in shown for line in card)) == squeezed(text)


def test_a_short_text_is_one_line() -> None:
    assert cards("He was never lonely again.", "en", ruler, 40) == [("He was never lonely again.",)]


def test_a_card_breaks_at_the_end_of_a_clause_and_not_inside_a_word() -> None:
    assert cards("On the way he met an old owl, who blinked twice.", "en", ruler, 32) == [
        ("On the way he met an old owl,", "who blinked twice.")
    ]


@pytest.mark.parametrize("width", range(12, 44, 4))
def test_chinese_lines_keep_marks_where_they_belong(width: int) -> None:
    lines = [line for card in cards(LONG_ZH, "zh", ruler, width) for line in card]
    assert not any(line[0] in NEVER_FIRST for line in lines)
    assert not any(line[-1] in NEVER_LAST for line in lines)


def test_chinese_words_stay_whole() -> None:
    lines = [line for card in cards(LONG_ZH, "zh", ruler, 26) for line in card]
    assert all(
        "".join(lines).count(word) == sum(line.count(word) for line in lines) for word in ("月亮", "眼睛", "小路")
    )


def test_a_word_wider_than_the_screen_is_cut() -> None:
    shown = cards("a" * 50, "en", ruler, 20)
    assert [line for card in shown for line in card] == ["a" * 20, "a" * 20, "a" * 10]


def spoken(text: str, start: float, end: float, words: tuple[Word, ...] = ()) -> Spoken:
    return Spoken(tuple(cards(text, "en", ruler, 20)), start, end, words)


def test_a_caption_starts_with_the_first_word_of_its_clip() -> None:
    clips = [spoken("Hello there.", 0.6, 2.0), spoken("And good bye.", 2.4, 4.0)]
    assert [cue.start_s for cue in cues(clips, 6)] == [0.6, 2.4]


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0.2, 5), st.floats(0.05, 1)), min_size=1, max_size=6))
def test_captions_never_overlap(lengths: list[tuple[float, float]]) -> None:
    at, clips = 0.5, []
    for length, pause in lengths:
        clips.append(spoken("some words that are long enough for several cards of two lines", at, at + length))
        at += length + pause
    for cue, after in pairwise(cues(clips, at + 1)):
        assert cue.start_s < cue.end_s
        assert cue.end_s <= after.start_s + 1e-9 or after.start_s - cue.start_s < 0.05


def test_a_later_card_appears_when_its_own_first_word_is_heard() -> None:
    text = "one two three four five six seven eight nine ten"
    shown = cards(text, "en", ruler, 12)
    assert len(shown) > 1
    words = tuple(
        Word(text=word, start_s=10 + n * n / 10, end_s=10 + n * n / 10 + 0.1) for n, word in enumerate(text.split())
    )
    starts = {word.text: word.start_s for word in words}
    found = cues([Spoken(tuple(shown), 10.0, words[-1].end_s, words)], 30)
    assert [cue.start_s for cue in found] == [starts[card[0].split()[0]] for card in shown]


def test_subrip_and_webvtt_are_written_as_players_read_them() -> None:
    shown = [Cue(0.6, 3.25, ("Up & up,", "he <climbed>.")), Cue(3661.5, 3662.0004, ("再见。",))]
    assert srt(shown) == (
        "1\n00:00:00,600 --> 00:00:03,250\nUp & up,\nhe <climbed>.\n\n2\n01:01:01,500 --> 01:01:02,000\n再见。\n"
    )
    assert vtt(shown) == (
        "WEBVTT\n\n00:00:00.600 --> 00:00:03.250\nUp &amp; up,\nhe &lt;climbed&gt;.\n\n"
        "01:01:01.500 --> 01:01:02.000\n再见。\n"
    )
