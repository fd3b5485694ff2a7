"""The embedded musician: pieces written by rules, played with the FluidR3 SoundFont."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schemas import Passage, Seed
from services.music.writing import write
from talestream.assets import asset
from talestream.errors import BadInput, ProviderUnavailable
from talestream.made_by import OURS

if TYPE_CHECKING:
    from services.music.rendering import SoundFontPlayer

REMEDY = "run 'make setup', or pip install mido numpy and, without its dependencies, tinysoundfont==0.3.7"
SOUND_FONT = "soundfont/FluidR3Mono_GM.sf3"
LONGEST_S = 4 * 3600
"""A WAV of stereo 16-bit sound cannot hold much more."""


class EmbeddedMusician:
    """Cheap to make; loads the SoundFont at the first piece and keeps it."""

    name = "embedded"
    model = "FluidR3Mono_GM"
    revision = OURS
    """Of what composes; the SoundFont is one for all."""

    def __init__(self) -> None:
        self._player: SoundFontPlayer | None = None
        self._lock = threading.Lock()

    def play(
        self, passages: Sequence[Passage], seed: Seed, target: Path, on_progress: Callable[[float], None]
    ) -> float:
        """See :class:`services.music.providers.Musician`."""
        length_s = sum(passage.duration_s for passage in passages)
        if length_s > LONGEST_S:
            raise BadInput(f"passages of {length_s:.0f} s together are longer than the {LONGEST_S} s that a WAV holds")
        score = write(passages, seed)
        player = self._loaded()
        from services.music.midi import to_midi  # noqa: PLC0415  mido is needed at the first piece only

        player.render(to_midi(score), score.duration_s, target, on_progress)
        return score.duration_s

    def warm_up(self) -> None:
        """Load the SoundFont."""
        self._loaded()

    def _loaded(self) -> "SoundFontPlayer":
        with self._lock:
            if self._player is None:
                try:
                    from services.music.rendering import SoundFontPlayer  # noqa: PLC0415  numpy and the synthesizer
                except ImportError as error:
                    raise ProviderUnavailable(f"music needs the package {error.name}: {REMEDY}") from error
                self._player = SoundFontPlayer(asset(SOUND_FONT))
            return self._player
