"""The settings of models that the package ``diffusers`` loads: those that paint, and those that set in motion."""

from typing import Literal

from pydantic import Field

from talestream.model_settings import StageModel

Offload = Literal["none", "model", "sequential"]
Argument = bool | int | float | str


class DiffusionSettings(StageModel):
    """One pipeline, and how it is run. None: as the pipeline does of itself."""

    pipeline: str | None = Field(None, description="A class of diffusers, where the model's own index names another")
    variant: str | None = Field(None, description="Which files of the model, e.g. fp16")
    steps: int | None = Field(None, ge=1, le=1000)
    guidance: float | None = Field(None, ge=0, description="How closely the words are followed")
    negative_prompt: str | None = Field(None, max_length=2000, description="What is not to be seen")
    arguments: dict[str, Argument] = Field(
        default_factory=dict, description='Further ones of the pipeline\'s call: {"max_sequence_length": 256}'
    )
    scheduler: str | None = Field(None, description="A class of diffusers, made from the model's own configuration")
    lora: str | None = Field(None, description="An id on the hub, or a folder or file on this machine")
    lora_file: str | None = Field(None, description="Which file of it, where there are several")
    lora_weight: float = Field(1.0, description="How strongly it changes the model")
    offload: Offload = Field(
        "none", description="What stays in the computer's memory until a GPU needs it: nothing, models, or layers"
    )
    device_map: str | None = Field(None, description="How diffusers spreads the model over GPUs, e.g. balanced")


class ImageModelSettings(DiffusionSettings):
    """The painter, by the provider ``diffusers`` of the image stage."""

    style: str = Field(
        "storybook illustration, soft light, rich detail",
        max_length=500,
        description="Ends each prompt, where the order names no style of its own",
    )
    pixels: int | None = Field(
        None, ge=64 * 64, description="What it is good at: 262144 for 512 x 512. None: as many as the film has"
    )
    fit: Literal["crop", "letterbox"] = Field("crop", description="How a picture of another shape becomes the film's")
    batch: int = Field(4, ge=1, le=64, description="Pages painted together at most; needs as many partitions")
    batch_wait_s: float = Field(0.2, ge=0, le=60, description="How long the first page of a batch waits for others")
    ip_adapter: str | None = Field(
        None, description="An id on the hub, or a folder: pages are painted after a portrait of the hero"
    )
    ip_adapter_folder: str = Field("", description="The folder in it, e.g. sdxl_models")
    ip_adapter_file: str = "ip-adapter.safetensors"
    ip_adapter_encoder: str = Field("image_encoder", description="The folder of the encoder, beside the file or a path")
    ip_adapter_scale: float = Field(0.6, ge=0, le=1, description="How much a page takes from the portrait")


class AnimationModelSettings(DiffusionSettings):
    """What sets pictures in motion, by the provider ``diffusers`` of the animation stage."""

    pixels: int | None = Field(589_824, ge=64 * 64, description="What it is good at; None: as many as the film has")
    frames: int | None = Field(None, ge=2, le=1000, description="Of a clip; None: as the pipeline does of itself")
    fps: int = Field(7, ge=1, le=60, description="How fast they are shown")
