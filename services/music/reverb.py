"""A room: reverberation by convolution with decaying noise, in blocks.

The impulse response is seeded noise under an exponential decay with less treble the longer it rings (Moorer, "About
This Reverberation Business", 1979); the convolution is overlap-add by FFT.
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

DECAY_S = 1.5
"""Time in which the room's sound falls by 60 dB."""
PREDELAY_S = 0.018
WET = 0.22
FFT = 1 << 17


class Reverb:
    """Adds the room to a stereo sound that comes in blocks of at most ``block`` samples."""

    def __init__(self, rate_hz: int) -> None:
        response = _impulse_response(rate_hz)
        self.block = FFT - len(response) + 1
        self._spectrum = np.fft.rfft(response, FFT, axis=0)
        self._tail = np.zeros((len(response) - 1, 2))

    def add(self, dry: Samples) -> Samples:
        """The block with its room, of shape (n, 2), as its input."""
        wet = np.fft.irfft(np.fft.rfft(dry, FFT, axis=0) * self._spectrum, FFT, axis=0)
        wet[: len(self._tail)] += self._tail
        self._tail = wet[len(dry) : len(dry) + len(self._tail)].copy()
        return (dry + WET * wet[: len(dry)]).astype(np.float32)


def _impulse_response(rate_hz: int) -> NDArray[np.float64]:
    """Shape (n, 2), of unit energy a channel, the channels independent, which makes the room wide."""
    noise = np.random.default_rng(1979).standard_normal((round(DECAY_S * rate_hz), 2))
    time = np.arange(len(noise)) / rate_hz
    duller = np.copy(noise)
    for _ in range(4):
        duller[1:] = 0.5 * (duller[1:] + duller[:-1])
    brightness = np.exp(-6 * time / DECAY_S)[:, None]
    response = (brightness * noise + (1 - brightness) * duller) * 10 ** (-3 * time / DECAY_S)[:, None]
    response = np.concatenate([np.zeros((round(PREDELAY_S * rate_hz), 2)), response])
    return np.asarray(response / np.sqrt(np.sum(np.square(response), axis=0)))
