"""What an engine gives for a phrase: samples, and when each phoneme is heard."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE_HZ = 24_000
"""Of the embedded engines."""

Samples = NDArray[np.float32]
"""Mono, -1 to 1."""

_HEARD = 0.02
"""Of the loudest: what is softer counts as silence."""
_LEVEL_STEP_S = 0.005
_AHEAD_S = 0.035
"""How much earlier a phoneme is heard than its durations tell: measured as 0.03 to 0.04 s for all voices, by the onset
of sound after pauses."""


@dataclass(frozen=True)
class Sound:
    """A spoken phrase with the silence that the engine puts around it."""

    samples: Samples
    starts_s: NDArray[np.float64]
    """When phoneme ``i`` starts; one entry more than phonemes, the last being the end of the last phoneme."""
    sample_rate_hz: int = SAMPLE_RATE_HZ

    def last_heard_s(self, start_s: float, end_s: float) -> float:
        """The last moment between the two at which something is heard; ``start_s`` when nothing is."""
        first = round(start_s / _LEVEL_STEP_S)
        loud = np.flatnonzero(self._levels[first : round(end_s / _LEVEL_STEP_S)] > _HEARD * self._levels.max())
        return float(first + loud[-1] + 1) * _LEVEL_STEP_S if loud.size else start_s

    @cached_property
    def _levels(self) -> Samples:
        step = round(_LEVEL_STEP_S * self.sample_rate_hz)
        whole = self.samples[: self.samples.size // step * step].reshape(-1, step)
        return np.asarray(np.sqrt(np.mean(np.square(whole), axis=1)), np.float32)


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
    starts_s = np.cumsum(durations[:-1], dtype=np.float64) * frame_s
    return Sound(samples, np.maximum(0.0, starts_s - _AHEAD_S))
