"""Plain sounds made from noise and sines: rain, wind, waves, a door.

Sounds of a place are loops of :data:`LOOP_S` seconds: all that they are made of goes round in a circle, so that the end
runs into the beginning without a seam. Everything is mono, 48 kHz 32-bit float, with an RMS level of one over the loop
or, of what happens once, over its loudest tenth of a second. The same sound is always made of the same samples.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas import Sound
from services.video.audio_files import RATE_HZ

LOOP_S = 12
LEVEL_S = 0.1

Samples = NDArray[np.float32]
_Wave = NDArray[np.floating[Any]]
_LOOP = LOOP_S * RATE_HZ


@cache
def samples(sound: Sound) -> Samples:
    """The samples of a sound, of shape (n,): a loop, or what happens once."""
    if sound in _PLACES:
        made = _PLACES[sound](np.random.default_rng([1, list(Sound).index(sound)]))
        level = float(np.sqrt(np.mean(np.square(made))))
    else:
        made = _EVENTS[sound](np.random.default_rng([2, list(Sound).index(sound)]))
        step = round(LEVEL_S * RATE_HZ)
        padded = np.pad(made, (0, -len(made) % step))
        level = float(np.sqrt(np.mean(np.square(padded.reshape(-1, step)), axis=1)).max())
    return (made / level).astype(np.float32)


def is_place(sound: Sound) -> bool:
    """Whether it lasts as long as its page, rather than happening once."""
    return sound in _PLACES


def _noise(random: np.random.Generator, count: int, shape: Callable[[_Wave], _Wave]) -> _Wave:
    """Noise of which ``shape`` gives the amplitude at each frequency in hertz. It goes round in a circle."""
    spectrum = np.fft.rfft(random.standard_normal(count)) * shape(np.fft.rfftfreq(count, 1 / RATE_HZ))
    made = np.fft.irfft(spectrum, count)
    return np.asarray(made / np.sqrt(np.mean(np.square(made))))


def _band(low: float, high: float, steepness: int = 2) -> Callable[[_Wave], _Wave]:
    """A band between two frequencies, with flanks that fall off as a Butterworth filter's do."""

    def shape(hertz: _Wave) -> _Wave:
        at = np.maximum(hertz, 1e-3)
        return np.asarray(1 / np.sqrt((1 + (low / at) ** (2 * steepness)) * (1 + (at / high) ** (2 * steepness))))

    return shape


def _swell(random: np.random.Generator, waves: int) -> _Wave:
    """A slow rise and fall between 0 and 1 that goes round in a circle, of the lowest ``waves`` frequencies."""
    turn = np.arange(_LOOP) * (2 * np.pi / _LOOP)
    curve = sum(np.sin(number * turn + random.uniform(0, 2 * np.pi)) / number for number in range(1, waves + 1))
    return np.asarray((curve - np.min(curve)) / np.ptp(curve))


def _scatter(loop: _Wave, at_s: float, grain: _Wave) -> None:
    """Add a short sound to a loop, round its end where it must."""
    places = (round(at_s * RATE_HZ) + np.arange(len(grain))) % len(loop)
    loop[places] += grain


def _ring(hertz: float, fall_s: float, length_s: float) -> _Wave:
    """A sine that fades: to a third in ``fall_s``."""
    at = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    return np.asarray(np.sin(2 * np.pi * hertz * at) * np.exp(-at / fall_s))


def _glide(start_hz: float, end_hz: float, length_s: float) -> _Wave:
    """A tone that slides, with a soft beginning and end."""
    count = round(length_s * RATE_HZ)
    hertz = np.linspace(start_hz, end_hz, count)
    return np.asarray(np.sin(2 * np.pi * np.cumsum(hertz) / RATE_HZ) * np.hanning(count))


