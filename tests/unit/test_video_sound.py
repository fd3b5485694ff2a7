"""Music under a voice: how it makes way, and how a track of any length is fitted to a film."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.video.audio_files import read_meter
from services.video.ducking import DUCKED_DB, STEP_S, UP_DB, gains
from services.video.music_bed import Take, fit

RATE = 1000
SPEECH = 0.1


def voice(*spoken: tuple[float, float], length_s: float = 12.0) -> np.ndarray:
    """Levels of a voice that speaks in these spans of seconds."""
    at = (np.arange(round(length_s / STEP_S)) + 0.5) * STEP_S
    return np.where(np.any([(at >= start) & (at < end) for start, end in spoken], axis=0), SPEECH, 0.0)


def test_music_is_down_when_a_word_begins_and_up_again_in_a_long_pause() -> None:
    curve = gains(voice((2, 4), (8, 10)), SPEECH)
    assert curve[0] == pytest.approx(UP_DB, abs=0.2)
    assert curve[round(2.0 / STEP_S)] == pytest.approx(DUCKED_DB, abs=0.6)
    assert np.allclose(curve[round(2.1 / STEP_S) : round(4 / STEP_S)], DUCKED_DB, atol=0.5)
    assert curve[round(6 / STEP_S)] == pytest.approx(UP_DB, abs=0.2)
    assert 12 <= -DUCKED_DB <= 16


def test_music_does_not_pump_between_the_words_of_a_sentence() -> None:
    curve = gains(voice((2, 3), (3.15, 4), (4.2, 5)), SPEECH)
    assert np.ptp(curve[round(2.2 / STEP_S) : round(5 / STEP_S)]) < 1


def test_music_never_jumps() -> None:
    curve = gains(voice((2, 4), (5, 6)), SPEECH)
    assert np.abs(np.diff(curve)).max() < 1.5


def test_music_stays_up_without_a_voice() -> None:
    assert np.allclose(gains(np.zeros(500), SPEECH), UP_DB)


def total(takes: list[Take], film: int) -> np.ndarray:
    """The power of all takes together, a value a sample."""
    power = np.zeros(film)
    for take in takes:
        power[take.film_start : take.film_end] += take.envelope(take.film_start, take.film_end) ** 2
    return power


@settings(deadline=None)
@given(st.integers(5 * RATE, 90 * RATE), st.integers(4 * RATE, 300 * RATE))
def test_a_track_of_any_length_fills_the_film_at_one_level(track: int, film: int) -> None:
    takes = fit(track, film, RATE)
    assert (takes[0].film_start, takes[-1].film_end) == (0, film)
    for take in takes:
        assert take.track_start >= 0
        assert take.track_start + take.film_end - take.film_start <= track + RATE // 100
    middle = slice(RATE, film - 3 * RATE)
    assert np.allclose(total(takes, film)[middle], 1, atol=0.01)
    assert all(after.film_start < take.film_end for take, after in pairwise(takes))


@settings(deadline=None)
@given(st.integers(10 * RATE, 90 * RATE), st.integers(15 * RATE, 300 * RATE))
def test_the_track_ends_when_the_film_ends(track: int, film: int) -> None:
    last = fit(track, film, RATE)[-1]
    is_much_longer = track - film > 8 * RATE
    ends_at = last.track_start + last.film_end - last.film_start
    assert is_much_longer or abs(ends_at - track) <= RATE // 100


def test_a_much_longer_track_plays_from_its_start_and_is_faded_out() -> None:
    (take,) = fit(100 * RATE, 30 * RATE, RATE)
    assert take.track_start == 0
    assert take.envelope(30 * RATE - 1, 30 * RATE)[0] < 0.01
    assert take.envelope(26 * RATE, 26 * RATE + 1)[0] == pytest.approx(1)


def test_the_meter_of_a_silent_sound_reads_the_gate() -> None:
    loudness = read_meter("  Integrated loudness:\n    I:  -70.0 LUFS\n  True peak:\n    Peak:       -inf dBFS\n")
    assert (loudness.integrated_lufs, loudness.true_peak_dbtp) == (-70, -70)
