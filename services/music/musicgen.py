"""The musician ``musicgen``: MusicGen models, window by window, each going on from the end of the one before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from math import ceil
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from schemas import Passage, Seed
from services.music.form import Section, sections
from services.music.musician import LONGEST_S
from services.music.prompts import prompt
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput
from talestream.made_by import Parameter
from talestream.model_device import device_named, dtype_named, seeded, weights_bytes
from talestream.model_files import commit_of, hub_arguments, local_path
from talestream.model_manager import ModelKey, Models, models
from talestream.model_settings import ModelSettings, MusicModelSettings
from talestream.needs import need
from talestream.settings import settings

if TYPE_CHECKING:
    from services.music.musicgen_model import MusicGenModel
    from services.music.wav_file import Samples

STAGE = "music"
DEFAULT_MODEL = "facebook/musicgen-small"
CONFIG = "config.json"
TAIL_S = 2.0
"""Behind the passages, in which the track fades out."""
FADE_IN_S = 0.02
SEAM_S = 1.0
"""Of a cross-fade between windows."""


class MusicGenMusician:
    """Plays by one model, which is loaded by the first order."""

    name = "musicgen"

    def __init__(self, own: MusicModelSettings, shared: ModelSettings, held: Models) -> None:
        self._settings = own
        self._shared = shared
        self._models = held
        self._one_call = Lock()
        """A model is not for two threads at once, however many calls a device takes."""

    @property
    def model(self) -> str:
        """See :class:`services.music.providers.Musician`."""
        return self._settings.model or DEFAULT_MODEL

    @property
    def revision(self) -> str | None:
        """The commit of a model from the hub."""
        return commit_of(self.model, CONFIG, self._shared, self._settings.revision)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """How the model is asked, for the manifest."""
        said = self._settings.model_dump(include={"style", "guidance", "temperature", "top_k", "window_s", "overlap_s"})
        return {**said, "dtype": self._key.dtype}

    def play(
        self, passages: Sequence[Passage], seed: Seed, target: Path, on_progress: Callable[[float], None]
    ) -> float:
        """See :class:`services.music.providers.Musician`. Each token is a step. The passages and two seconds more."""
        from services.music.wav_file import RATE_HZ, Draft  # noqa: PLC0415  numpy

        length_s = sum(passage.duration_s for passage in passages) + TAIL_S
        if length_s > LONGEST_S:
            raise BadInput(f"passages of {length_s:.0f} s together are longer than the {LONGEST_S} s that a WAV holds")
        total = ceil(length_s * RATE_HZ)
        with Draft(target) as draft:
            with self.loaded() as model:
                from services.music.resampling import Resampler  # noqa: PLC0415  soxr, which comes with the models

                resampler = Resampler(model.rate_hz, RATE_HZ)
                for sound in self._played(model, sections(passages), seed, on_progress):
                    draft.add(resampler.add(sound)[: total - draft.samples])
                draft.add(resampler.rest()[: total - draft.samples])
            draft.finish(TAIL_S)
        return total / RATE_HZ

    def warm_up(self) -> None:
        """Load the model."""
        with self.loaded():
            pass

    def _played(
        self, model: "MusicGenModel", parts: Sequence[Section], seed: Seed, on_progress: Callable[[float], None]
    ) -> "Iterator[Samples]":
        """The piece at the model's rate, in blocks."""
        from services.music.windows import Seams, windows  # noqa: PLC0415  numpy

        rate = model.frame_rate
        *others, last = parts
        parts = [*others, replace(last, duration_s=last.duration_s + TAIL_S + 1 / rate)]  # a frame for the resampler
        planned = windows(parts, rate, int(self._settings.window_s * rate), int(self._settings.overlap_s * rate))
        count = sum(window.new for window in planned)
        starts = accumulate((window.new for window in planned), initial=0)
        seams = Seams(round(SEAM_S * model.rate_hz))
        heard: Samples | None = None
        for number, (window, start) in enumerate(zip(planned, starts, strict=False)):
            words = prompt(window.mood, self._settings.style)
            told = None if heard is None else heard[len(heard) - window.heard * model.frame :]
            with self._models.turn(self._key.device), self._one_call, seeded(f"{seed} {number}"):
                made = model.play(words, told, window.new, _Steps(start, start + window.new, count, on_progress))
            if heard is None:
                _fade_in(made, round(FADE_IN_S * model.rate_hz))
            heard = made
            yield seams.add(made, window.heard * model.frame)
        yield seams.rest()

    def loaded(self) -> "AbstractContextManager[MusicGenModel]":
        """The model, which stays loaded inside. StageError where it cannot be."""
        return self._models.use(self._key, self._load, bytes_of=lambda model: weights_bytes(model.network))

    @cached_property
    def _key(self) -> ModelKey:
        device = device_named(self._settings.device or self._shared.device)
        dtype = dtype_named(self._settings.dtype or self._shared.dtype, device)
        return ModelKey(stage=STAGE, name=self.model, revision=self._settings.revision, device=device, dtype=dtype)

    def _load(self) -> "MusicGenModel":
        from services.music.musicgen_model import load  # noqa: PLC0415  PyTorch and transformers

        folder = local_path(self.model)
        if folder is not None and not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
        where = hub_arguments(self._shared, self._key.revision)
        return load(str(folder or self.model), self._settings, self._key.device, self._key.dtype, **where)


class _Steps:
    """What is called after each token: it ends the work when the unit was cancelled, and tells how far it is."""

    def __init__(self, done: int, end: int, count: int, on_progress: Callable[[float], None]) -> None:
        """The window begins behind ``done`` frames and ends behind ``end``, of ``count`` of the whole piece."""
        self._done = done
        self._end = end
        self._count = count
        self._on_progress = on_progress

    def __call__(self) -> None:
        check_cancelled()
        self._done = min(self._done + 1, self._end)
        self._on_progress(self._done / self._count)


def _fade_in(sound: "Samples", fade: int) -> None:
    import numpy as np  # noqa: PLC0415

    sound[:fade] *= np.linspace(0, 1, min(fade, len(sound)), dtype=np.float32)[:, None]


def musicgen() -> MusicGenMusician:
    """The provider ``musicgen`` of the music stage."""
    need("ml", "torch", "transformers", "soxr")
    return MusicGenMusician(settings().music_model, settings().models, models())
