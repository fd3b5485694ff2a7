"""A finished film is judged by its bounds, and says which it does not keep."""

from dataclasses import replace
from typing import Any

import pytest

from schemas import QualityReport
from services.video.audio_files import Loudness
from services.video.inspection import Findings
from services.video.quality import Plan, judge

PLAN = Plan(duration_s=20, pixels_per_s=1280 * 720 * 24, speech_s=[(1, 4), (5, 9), (15, 18.5)], has_music=True)
GOOD = Findings(
    picture_s=20,
    sound_s=20.02,
    frame_count=480,
    bits_per_s=1_400_000,
    loudness=Loudness(integrated_lufs=-16.2, true_peak_dbtp=-1.4),
    black_s=((0, 0.4),),
    frozen_s=(),
    silent_s=((18.9, 20),),
)


def value(report: QualityReport, name: str) -> float:
    return next(one.value for one in report.measurements if one.name == name)


def test_a_film_within_its_bounds_has_no_shortcoming_and_tells_every_figure() -> None:
    report = judge(GOOD, PLAN, 0.0304)
    assert report.shortcoming is None
    assert all(one.is_kept for one in report.measurements)
    assert (value(report, "picture"), value(report, "sound"), value(report, "bitrate")) == (20, 20.02, 1400)
    assert (value(report, "loudness"), value(report, "true-peak")) == (-16.2, -1.4)
    assert (value(report, "black"), value(report, "frozen"), value(report, "silence")) == (0.4, 0, 1.1)
    assert value(report, "caption-drift") == 30.4
    assert (report.black_s, report.silent_s) == (GOOD.black_s, GOOD.silent_s)


@pytest.mark.parametrize(
    ("flaw", "said"),
    [
        ({"picture_s": 19.9}, "picture 19.9 s, not at least 19.95 and at most 20.05"),
        ({"sound_s": 20.4}, "sound 20.4 s"),
        ({"loudness": Loudness(-18.3, -3)}, "loudness -18.3 LUFS, not at least -17 and at most -15"),
        ({"loudness": Loudness(-16, -0.9)}, "true-peak -0.9 dBTP, not at most -1"),
        ({"black_s": ((3, 3.5), (8, 10))}, "black 2 s"),
        ({"frozen_s": ((3, 9),)}, "frozen 6 s"),
        ({"silent_s": ((9.5, 14.5),)}, "silence 5 s"),
        ({"bits_per_s": 40_000_000}, "bitrate 40000 kbit/s"),
    ],
)
def test_a_film_out_of_a_bound_says_which(flaw: dict[str, Any], said: str) -> None:
    report = judge(replace(GOOD, **flaw), PLAN, None)
    assert report.shortcoming is not None
    assert said in report.shortcoming
    assert sum(not one.is_kept for one in report.measurements) == 1


def test_captions_that_are_late_are_a_shortcoming_and_those_of_unknown_words_none() -> None:
    assert "caption-drift 400 ms" in (judge(GOOD, PLAN, 0.4).shortcoming or "")
    assert "caption-drift" not in {one.name for one in judge(GOOD, PLAN, None).measurements}


def test_a_pause_in_a_film_without_music_is_no_silence() -> None:
    silent = replace(GOOD, silent_s=((9.1, 14.9),))
    assert judge(silent, replace(PLAN, has_music=False), None).shortcoming is None
    assert "silence" in (judge(silent, PLAN, None).shortcoming or "")


def test_a_film_in_which_nothing_is_to_be_heard_may_be_silent() -> None:
    silent = replace(GOOD, loudness=Loudness(-70, -70), silent_s=((0, 20),))
    assert judge(silent, Plan(20, PLAN.pixels_per_s, (), has_music=False), None).shortcoming is None
