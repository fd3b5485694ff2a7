"""What an engine gives for a phrase: samples, and when each phoneme is heard."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
"""Of both engines."""

Samples = NDArray[np.float32]
"""Mono, -1 to 1."""


@dataclass(frozen=True)
class Sound:
    """A spoken phrase with the silence that the engine puts around it."""

    samples: Samples
    starts_s: NDArray[np.float64]
    """When phoneme ``i`` starts; one entry more than phonemes, the last being the end of the last phoneme."""


class Engine(Protocol):
    """A neural voice that turns phonemes into sound. May be used from several threads."""

    def synthesize(self, phonemes: str, voice: str, speed: float, seed: int) -> Sound:
        """Say ``phonemes`` of :func:`services.speech.phrase.alphabet`, at most 500 of them."""
        ...


def sound_of(samples: Samples, durations: NDArray[np.float32]) -> Sound:
    """A sound from an engine's samples and the lengths, in frames, of its phonemes with the pad at either end.

    The frames together are the samples, so a frame's length follows from both.
    """
    frame_s = samples.size / float(durations.sum()) / SAMPLE_RATE_HZ
    return Sound(samples, np.cumsum(durations[:-1], dtype=np.float64) * frame_s)
