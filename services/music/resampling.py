"""Sound from a model's rate to the track's, block by block, by the SoX resampler."""

import numpy as np
import soxr

from services.music.wav_file import Samples

CHANNELS = 2


class Resampler:
    """Of one track: what comes in in blocks comes out in blocks, as if it had been one."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream = soxr.ResampleStream(from_hz, to_hz, CHANNELS, dtype="float32", quality="HQ")

    def add(self, block: Samples) -> Samples:
        """What is certain so far, of shape (n, 2) as the block."""
        return np.asarray(self._stream.resample_chunk(block), np.float32)

    def rest(self) -> Samples:
        """What is left behind the last block."""
        return np.asarray(self._stream.resample_chunk(np.zeros((0, CHANNELS), np.float32), last=True), np.float32)