def _rain(random: np.random.Generator) -> _Wave:
    made = _noise(random, _LOOP, _band(500, 5000, 1)) * (0.8 + 0.2 * _swell(random, 3))
    for at_s in random.uniform(0, LOOP_S, 900):
        _scatter(made, at_s, random.uniform(0.3, 2.2) * _ring(random.uniform(1500, 5500), 0.002, 0.012))
    return made


def _waves(random: np.random.Generator) -> _Wave:
    roll, hiss = _noise(random, _LOOP, _band(60, 500, 1)), _noise(random, _LOOP, _band(900, 6000, 1))
    turn = np.arange(_LOOP) / _LOOP
    made = np.zeros(_LOOP)
    for start, strength in ((0.0, 1.0), (0.31, 0.75), (0.66, 0.9)):  # three waves break in a loop
        since = (turn - start) % 1
        break_at = 0.12
        rise, fall = np.clip(since / break_at, 0, 1) ** 2, np.exp(-np.maximum(since - break_at, 0) * 7)
        made += strength * rise * fall * (0.8 * roll + 0.9 * hiss * np.clip((since - 0.05) / 0.1, 0, 1))
    return made + 0.12 * roll


def _water(random: np.random.Generator) -> _Wave:
    made = 0.5 * _noise(random, _LOOP, _band(300, 2500, 1)) * (0.7 + 0.3 * _swell(random, 8))
    for at_s in random.uniform(0, LOOP_S, 420):
        low = random.uniform(380, 1300)
        _scatter(made, at_s, random.uniform(0.2, 1.1) * _glide(low, low * random.uniform(1.1, 1.7), 0.06))
    return made


def _wind(random: np.random.Generator) -> _Wave:
    gust = _swell(random, 5)
    low, whistle = _noise(random, _LOOP, _band(120, 420, 2)), _noise(random, _LOOP, _band(550, 900, 4))
    return np.asarray(low * (0.35 + 0.65 * gust) + 0.35 * whistle * gust**2)


def _fire(random: np.random.Generator) -> _Wave:
    made = 0.5 * _noise(random, _LOOP, _band(80, 700, 1)) * (0.7 + 0.3 * _swell(random, 9))
    for at_s in random.uniform(0, LOOP_S, 150):
        made_of = random.standard_normal(round(0.02 * RATE_HZ)) * np.exp(-np.arange(round(0.02 * RATE_HZ)) / 150)
        _scatter(made, at_s, min(random.exponential(0.6), 2.0) * made_of)
    return made


def _crickets(random: np.random.Generator) -> _Wave:
    made = 0.04 * _noise(random, _LOOP, _band(200, 2000, 1))
    for hertz, period_s, loudness in ((4300, 0.8, 1.0), (4750, 1.0, 0.6), (3900, 1.2, 0.4)):
        for call in range(int(LOOP_S / period_s)):
            for pulse in range(4):
                _scatter(made, call * period_s + pulse * 0.045, loudness * _glide(hertz, hertz, 0.03))
    return made


def _birds(random: np.random.Generator) -> _Wave:
    made = 0.025 * _noise(random, _LOOP, _band(300, 3000, 1))
    for song in range(9):  # each of one bird: its own pitch and its own figure, a few times
        at_s, pitch = LOOP_S * (song + random.uniform(0, 0.8)) / 9, random.uniform(2600, 4800)
        bend, length_s, gap_s = random.uniform(0.72, 1.35), random.uniform(0.06, 0.15), random.uniform(0.1, 0.24)
        for note in range(random.integers(2, 7)):
            strength = random.uniform(0.4, 1.0)
            start = pitch * random.uniform(0.95, 1.05)
            _scatter(made, at_s + note * gap_s, strength * _glide(start, start * bend, length_s))
    return made


