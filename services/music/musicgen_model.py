"""A loaded MusicGen (Copet et al., "Simple and Controllable Music Generation", 2023), as transformers runs it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from transformers import AutoProcessor, MusicgenForConditionalGeneration, StoppingCriteria, StoppingCriteriaList

from services.music.wav_file import Samples
from talestream.model_settings import MusicModelSettings


class MusicGenModel:
    """Makes music by a prompt, from nothing or on from what it hears. Not for two threads at once."""

    def __init__(self, network: Any, processor: Any, settings: MusicModelSettings) -> None:
        self.network = network
        self._processor = processor
        self._settings = settings
        audio = network.config.audio_encoder
        self.rate_hz = int(audio.sampling_rate)
        self.frame_rate = float(audio.frame_rate)
        self.frame = int(np.prod(audio.upsampling_ratios))
        """Samples of a frame."""
        decoder = network.config.decoder
        self._channels = int(decoder.audio_channels)
        self._delay = decoder.num_codebooks // self._channels - 1
        """Each codebook comes a step after the one before it, so the last frames of all come that much later."""

    def play(self, prompt: str, heard: Samples | None, frames: int, on_token: Callable[[], None]) -> Samples:
        """``heard`` as the model hears it, and ``frames`` more: stereo of shape (n, 2) at the model's rate.

        ``heard`` is whole frames of stereo. Draws from PyTorch's generators. ``on_token`` is called after each token;
        what it raises ends the work.
        """
        sound = None if heard is None else self._as_heard(heard)
        inputs = self._processor(
            text=[prompt],
            audio=sound,
            sampling_rate=self.rate_hz,
            padding=True,
            return_tensors="pt",
        ).to(self.network.device, self.network.dtype)
        with torch.inference_mode():
            made = self.network.generate(
                **inputs,
                max_new_tokens=frames + self._delay,
                do_sample=True,
                guidance_scale=self._settings.guidance,
                temperature=self._settings.temperature,
                top_k=self._settings.top_k,
                stopping_criteria=StoppingCriteriaList([_AfterEachToken(on_token)]),
            )
        samples = made[0].float().cpu().numpy().T
        return np.ascontiguousarray(np.broadcast_to(samples, (len(samples), 2)), np.float32)

    def _as_heard(self, heard: Samples) -> Any:
        return heard.T if self._channels == 2 else heard.mean(axis=1)


def load(name: str, settings: MusicModelSettings, device: str, dtype: str, **where: Any) -> MusicGenModel:
    """Load by an id on the hub or a folder. ``where`` goes to transformers: revision, cache_dir, local_files_only."""
    processor = AutoProcessor.from_pretrained(name, **where)
    network = MusicgenForConditionalGeneration.from_pretrained(name, dtype=getattr(torch, dtype), **where)
    return MusicGenModel(network.to(device).eval(), processor, settings)


class _AfterEachToken(StoppingCriteria):  # type: ignore[misc]  # its library is not read for types
    def __init__(self, on_token: Callable[[], None]) -> None:
        self._on_token = on_token

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        self._on_token()
        return torch.zeros(len(input_ids), dtype=torch.bool, device=input_ids.device)
