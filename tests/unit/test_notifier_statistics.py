"""The figures of a stage: of its latest attempts, each counted once."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.statistics import WINDOW, StageWindow

NOW = datetime(2024, 5, 1, tzinfo=UTC)


def window_of(*durations: float | None) -> StageWindow:
    window = StageWindow()
    for place, duration in enumerate(durations):
        window.add(f"e{place}", duration)
    return window


def test_a_stage_of_which_nothing_is_known_has_no_durations() -> None:
    figures = StageWindow().summary(NOW)
    assert (figures.count, figures.median_s, figures.p90_s, figures.failure_rate) == (0, None, None, 0.0)


def test_failures_count_in_the_rate_and_not_in_the_durations() -> None:
    figures = window_of(1.0, None, 3.0, None).summary(NOW)
    assert (figures.count, figures.median_s, figures.failure_rate) == (4, 2.0, 0.5)


def test_a_single_attempt_is_its_own_median_and_p90() -> None:
    figures = window_of(2.5).summary(NOW)
    assert (figures.median_s, figures.p90_s) == (2.5, 2.5)


def test_p90_lies_between_the_slowest_two_of_eleven() -> None:
    assert window_of(*[float(second) for second in range(11)]).summary(NOW).p90_s == 9.0


def test_an_event_that_comes_twice_counts_once() -> None:
    window = window_of(1.0)
    assert not window.add("e0", 1.0)
    assert window.summary(NOW).count == 1


def test_only_the_latest_attempts_count() -> None:
    figures = window_of(*[100.0] * 50, *[1.0] * WINDOW).summary(NOW)
    assert (figures.count, figures.median_s, figures.p90_s) == (WINDOW, 1.0, 1.0)


@given(st.lists(st.one_of(st.none(), st.floats(0, 10_000, allow_nan=False)), min_size=1, max_size=60))
def test_the_figures_stay_within_what_was_seen(durations: list[float | None]) -> None:
    figures = window_of(*durations).summary(NOW)
    seen = [duration for duration in durations if duration is not None]
    assert figures.count == len(durations)
    assert abs(figures.failure_rate - (len(durations) - len(seen)) / len(durations)) < 1e-4
    if seen:
        assert figures.median_s is not None
        assert figures.p90_s is not None
        assert min(seen) - 1e-3 <= figures.median_s <= max(seen) + 1e-3
        assert figures.median_s <= figures.p90_s + 1e-3
        assert figures.p90_s <= max(seen) + 1e-3
