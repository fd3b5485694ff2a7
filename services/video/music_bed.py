"""Fitting a track of any length under a film. Pure.

A track is repeated or shortened by a jump inside it, hidden by a cross-fade, so that its own ending falls on the end of
the film; only a much longer track is simply faded out.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

JUMP_FADE_S = 2.0
ENDING_S = 5.0
"""The end of a track that no jump touches."""
SHORTEN_S = 8.0
"""A track that is longer by more than this is faded out instead of shortened."""
FADE_IN_S = 0.25
FADE_OUT_S = 1.2
LONG_FADE_OUT_S = 3.0


@dataclass(frozen=True)
class Take:
    """A stretch of the track. All in samples; ``fade`` is the length of the cross-fade at its start and at its end."""

    film_start: int
    film_end: int
    track_start: int
    fade_in: int
    fade_out: int

    def envelope(self, start: int, stop: int) -> NDArray[np.float32]:
        """The gain of this take for the film's samples ``start`` to ``stop``: equal power over the cross-fades."""
        gain = np.ones(stop - start, np.float32)
        for first, last, origin, way in (
            (self.film_start, self.film_start + self.fade_in, self.film_start, self.fade_in),
            (self.film_end - self.fade_out, self.film_end, self.film_end, -self.fade_out),
        ):
            at = np.arange(max(first, start), min(last, stop)) + 0.5
            gain[max(first - start, 0) :][: len(at)] *= np.sin(np.pi / 2 * (at - origin) / way)
        return gain


def fit(track: int, film: int, rate: int) -> list[Take]:
    """Lay ``track`` samples under ``film`` samples; neighbouring takes overlap by their cross-fade."""
    fade_in, surplus = min(round(FADE_IN_S * rate), film // 4), track - film
    fade_out = min(round(FADE_OUT_S * rate), film // 3)
    if surplus > SHORTEN_S * rate:
        return [Take(0, film, 0, fade_in, min(round(LONG_FADE_OUT_S * rate), film // 3))]
    join = min(round(JUMP_FADE_S * rate), track // 4)
    ending = min(round(ENDING_S * rate), track // 3)
    if abs(surplus) < rate // 100:
        return [Take(0, film, min(max(surplus, 0), track), fade_in, fade_out)]
    if surplus > 0:
        cut = film - ending
        if cut <= join:
            return [Take(0, film, surplus, fade_in, fade_out)]
        return [Take(0, cut, 0, fade_in, join), Take(cut - join, film, cut - join + surplus, join, fade_out)]
    longest_jump = track - ending - join
    jumps = ceil(-surplus / longest_jump)
    back = ceil(-surplus / jumps)
    takes: list[Take] = []
    film_at = track_at = 0
    for number in range(jumps):
        step = back if number < jumps - 1 else -surplus - back * (jumps - 1)
        leave = film_at + (track - ending - track_at)
        takes.append(Take(film_at, leave, track_at, join if takes else fade_in, join))
        film_at, track_at = leave - join, track - ending - join - step
    takes.append(Take(film_at, film, track_at, join, fade_out))
    return takes
