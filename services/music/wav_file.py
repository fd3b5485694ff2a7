"""The file of a track: raw floats first, because the level is known only when all is played; then 16-bit WAV."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from talestream.cancellation import check_cancelled

RATE_HZ = 44_100
PEAK = 0.7
"""Of full scale: every track's loudest sample."""

Samples = NDArray[np.float32]
"""Stereo sound of shape (n, 2)."""


class Draft:
    """Sound in blocks, kept on disk: memory does not grow with a track's length. A context; it removes its file."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_suffix(".f32")
        self._file = self._path.open("wb")
        self._peak = 0.0
        self.samples = 0
        """How many there are so far."""

    def __enter__(self) -> "Draft":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def add(self, block: Samples) -> None:
        """Append a block of stereo samples at 44.1 kHz."""
        self._peak = max(self._peak, float(np.abs(block).max(initial=0)))
        self._file.write(block.astype("<f4").tobytes())
        self.samples += len(block)

    def finish(self, fade_out_s: float) -> None:
        """Write the target: 16-bit stereo WAV at one peak level, faded out over its last ``fade_out_s`` seconds."""
        self._file.close()
        gain = PEAK / self._peak if self._peak > 0 else 1.0
        fade = max(1, min(round(fade_out_s * RATE_HZ), self.samples))
        with self._path.open("rb") as source, wave.open(str(self._target), "wb") as wav:
            wav.setnchannels(2)
            wav.setsampwidth(2)
            wav.setframerate(RATE_HZ)
            at = 0
            while raw := source.read(8 * RATE_HZ):
                check_cancelled()
                block = np.frombuffer(raw, "<f4").reshape(-1, 2)
                left = self.samples - np.arange(at, at + len(block))
                level = gain * np.clip(left / fade, 0, 1)[:, None]
                wav.writeframesraw(np.rint(32767 * block * level).astype("<i2").tobytes())
                at += len(block)
