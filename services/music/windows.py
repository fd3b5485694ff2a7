"""A long piece from a model that hears and makes at most half a minute: which windows, and how they are joined. Pure.

Each window but the first begins with the end of what there is already, which the model continues; a window belongs to
one mood, so that a change of mood is a continuation, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from schemas import Mood
from services.music.form import Section
from services.music.wav_file import Samples


@dataclass(frozen=True)
class Window:
    """One call of the model, in its frames: it hears the last ``heard`` of what there is and makes ``new`` more."""

    mood: Mood
    heard: int
    new: int


def windows(parts: Sequence[Section], frame_rate: float, longest: int, overlap: int) -> list[Window]:
    """The windows of a piece: at most ``longest`` frames each, of which at most ``overlap`` are heard again.

    A part's windows are about equally long. Together they make every second of the parts, and less than a frame more.
    """
    made = 0
    planned: list[Window] = []
    at_s = 0.0
    for part in parts:
        at_s += part.duration_s
        missing = ceil(at_s * frame_rate) - made
        while missing > 0:
            heard = min(overlap, made)
            share = ceil(missing / ceil(missing / (longest - heard)))
            planned.append(Window(part.mood, heard, share))
            made += share
            missing -= share
    return planned


class Seams:
    """Joins windows: the end of what there is fades into the next window's rendering of the same stretch."""

    def __init__(self, fade: int) -> None:
        """``fade`` is the length of a cross-fade, in samples."""
        self._fade = fade
        self._held: Samples | None = None

    def add(self, window: Samples, heard: int) -> Samples:
        """What is certain so far, of shape (n, channels). ``window`` begins with ``heard`` samples that are there
        already.
        """
        joined = window if self._held is None else _joined(self._held, window, heard, self._fade)
        certain = max(0, len(joined) - self._fade)
        self._held = joined[certain:]
        return joined[:certain]

    def rest(self) -> Samples:
        """What is left behind the last window."""
        return np.zeros((0, 2), np.float32) if self._held is None else self._held


def _joined(before: Samples, window: Samples, heard: int, fade: int) -> Samples:
    """``before``, and what is new in ``window``. Of equal gain: both say the same where they overlap."""
    fade = min(fade, heard, len(before))
    rising = (0.5 - 0.5 * np.cos(np.pi * (np.arange(fade) + 0.5) / max(1, fade)))[:, None]
    blend = before[len(before) - fade :] * (1 - rising) + window[heard - fade : heard] * rising
    return np.concatenate([before[: len(before) - fade], blend, window[heard:]]).astype(np.float32)
