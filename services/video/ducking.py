"""How music makes way for the voice: levels in steps of 10 ms. Pure.

Music sits ``DUCKED_DB`` under the voice while somebody speaks and comes up in the pauses; it starts to sink just before
the voice, since the whole narration is known.
"""

from math import exp

import numpy as np
from numpy.typing import NDArray

STEP_S = 0.01
UP_DB = -7.0
"""Music against the voice in pauses."""
DUCKED_DB = -14.5
"""Music against the voice under it."""
ATTACK_S = 0.15
RELEASE_S = 0.6
HOLD_S = 0.25
VOICE_RANGE_DB = 30.0
"""Sound this far under the voice's own level is not voice."""

Levels = NDArray[np.float64]


def gains(voice_levels: Levels, voice_level: float) -> Levels:
    """The music's gain in dB, a value a step, for the voice's RMS levels (linear, a value a step).

    ``voice_level`` is the usual RMS level of the voice. Without any voice, music stays up.
    """
    is_voice = voice_levels > voice_level * 10 ** (-VOICE_RANGE_DB / 20) if voice_level > 0 else voice_levels < 0
    spoken = _spread(is_voice, before=round(ATTACK_S / STEP_S), after=round(HOLD_S / STEP_S))
    return _glide(np.where(spoken, DUCKED_DB, UP_DB))


def _spread(flags: NDArray[np.bool_], before: int, after: int) -> NDArray[np.bool_]:
    """The flags, each widened by that many steps to both sides."""
    edges = np.zeros(len(flags) + 1, np.int64)
    at = np.flatnonzero(flags)
    np.add.at(edges, np.maximum(at - before, 0), 1)
    np.add.at(edges, np.minimum(at + after + 1, len(flags)), -1)
    return np.cumsum(edges[:-1]) > 0


def _glide(targets: Levels) -> Levels:
    """Follow the targets by one-pole filters that cover 95 % of the way in the attack and in the release time."""
    down, up = (1 - exp(-3 * STEP_S / time) for time in (ATTACK_S, RELEASE_S))
    followed = np.empty_like(targets)
    value = float(targets[0]) if len(targets) else 0.0
    for index, target in enumerate(targets):
        value += (target - value) * (down if target < value else up)
        followed[index] = value
    return followed
