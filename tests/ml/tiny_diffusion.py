"""Diffusion models of a few hundred thousand random weights, saved as those on the hub are."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLTemporalDecoder,
    EulerDiscreteScheduler,
    StableDiffusionXLPipeline,
    StableVideoDiffusionPipeline,
    UNet2DConditionModel,
    UNetSpatioTemporalConditionModel,
)
from safetensors.torch import save_file
from transformers import (
    CLIPImageProcessor,
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
)

CROSS_ATTENTION = 64
IMAGE_EMBEDDING = 32
TOKENS = 4
"""Of a picture, as an IP-Adapter tells it."""


def sdxl(folder: Path) -> Path:
    """A model of the SDXL family: two text encoders, a UNet, an autoencoder."""
    torch.manual_seed(0)
    tokenizer = _tokenizer(folder / "words")
    text = _text_config(tokenizer)
    unet = UNet2DConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=32,
        in_channels=4,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        transformer_layers_per_block=(1, 1),
        projection_class_embeddings_input_dim=6 * 8 + 32,
        cross_attention_dim=CROSS_ATTENTION,
        norm_num_groups=16,
    )
    StableDiffusionXLPipeline(
        vae=_autoencoder(latent_channels=4),
        text_encoder=CLIPTextModel(text),
        text_encoder_2=CLIPTextModelWithProjection(text),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer,
        unet=unet,
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            steps_offset=1,
            beta_schedule="scaled_linear",
            timestep_spacing="trailing",
        ),
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def svd(folder: Path) -> Path:
    """A model of the Stable Video Diffusion family: a picture in, four frames out."""
    torch.manual_seed(0)
    unet = UNetSpatioTemporalConditionModel(
        block_out_channels=(32, 64),
        layers_per_block=1,
        sample_size=32,
        in_channels=8,
        out_channels=4,
        down_block_types=("CrossAttnDownBlockSpatioTemporal", "DownBlockSpatioTemporal"),
        up_block_types=("UpBlockSpatioTemporal", "CrossAttnUpBlockSpatioTemporal"),
        cross_attention_dim=IMAGE_EMBEDDING,
        num_attention_heads=4,
        projection_class_embeddings_input_dim=96,
        addition_time_embed_dim=32,
        num_frames=4,
    )
    StableVideoDiffusionPipeline(
        vae=AutoencoderKLTemporalDecoder(
            block_out_channels=[32, 64], down_block_types=["DownEncoderBlock2D"] * 2, latent_channels=4
        ),
        image_encoder=_image_encoder(image_size=224, patch_size=32),
        unet=unet,
        scheduler=EulerDiscreteScheduler(
            beta_start=0.00085,
            beta_end=0.012,
            beta_schedule="scaled_linear",
            prediction_type="v_prediction",
            timestep_type="continuous",
            use_karras_sigmas=True,
            sigma_min=0.002,
            sigma_max=700.0,
        ),
        feature_extractor=CLIPImageProcessor(),
    ).save_pretrained(folder, safe_serialization=True)
    return folder


def copied(model: Path, folder: Path) -> Path:
    """Another folder of the same model, to be spoilt."""
    shutil.copytree(model, folder)
    return folder


def lora(folder: Path) -> Path:
    """A LoRA for :func:`sdxl`, of rank 4, that changes what its last block attends to."""
    torch.manual_seed(1)
    place = "unet.up_blocks.0.attentions.0.transformer_blocks.0.attn2.to_v.lora"
    width = 64
    folder.mkdir(parents=True)
    weights = {
        f"{place}_A.weight": torch.randn(4, CROSS_ATTENTION),
        f"{place}_B.weight": torch.randn(width, 4),
    }
    save_file(weights, folder / "pytorch_lora_weights.safetensors")
    return folder


def ip_adapter(folder: Path, sdxl_folder: Path) -> Path:
    """An IP-Adapter for :func:`sdxl`, with its image encoder."""
    torch.manual_seed(2)
    unet = UNet2DConditionModel.from_pretrained(sdxl_folder, subfolder="unet")
    weights = {
        "image_proj.proj.weight": torch.randn(TOKENS * CROSS_ATTENTION, IMAGE_EMBEDDING) / 4,
        "image_proj.proj.bias": torch.zeros(TOKENS * CROSS_ATTENTION),
        "image_proj.norm.weight": torch.ones(CROSS_ATTENTION),
        "image_proj.norm.bias": torch.zeros(CROSS_ATTENTION),
    }
    number = 1
    for name, module in unet.attn_processors.items():
        del module
        if not name.endswith("attn1.processor"):
            hidden = 64
            for kind in ("k", "v"):
                weights[f"ip_adapter.{number}.to_{kind}_ip.weight"] = torch.randn(hidden, CROSS_ATTENTION) / 4
            number += 2
    folder.mkdir(parents=True)
    save_file(weights, folder / "ip-adapter.safetensors")
    _image_encoder().save_pretrained(folder / "image_encoder")
    return folder


def _image_encoder(*, image_size: int = 32, patch_size: int = 8) -> CLIPVisionModelWithProjection:
    return CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=32,
            projection_dim=IMAGE_EMBEDDING,
            num_hidden_layers=2,
            num_attention_heads=4,
            image_size=image_size,
            intermediate_size=37,
            patch_size=patch_size,
        )
    )


def _autoencoder(*, latent_channels: int, **how: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=[32, 64],
        in_channels=3,
        out_channels=3,
        latent_channels=latent_channels,
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        sample_size=128,
        **how,
    )


def _text_config(tokenizer: CLIPTokenizer) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        projection_dim=32,
        max_position_embeddings=77,
        hidden_act="gelu",
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """CLIP's byte-level tokenizer without merges: a token a byte, so that it knows every language."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    units = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(others))]
    tokens = [*units, *(f"{unit}</w>" for unit in units), "<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
