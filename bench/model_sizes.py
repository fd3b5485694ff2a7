"""What the weights of the models that ``docs/gpu.md`` names take, without having them.

    python -m bench.model_sizes

Builds each network from the configuration that its authors published, mostly on PyTorch's device ``meta``, which holds
nothing (XTTS takes 2 GiB). Prints parameters and GiB at the width at which a GPU holds them; last, the figures as JSON.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    EncodecConfig,
    MusicgenConfig,
    MusicgenDecoderConfig,
    MusicgenForConditionalGeneration,
    Qwen2Config,
    Qwen2ForCausalLM,
    T5Config,
)
from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
from TTS.tts.models.xtts import Xtts

from talestream.model_device import weights_bytes

GIB = 1 << 30
Parts = dict[str, Any]


def qwen(hidden: int, inner: int, layers: int, heads: int, groups: int, words: int, *, is_tied: bool) -> Parts:
    """Of the Qwen2.5 family."""
    config = Qwen2Config(
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=groups,
        vocab_size=words,
        tie_word_embeddings=is_tied,
    )
    return {"all": Qwen2ForCausalLM(config)}


def sdxl() -> Parts:
    """SDXL, and so SDXL-Turbo, which is trained anew and built alike."""
    return {
        "unet": UNet2DConditionModel(
            block_out_channels=(320, 640, 1280),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
            transformer_layers_per_block=(1, 2, 10),
            attention_head_dim=(5, 10, 20),
            cross_attention_dim=2048,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
            projection_class_embeddings_input_dim=2816,
        ),
        "text": CLIPTextModel(_clip(768, 3072, 12, 12)),
        "text 2": CLIPTextModelWithProjection(_clip(1280, 5120, 32, 20)),
        "vae": _autoencoder(),
    }


def sd_turbo() -> Parts:
    """Stable Diffusion 2.1, and so SD-Turbo."""
    return {
        "unet": UNet2DConditionModel(
            attention_head_dim=(5, 10, 20, 20), cross_attention_dim=1024, use_linear_projection=True
        ),
        "text": CLIPTextModel(_clip(1024, 4096, 23, 16)),
        "vae": _autoencoder(),
    }


def xtts() -> Parts:
    """XTTS v2."""
    own = XttsArgs(
        gpt_number_text_tokens=6681,
        gpt_start_text_token=261,
        gpt_stop_text_token=0,
        gpt_num_audio_tokens=1026,
        gpt_start_audio_token=1024,
        gpt_stop_audio_token=1025,
        gpt_use_perceiver_resampler=True,
    )
    with torch.device("cpu"):  # what it hears by is computed as it is built
        return {"all": Xtts(XttsConfig(model_args=own))}


def musicgen(hidden: int, layers: int, heads: int) -> Parts:
    """Of the MusicGen family, with T5 that reads and EnCodec that sounds."""
    text = T5Config(d_model=768, d_kv=64, d_ff=3072, num_layers=12, num_heads=12)
    audio = EncodecConfig(
        sampling_rate=32_000,
        num_filters=64,
        upsampling_ratios=[8, 5, 4, 4],
        codebook_size=2048,
        target_bandwidths=[2.2],
        use_causal_conv=False,
    )
    decoder = MusicgenDecoderConfig(
        hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, ffn_dim=4 * hidden
    )
    config = MusicgenConfig(text_encoder=text.to_dict(), audio_encoder=audio.to_dict(), decoder=decoder.to_dict())
    return {"all": MusicgenForConditionalGeneration(config)}


MODELS: dict[str, tuple[int, Callable[[], Parts]]] = {
    "Qwen2.5-1.5B-Instruct": (2, lambda: qwen(1536, 8960, 28, 12, 2, 151_936, is_tied=True)),
    "Qwen2.5-7B-Instruct": (2, lambda: qwen(3584, 18_944, 28, 28, 4, 152_064, is_tied=False)),
    "SDXL-Turbo": (2, sdxl),
    "SD-Turbo": (2, sd_turbo),
    "XTTS v2": (4, xtts),
    "musicgen-small": (2, lambda: musicgen(1024, 24, 16)),
    "musicgen-medium": (2, lambda: musicgen(1536, 48, 24)),
}
"""Bytes of a weight as a GPU holds it, and how the network is built."""


def measured() -> Iterator[tuple[str, str, int, float]]:
    """Model, part, parameters, GiB."""
    for name, (width, build) in MODELS.items():
        with torch.device("meta"):
            parts = build()
        for part, network in parts.items():
            count = sum(one.numel() for one in network.parameters())
            yield name, part, count, weights_bytes(network) / 4 * width / GIB


def _clip(hidden: int, inner: int, layers: int, heads: int) -> CLIPTextConfig:
    return CLIPTextConfig(
        hidden_size=hidden,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        projection_dim=hidden,
    )


def _autoencoder() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        latent_channels=4,
        sample_size=1024,
    )


def main() -> None:
    """A row a part, and the sums."""
    sums: dict[str, dict[str, float]] = {}
    for name, part, count, gib in measured():
        print(f"{name:24s}{part:8s}{count / 1e6:10.1f} M{gib:8.2f} GiB")
        one = sums.setdefault(name, {"parameters": 0, "gib": 0.0})
        one["parameters"] += count
        one["gib"] += gib
    for name, one in sums.items():
        print(f"{name:24s}{'sum':8s}{one['parameters'] / 1e6:10.1f} M{one['gib']:8.2f} GiB")
    print(json.dumps(sums))


if __name__ == "__main__":
    main()
