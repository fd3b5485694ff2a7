"""Kokoro-82M, int8: voices for Chinese and English."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from services.speech.lazily import Lazily
from services.speech.phrase import alphabet
from services.speech.sound import Samples, Sound, sound_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_STYLE_SIZE = 256


class KokoroEngine:
    """All Kokoro voices on one network. ``seed`` has no effect: the network draws nothing at random.

    One thread a phrase: two pages at once use two cores better than two threads that wait for each other.

    ``model`` and ``style`` find the model's file and a voice's file when they are needed first.
    """

    def __init__(self, model: Callable[[], Path], style: Callable[[str], Path], threads: int = 1) -> None:
        self._model = model
        self._style = style
        self._threads = threads
        self._session = Lazily(self._open)
        self._styles: dict[str, Samples] = {}
        self._lock = Lock()

    def synthesize(self, phonemes: str, voice: str, speed: float, seed: int) -> Sound:
        """See :class:`services.speech.sound.Engine`."""
        del seed
        known = alphabet()
        styles = self._styles_of(voice)
        inputs = {
            "tokens": np.array([[0, *(known[phoneme] for phoneme in phonemes), 0]], np.int64),
            "style": styles[min(len(phonemes), len(styles)) - 1][None],
            "speed": np.array([speed], np.float32),
        }
        samples, durations = self._session().run(None, inputs)
        return sound_of(samples.ravel(), durations.ravel())

    def load(self) -> None:
        """Load the network (under a second, 130 MB)."""
        self._session()

    def _styles_of(self, voice: str) -> Samples:
        """The voice's style vectors, one for each length of a phrase in phonemes."""
        with self._lock:
            if voice not in self._styles:
                self._styles[voice] = np.fromfile(self._style(voice), "<f4").reshape(-1, _STYLE_SIZE)
            return self._styles[voice]

    def _open(self) -> "InferenceSession":
        import onnxruntime  # noqa: PLC0415

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # the cores are shared
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self._model(), options, providers=["CPUExecutionProvider"])
