"""Who can make music."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from schemas import Passage, Seed
from services.music.musician import EmbeddedMusician
from talestream.needs import need


class Musician(Protocol):
    """Makes a background track."""

    name: str
    """Of the provider, for the manifest."""
    model: str
    """What the track is made with, for the manifest."""

    def play(
        self, passages: Sequence[Passage], seed: Seed, target: Path, on_progress: Callable[[float], None]
    ) -> float:
        """Make a track that follows the passages' moods and lengths and comes to an end; returns its length in seconds.

        Writes 44.1 kHz stereo 16-bit WAV to ``target``, at least as long as the passages together and at most four
        seconds longer. Blocking; calls ``check_cancelled()`` at each step. Same passages and seed: same track.
        """
        ...


def embedded() -> EmbeddedMusician:
    """Music composed by rules and played with a SoundFont on the CPU."""
    need("embedded", "mido", "numpy")
    return EmbeddedMusician()
