"""A loaded Coqui model, whichever it is, and loading one."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from schemas import Language
from services.speech.coqui_files import ModelFiles, read_config, relocated
from services.speech.sound import Samples
from services.speech.written import Span
from talestream.errors import BadInput, UserMustAct
from talestream.model_settings import SpeechModelSettings

ONLY_VOICE = "default"
"""The name of the voice of a model that has one alone."""


@dataclass(frozen=True)
class Utterance:
    """A spoken sentence."""

    samples: Samples
    spans: list[Span] | None
    """When each of the words that were given is heard; None when the model does not tell."""


class CoquiModel(Protocol):
    """Speaks sentences. Not for two threads at once."""

    network: Any
    """The PyTorch module."""
    sample_rate_hz: int
    languages: tuple[str, ...]
    """As the model names them; empty for a model of one language."""
    voices: tuple[str, ...]

    def longest(self, language: str | None) -> int:
        """How many characters it says well in one go."""
        ...

    def say(self, words: list[str], sentence: str, voice: str, language: str | None, speed: float) -> Utterance | None:
        """Say a sentence; None when the model knows none of its letters. ``words`` are those of it that have a sound.

        What is drawn at random comes from PyTorch's generators. Cancelled when the unit was, at the next step.
        """
        ...


def load(files: ModelFiles, settings: SpeechModelSettings, device: str) -> CoquiModel:
    """Load a VITS or XTTS model. UserMustAct for another kind; what is broken raises as the library does."""
    config = relocated(read_config(files.config), files.folder)
    kind = str(config["model"]).lower()
    if kind not in {"vits", "xtts"}:
        raise UserMustAct(
            "model-unsupported", f"{files.checkpoint} is a {kind} model", "choose a VITS or XTTS model instead"
        )
    recordings = {name: _existing(name, paths) for name, paths in settings.speaker_wav.items()}
    network = _network(files.folder if kind == "xtts" else files.checkpoint, config).to(device)
    if kind == "xtts":
        from services.speech.coqui_xtts import XttsModel  # noqa: PLC0415  PyTorch

        return XttsModel(network, recordings)
    from services.speech.coqui_vits import VitsModel  # noqa: PLC0415

    return VitsModel(network, recordings)


def language_of(model: CoquiModel, language: Language, spoken: str | None) -> str | None:
    """The model's own name of a language, None for a model of one. BadInput where it does not speak it.

    ``spoken`` is what a model of one language was configured to speak; None: not known, so nothing is refused.
    """
    known = model.languages or ((spoken,) if spoken else ())
    same = [name for name in known if name.lower().split("-")[0] == language]
    if known and not same:
        raise BadInput(f"the speech model does not speak {language!r}; it speaks {', '.join(known)}")
    return same[0] if model.languages else None


def _network(checkpoint: Path, config: dict[str, Any]) -> Any:
    from TTS.utils.synthesizer import Synthesizer  # noqa: PLC0415  PyTorch

    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as corrected:
        json.dump(config, corrected)
        corrected.flush()
        return Synthesizer(tts_checkpoint=checkpoint, tts_config_path=corrected.name).tts_model


def _existing(name: str, paths: tuple[Path, ...]) -> list[Path]:
    for path in paths:
        if not path.is_file():
            raise UserMustAct(
                "recording-missing",
                f"the recording {path} of the voice {name!r} is not there",
                "put it there, or change TALESTREAM_SPEECH_MODEL__SPEAKER_WAV",
            )
    return list(paths)
