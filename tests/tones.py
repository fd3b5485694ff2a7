"""A voice with one tone a word."""

import numpy as np

from services.speech.sound import Samples

RATE_HZ = 16_000


def spoken(*stretches: tuple[float, float], seed: int = 0) -> Samples:
    """Tones of these pitches (0: silence) and lengths, as a voice with one tone a word would say them."""
    noise = np.random.default_rng(seed)
    parts = []
    for pitch_hz, length_s in stretches:
        at = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        tone = sum(np.sin(2 * np.pi * pitch_hz * harmonic * at) / harmonic for harmonic in (1, 2, 3))
        parts.append(0.2 * tone * bool(pitch_hz) + 1e-4 * noise.standard_normal(at.size))
    return np.concatenate(parts).astype(np.float32)
