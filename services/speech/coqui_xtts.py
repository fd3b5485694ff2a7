"""XTTS (Casanova et al., 2024): a language model that writes sound tokens, in a voice of its own or of a recording."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from services.speech.coqui_model import Utterance
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput, UserMustAct

_LONGEST = 250
"""Characters, where the model says nothing else of a language."""


class XttsModel:
    """See :class:`services.speech.coqui_model.CoquiModel`. It does not tell when words are heard."""

    def __init__(self, network: Any, recordings: Mapping[str, list[Path]]) -> None:
        """``recordings`` are cloned when they are first asked for."""
        self.network = network
        self.sample_rate_hz = int(network.config.audio.output_sample_rate)
        self.languages = tuple(network.config.languages)
        self._recordings = recordings
        self._own = dict(network.speaker_manager.speakers) if network.speaker_manager is not None else {}
        self._cloned: dict[str, tuple[Any, Any]] = {}
        self.voices = tuple(dict.fromkeys([*self._own, *recordings]))
        if not self.voices:
            raise UserMustAct(
                "no-voice",
                "the XTTS model has no speakers_xtts.pth, so no voice of its own",
                'name recordings of at least 6 s: TALESTREAM_SPEECH_MODEL__SPEAKER_WAV=\'{"narrator": ["me.wav"]}\'',
            )

    def longest(self, language: str | None) -> int:
        """See :class:`services.speech.coqui_model.CoquiModel`."""
        return int(self.network.tokenizer.char_limits.get((language or "").split("-")[0], _LONGEST))

    def say(self, words: list[str], sentence: str, voice: str, language: str | None, speed: float) -> Utterance | None:
        """See :class:`services.speech.coqui_model.CoquiModel`. Each token is a step."""
        del words
        style, timbre = self._voice(voice)
        config = self.network.config
        said = self.network.inference(
            sentence,
            language or self.languages[0],
            style,
            timbre,
            temperature=config.temperature,
            length_penalty=config.length_penalty,
            repetition_penalty=config.repetition_penalty,
            top_k=config.top_k,
            top_p=config.top_p,
            speed=speed,
            stopping_criteria=StoppingCriteriaList([_StopWhenCancelled()]),
        )
        return Utterance(np.asarray(said["wav"], np.float32), None)

    def _voice(self, name: str) -> tuple[Any, Any]:
        """What the two networks are told of a voice: how it speaks, and how it sounds."""
        if name in self._recordings:
            if name not in self._cloned:
                self._cloned[name] = self._clone(self._recordings[name])
            return self._cloned[name]
        style, timbre = self._own[name].values()
        return style, timbre

    def _clone(self, recordings: Sequence[Path]) -> tuple[Any, Any]:
        """As ``Xtts.get_conditioning_latents``, but for the decoding of files, which there needs FFmpeg's libraries."""
        config = self.network.config
        sounds, timbres = [], []
        for path in recordings:
            samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
            mono = torch.from_numpy(samples[: config.max_ref_len * rate_hz].mean(axis=1))[None]
            if not mono.abs().max() > 0:
                raise BadInput(f"the recording {path} is silent")
            timbres.append(self.network.get_speaker_embedding(mono, rate_hz))
            sounds.append(_resampled(mono, rate_hz, config.audio.sample_rate))
        style = self.network.get_gpt_cond_latents(
            torch.cat(sounds, dim=-1),
            config.audio.sample_rate,
            length=config.gpt_cond_len,
            chunk_length=config.gpt_cond_chunk_len,
        )
        return style, torch.stack(timbres).mean(dim=0)


def _resampled(sound: torch.Tensor, rate_hz: int, wanted_hz: int) -> torch.Tensor:
    from torchaudio.functional import resample  # noqa: PLC0415

    return resample(sound, rate_hz, wanted_hz)


class _StopWhenCancelled(StoppingCriteria):  # type: ignore[misc]  # its library is not read for types
    """Asks after each token."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        check_cancelled()
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
