"""Written words against spoken words."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from services.speech.alignment import align

READINGS = {"10:30": "ten thirty", "a.m.": "A.M.", "$5": "5 dollars", "kg": "kilograms", "😀": ""}


def runs(written: str, spoken: str) -> list[tuple[str, str]]:
    words, said = written.split(), spoken.split()
    ranges = align(words, said, lambda word: READINGS.get(word, word))
    return [(word, " ".join(said[start:end])) for word, (start, end) in zip(words, ranges, strict=True)]


def test_equal_words_say_each_other_whatever_their_punctuation() -> None:
    assert runs("“Hush,” said the owl.", "Hush said the owl") == [
        ("“Hush,”", "Hush"),
        ("said", "said"),
        ("the", "the"),
        ("owl.", "owl"),
    ]


def test_a_time_takes_all_the_words_that_say_it() -> None:
    assert runs("at 10:30 a.m. sharp", "at ten thirty A.M. sharp") == [
        ("at", "at"),
        ("10:30", "ten thirty"),
        ("a.m.", "A.M."),
        ("sharp", "sharp"),
    ]


def test_a_word_that_is_said_later_belongs_to_the_words_before_it() -> None:
    assert runs("$5 million now", "5 million dollars now") == [
        ("$5", "5"),
        ("million", "million dollars"),
        ("now", "now"),
    ]


def test_a_word_without_sound_gets_no_spoken_word() -> None:
    assert runs("hello 😀 world", "hello world") == [("hello", "hello"), ("😀", ""), ("world", "world")]


words = st.lists(st.text("ab1:", min_size=1, max_size=4), max_size=8)


@given(words, words)
def test_the_runs_follow_one_another_and_leave_nothing_out(written: list[str], spoken: list[str]) -> None:
    ranges = align(written, spoken, lambda word: word)
    assert len(ranges) == len(written)
    if written:
        assert ranges[0][0] == 0
        assert ranges[-1][1] == len(spoken)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(ranges))
        assert all(start <= end for start, end in ranges)