def _thunder(random: np.random.Generator) -> _Wave:
    count = round(5.0 * RATE_HZ)
    at = np.arange(count) / RATE_HZ
    rumble, crack = _noise(random, count, _band(25, 120, 2)), _noise(random, count, _band(150, 1200, 2))
    envelope = np.exp(-at / 1.4) * np.clip(at / 0.05, 0, 1)
    for again_s in (0.7, 1.5, 2.3):  # the sound of farther parts of the flash comes later
        envelope += 0.5 * np.exp(-np.maximum(at - again_s, 0) / 0.8) * np.clip((at - again_s) / 0.15, 0, 1)
    return np.asarray((rumble * envelope + 0.35 * crack * np.exp(-at / 0.15)) * _faded(count, 1.0))


def _bell(random: np.random.Generator) -> _Wave:
    partials = ((0.5, 0.6, 2.2), (1.0, 1.0, 1.7), (1.2, 0.7, 1.2), (1.5, 0.5, 0.9), (2.0, 0.6, 0.7), (2.67, 0.3, 0.4))
    stroke = np.sum([loud * _ring(440 * ratio, fall_s, 3.5) for ratio, loud, fall_s in partials], axis=0)
    made = np.zeros(round(5.5 * RATE_HZ))
    for at_s in (0.0, 1.6):
        _scatter(made, at_s, stroke[: len(made) - round(at_s * RATE_HZ)])
    return np.asarray(made * _faded(len(made), 1.0))


def _door(random: np.random.Generator) -> _Wave:
    made = np.zeros(round(1.9 * RATE_HZ))
    at = np.arange(round(0.9 * RATE_HZ)) / RATE_HZ
    pulses = np.sin(2 * np.pi * np.cumsum(55 + 35 * np.sin(2 * np.pi * 1.1 * at)) / RATE_HZ) > 0.96  # wood that sticks
    creak = np.convolve(pulses * random.uniform(0.5, 1, len(at)), _ring(640, 0.008, 0.04) + _ring(1150, 0.005, 0.04))
    _scatter(made, 0.0, 0.05 * creak[: len(at)] * np.hanning(len(at)))
    thud = _ring(95, 0.07, 0.5) + 0.6 * _ring(170, 0.05, 0.5) + 0.3 * _ring(330, 0.03, 0.5)
    click = random.standard_normal(round(0.012 * RATE_HZ)) * np.exp(-np.arange(round(0.012 * RATE_HZ)) / 120)
    _scatter(made, 1.05, 1.4 * thud)
    _scatter(made, 1.05, 0.5 * click)
    _scatter(made, 1.13, 0.3 * click)
    return made


def _footsteps(random: np.random.Generator) -> _Wave:
    made = np.zeros(round(3.2 * RATE_HZ))
    count = round(0.09 * RATE_HZ)
    for step in range(6):
        for part, (high, fall) in enumerate(((420, 900), (900, 500))):  # heel, then ball
            grain = _noise(random, count, _band(70, high, 2)) * np.exp(-np.arange(count) / fall)
            strength = random.uniform(0.8, 1.1) * (1.0 if part == 0 else 0.45)
            _scatter(made, 0.05 + step * 0.5 + part * 0.07 + random.uniform(0, 0.02), strength * grain)
    return made


def _faded(count: int, fade_s: float) -> _Wave:
    """One, and at the end down to nothing."""
    return np.asarray(np.clip((count - 1 - np.arange(count)) / (fade_s * RATE_HZ), 0, 1))


_Maker = Callable[[np.random.Generator], _Wave]
_PLACES: dict[Sound, _Maker] = {
    Sound.RAIN: _rain,
    Sound.WAVES: _waves,
    Sound.WATER: _water,
    Sound.WIND: _wind,
    Sound.FIRE: _fire,
    Sound.CRICKETS: _crickets,
    Sound.BIRDS: _birds,
}
_EVENTS: dict[Sound, _Maker] = {
    Sound.THUNDER: _thunder,
    Sound.BELL: _bell,
    Sound.DOOR: _door,
    Sound.FOOTSTEPS: _footsteps,
}
