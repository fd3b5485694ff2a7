"""Sentences and words for voices that read by themselves, and when their words are heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.speech.recording import LEAD_S, join
from services.speech.sound import Sound
from services.speech.word_times import by_letters
from services.speech.written import is_said, phrase_of, sentences, starts_of, words
from tests.tones import RATE_HZ, spoken


@pytest.mark.parametrize(
    ("text", "longest", "said"),
    [
        ("It is far. Very far!", 80, ["It is far.", "Very far!"]),
        ("很远。非常远！", 80, ["很远。", "非常远！"]),
        ("one two, three four five", 14, ["one two,", "three four", "five"]),
        ("一二三，四五六七", 5, ["一二三，", "四五六七"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        (" \n", 80, []),
    ],
)
def test_a_text_is_said_by_sentences_that_fit(text: str, longest: int, said: list[str]) -> None:
    assert list(sentences(text, "zh" if "远" in text or "一" in text else "en", longest)) == said


@given(st.text("ab,. 一二，。!'“”3", max_size=60), st.integers(3, 20))
def test_no_letter_is_lost_between_sentences(text: str, longest: int) -> None:
    for language in ("en", "zh"):
        cut = list(sentences(text, language, longest))
        assert "".join("".join(cut).split()) == "".join(text.split())
        assert all(len(sentence) <= longest for sentence in cut)


@given(st.text("ab,. 一二，。!'“”「」3.5", max_size=60))
def test_words_are_the_whole_sentence(text: str) -> None:
    assert "".join(words(text, "zh")) == text
    assert words(text, "en") == text.split()


def test_chinese_words_are_characters_with_their_marks_and_runs_of_other_letters() -> None:
    assert words("“走吧！”小狐狸对Tom's 3.5说。", "zh") == [
        "“走",
        "吧！”",
        "小",
        "狐",
        "狸",
        "对",
        "Tom's ",
        "3.5",
        "说。",
    ]


def test_a_phrase_of_words_is_joined_at_any_sample_rate() -> None:
    written = words("One, “two” — three!", "en")
    phrase = phrase_of(written)
    assert phrase.ending == "!"
    said = [word for word in written if is_said(word)]
    sound = spoken((0, 0.3), (200, 0.2), (0, 0.2), (200, 0.3), (0, 0.2), (200, 0.1), (0, 0.5))
    spans = [(0.3, 0.5), (0.7, 1.0), (1.2, 1.3)]
    assert len(said) == len(spans)
    speech = join([(phrase, Sound(sound, starts_of(phrase, spans), RATE_HZ))], "m", sample_rate_hz=RATE_HZ)
    assert [word.text for word in speech.words] == written
    heard = [(word.start_s, word.end_s) for word in speech.words if is_said(word.text)]
    assert heard == [pytest.approx((start - 0.3 + LEAD_S, end - 0.3 + LEAD_S), abs=0.01) for start, end in spans]
    assert speech.sample_rate_hz == RATE_HZ
    assert speech.duration_s == pytest.approx(LEAD_S + 1.0 + 0.28, abs=0.01)


def test_without_a_reference_words_share_what_is_heard_by_their_letters() -> None:
    sound = spoken((0, 0.5), (200, 1.0), (0, 0.5))
    assert by_letters(("a", "bcd"), sound, RATE_HZ) == [
        pytest.approx((0.5, 0.75), abs=0.02),
        pytest.approx((0.75, 1.5), abs=0.02),
    ]
