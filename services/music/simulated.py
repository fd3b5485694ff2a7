"""The simulated musician: one long, quiet chord."""

import math
import struct
import wave
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from schemas import Passage, Seed
from talestream.simulation import NAME, STAND_IN, Simulation

RATE_HZ = 44_100
PERIOD = 441
"""Frames after which the chord repeats: a hundredth of a second, so its tones are multiples of 100 Hz."""
_ROOTS_HZ = (200, 300, 400)
_AMPLITUDE = 400
"""Of each tone, in 16-bit steps."""


class SimulatedMusician:
    """Sounds exactly as long as the passages together; the seed and their moods decide the pitch."""

    name = NAME
    model = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def play(
        self, passages: Sequence[Passage], seed: Seed, target: Path, on_progress: Callable[[float], None]
    ) -> float:
        """See :class:`services.music.providers.Musician`."""
        self._simulation.work()
        frames = math.ceil(sum(passage.duration_s for passage in passages) * RATE_HZ)
        root = _ROOTS_HZ[(seed + sum(len(passage.mood) for passage in passages)) % len(_ROOTS_HZ)]
        whole, rest = divmod(frames, PERIOD)
        period = _period(root)
        with wave.open(str(target), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(RATE_HZ)
            out.writeframes(period * whole + period[: 4 * rest])
        on_progress(1.0)
        return frames / RATE_HZ


@lru_cache
def _period(root_hz: int) -> bytes:
    """The chord's period, stereo, 16-bit."""
    levels = (
        round(sum(_AMPLITUDE * math.sin(2 * math.pi * root_hz * tone * frame / RATE_HZ) for tone in (1, 2, 3)))
        for frame in range(PERIOD)
    )
    return b"".join(struct.pack("<hh", level, level) for level in levels)


def simulated() -> SimulatedMusician:
    """The provider ``simulated`` of the music stage."""
    return SimulatedMusician(Simulation.configured("music"))
