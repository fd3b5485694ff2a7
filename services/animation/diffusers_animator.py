"""The animator ``diffusers``: models as Stable Video Diffusion, of which the package of that name loads many."""

from contextlib import AbstractContextManager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from schemas import AnimationRequested
from services.animation.providers import Animated, Progress
from talestream.cancellation import check_cancelled
from talestream.diffusion_settings import AnimationModelSettings
from talestream.errors import BadInput
from talestream.model_device import device_named, dtype_named
from talestream.model_manager import ModelKey, Models, models
from talestream.model_settings import ModelSettings
from talestream.needs import need
from talestream.picture_size import model_size
from talestream.settings import settings

if TYPE_CHECKING:
    from PIL.Image import Image

    from talestream.diffusion import Pipeline

STAGE = "animation"
DEFAULT_MODEL = "stabilityai/stable-video-diffusion-img2vid"
STEPS_SHARE = 0.9
"""Of the progress; the rest is for decoding and writing."""


class DiffusersAnimator:
    """Animates with one model, which is loaded by the first picture."""

    name = "diffusers"

    def __init__(self, own: AnimationModelSettings, shared: ModelSettings, held: Models) -> None:
        self.model = own.model or DEFAULT_MODEL
        self._own = own
        self._shared = shared
        self._models = held

    def animate(self, request: AnimationRequested, picture: Path, target: Path, progress: Progress) -> Animated:
        """See :class:`services.animation.providers.Animator`. As many frames as the model makes, or as configured."""
        from services.animation.frames_file import write_frames  # noqa: PLC0415  ffmpeg's binary

        def on_step(done: int, total: int) -> None:
            check_cancelled()
            progress(STEPS_SHARE * done / total, f"step {done} of {total}")

        with self._model() as pipeline:
            size = model_size(request.width, request.height, self._own.pixels)
            fitting = {"prompt": request.prompt, "fps": self._own.fps}
            with self._models.turn(self._key.device):
                result = pipeline.run_sparingly(
                    on_step,
                    [request.seed],
                    image=_opened(picture, size),
                    width=size[0],
                    height=size[1],
                    output_type="pil",
                    **({"num_frames": self._own.frames} if self._own.frames else {}),
                    **{name: value for name, value in fitting.items() if pipeline.accepts(name)},
                )
            frames = result.frames[0]
            write_frames(target, frames, self._own.fps)
            length_s = len(frames) / self._own.fps
            told = {**pipeline.described(), "fps": self._own.fps}
            return Animated(self.name, self.model, length_s, request.seed, revision=pipeline.revision, parameters=told)

    def warm_up(self) -> None:
        """Load the model."""
        with self._model():
            pass

    def _model(self) -> "AbstractContextManager[Pipeline]":
        return self._models.use(self._key, self._load, bytes_of=lambda pipeline: pipeline.size_bytes)

    @cached_property
    def _key(self) -> ModelKey:
        device = device_named(self._own.device or self._shared.device)
        dtype = dtype_named(self._own.dtype or self._shared.dtype, device)
        return ModelKey(stage=STAGE, name=self.model, revision=self._own.revision, device=device, dtype=dtype)

    def _load(self) -> "Pipeline":
        from talestream.diffusion import load  # noqa: PLC0415  PyTorch and diffusers

        return load("DiffusionPipeline", self._own, self._shared, self._key)


def _opened(path: Path, size: tuple[int, int]) -> "Image":
    """The picture at the size at which it is animated, cropped around its centre."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    try:
        with Image.open(path) as picture:
            return ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(f"the picture cannot be read: {error}".replace(str(path), path.name)) from error


def diffusers() -> DiffusersAnimator:
    """The provider ``diffusers`` of the animation stage."""
    need("ml", "torch", "diffusers", "transformers", "PIL")
    return DiffusersAnimator(settings().animation_model, settings().models, models())
