"""How far captions are from their words is found from the captions as they are read."""

import pytest

from schemas import Word
from services.video.caption_drift import caption_drift_s
from services.video.captions import Cue, srt


def spoken(*words: tuple[str, float, float]) -> list[Word]:
    return [Word(text=text, start_s=start_s, end_s=end_s) for text, start_s, end_s in words]


FOX = spoken(("Once", 1.0, 1.3), ("a", 1.3, 1.4), ("fox’s", 1.4, 2.0), ("tail,", 2.2, 2.6), ("shone.", 2.6, 3.1))


@pytest.mark.parametrize(
    ("starts", "ends", "drift"),
    [((1.0, 2.2), (2.16, 3.4), 0.0), ((1.0, 2.5), (2.4, 3.4), 0.3), ((0.8, 2.2), (2.1, 3.4), 0.2)],
)
def test_a_caption_is_late_or_early_by_its_first_word(
    starts: tuple[float, ...], ends: tuple[float, ...], drift: float
) -> None:
    lines = (("Once a", "fox's"), ("tail, shone.",))
    text = srt([Cue(*times) for times in zip(starts, ends, lines, strict=True)])
    assert caption_drift_s(text, FOX) == pytest.approx(drift, abs=1e-6)


def test_a_caption_that_vanishes_before_its_last_word_ends_drifts() -> None:
    assert caption_drift_s(srt([Cue(1.0, 2.7, ("Once a fox’s tail, shone.",))]), FOX) == pytest.approx(0.4)


def test_a_chinese_caption_may_start_inside_a_word() -> None:
    words = spoken(("小狐狸", 1.0, 1.6), ("笑了", 1.6, 2.0))
    text = srt([Cue(1.0, 1.2, ("小",)), Cue(1.2, 2.0, ("狐狸，", "笑了。"))])
    assert caption_drift_s(text, words) == pytest.approx(0, abs=1e-6)


def test_what_is_read_otherwise_than_it_is_written_does_not_move_the_captions_behind_it() -> None:
    words = spoken(("In", 1.0, 1.2), ("twelve", 1.2, 1.7), ("days", 1.7, 2.0), ("they", 2.5, 2.7), ("came", 2.7, 3.0))
    text = srt([Cue(1.0, 2.4, ("In 12 days",)), Cue(2.5, 3.2, ("they came",))])
    assert caption_drift_s(text, words) == pytest.approx(0, abs=1e-6)


def test_nothing_is_said_of_captions_whose_words_nobody_knows() -> None:
    text = srt([Cue(1.0, 2.4, ("Once.",))])
    assert caption_drift_s(text, []) is None
    assert caption_drift_s(text, spoken(("Never", 1.0, 2.0))) is None
    assert caption_drift_s("", FOX) is None
