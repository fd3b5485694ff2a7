"""Sounds beside the narration: what they are like, and when they are heard."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import Sound
from services.video.audio_files import RATE_HZ
from services.video.sound_effects import Heard, block, place_sounds
from services.video.synthesis import LEVEL_S, LOOP_S, is_place, samples

PLACES = [sound for sound in Sound if is_place(sound)]
EVENTS = [sound for sound in Sound if not is_place(sound)]
PAGE = 5 * RATE_HZ


def centroid(sound: Sound) -> float:
    """The middle of a sound's spectrum, in hertz."""
    power = np.square(np.abs(np.fft.rfft(samples(sound))))
    return float(np.sum(np.fft.rfftfreq(len(samples(sound)), 1 / RATE_HZ) * power) / np.sum(power))


def level(made: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(made))))


@pytest.mark.parametrize("sound", PLACES)
def test_a_place_is_a_loop_without_a_seam(sound: Sound) -> None:
    made = samples(sound)
    assert made.shape == (LOOP_S * RATE_HZ,)
    assert level(made) == pytest.approx(1, rel=1e-3)
    steps = np.abs(np.diff(made))
    assert abs(made[0] - made[-1]) <= np.quantile(steps, 0.9999)


@pytest.mark.parametrize("sound", EVENTS)
def test_what_happens_once_begins_and_ends_in_silence(sound: Sound) -> None:
    made = samples(sound)
    assert RATE_HZ < len(made) < 6 * RATE_HZ
    step = round(LEVEL_S * RATE_HZ)
    assert level(made[-step:]) < 0.05
    assert max(level(made[at : at + step]) for at in range(0, len(made) - step, step)) == pytest.approx(1, rel=0.15)


def test_sounds_differ_as_they_do_in_the_world() -> None:
    assert centroid(Sound.THUNDER) < centroid(Sound.WIND) < centroid(Sound.WATER) < centroid(Sound.RAIN)
    assert centroid(Sound.FOOTSTEPS) < centroid(Sound.BIRDS)
    assert centroid(Sound.BELL) < centroid(Sound.CRICKETS)


def test_a_place_lasts_as_long_as_its_page_and_an_event_passes() -> None:
    heard = place_sounds([((Sound.DOOR, Sound.RAIN), 0, PAGE), ((), PAGE, 2 * PAGE)])
    [rain] = [one for one in heard if one.sound is Sound.RAIN]
    [door] = [one for one in heard if one.sound is Sound.DOOR]
    assert (rain.start, rain.stop) == (0, PAGE)
    assert door.stop - door.start == len(samples(Sound.DOOR))
    assert level(block(heard, PAGE + RATE_HZ, 2 * PAGE, 0.1)) == 0


def test_rain_that_goes_on_is_heard_through_the_turn_of_the_page() -> None:
    heard = place_sounds([((Sound.RAIN,), 0, PAGE), ((Sound.RAIN, Sound.BELL), PAGE, 2 * PAGE)])
    assert Heard(Sound.RAIN, 0, 2 * PAGE) in heard
    turn = block([one for one in heard if one.sound is Sound.RAIN], PAGE - RATE_HZ // 2, PAGE + RATE_HZ // 2, 0.1)
    whole = samples(Sound.RAIN)[PAGE - RATE_HZ // 2 : PAGE + RATE_HZ // 2]
    assert np.corrcoef(turn, whole)[0, 1] == pytest.approx(1, abs=1e-5)


@given(
    st.lists(st.lists(st.sampled_from(list(Sound)), max_size=4), min_size=1, max_size=4),
    st.integers(1, 3 * RATE_HZ),
)
def test_a_block_is_the_same_however_the_film_is_cut(pages: list[list[Sound]], cut: int) -> None:
    page = RATE_HZ
    heard = place_sounds((sounds, number * page, (number + 1) * page) for number, sounds in enumerate(pages))
    whole = block(heard, 0, 4 * page, 0.1)
    parts = [block(heard, start, stop, 0.1) for start, stop in pairwise((0, min(cut, 4 * page), 4 * page))]
    assert np.array_equal(whole, np.concatenate(parts))
    assert np.isfinite(whole).all()
    assert len(whole) == 4 * page
