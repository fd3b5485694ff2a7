"""The illustrator ``diffusers``: any text-to-image model that the package of that name loads."""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from schemas import ImageRequested
from services.image.providers import Drawn, Progress
from talestream.diffusion_settings import ImageModelSettings
from talestream.micro_batches import MicroBatches, Submitted
from talestream.model_device import device_named, dtype_named
from talestream.model_files import hub_arguments
from talestream.model_manager import ModelKey, Models, models
from talestream.model_settings import ModelSettings
from talestream.needs import need
from talestream.settings import settings

if TYPE_CHECKING:
    from services.image.diffusers_painter import Order, Painter, Shape

STAGE = "image"
DEFAULT_MODEL = "stabilityai/sdxl-turbo"
FEW_STEPS = {
    "stabilityai/sdxl-turbo": {"steps": 4, "guidance": 0.0, "pixels": 512 * 512},
    "stabilityai/sd-turbo": {"steps": 4, "guidance": 0.0, "pixels": 512 * 512},
    "black-forest-labs/FLUX.1-schnell": {"steps": 4, "guidance": 0.0},
}
"""How models that were trained for few steps want to be run, where the settings do not say: by their model cards."""


class DiffusersIllustrator:
    """Paints with one model, which is loaded by the first page. Waiting pages of one size are painted together."""

    name = "diffusers"

    def __init__(self, own: ImageModelSettings, shared: ModelSettings, held: Models) -> None:
        self.model = own.model or DEFAULT_MODEL
        unset = {
            name: value for name, value in FEW_STEPS.get(self.model, {}).items() if name not in own.model_fields_set
        }
        self._own = own.model_copy(update=unset)
        self._shared = shared
        self._models = held
        self._batches: MicroBatches[Shape, Order, bytes] = MicroBatches(
            STAGE, self._paint, most=own.batch, wait_s=own.batch_wait_s if own.batch > 1 else 0
        )

    @property
    def slots(self) -> int:
        """How many pages a worker takes at a time: while one batch is painted, the next one gathers."""
        return 2 * self._own.batch

    def illustrate(self, request: ImageRequested, progress: Progress) -> Drawn:
        """See :class:`services.image.providers.Illustrator`. A page that is cancelled leaves its batch at once."""
        with self._models.use(self._key, self._load, bytes_of=_size_bytes) as painter:
            from services.image.diffusers_painter import Order, Shape, hero_of  # noqa: PLC0415  PyTorch and diffusers

            hero = hero_of(request, self._own.style) if self._own.ip_adapter else None
            shape = Shape(request.width, request.height, hero)
            png = self._batches.submit(shape, Order(request, progress))
            pipeline = painter.pipeline
            return Drawn(png, self.model, request.seed, revision=pipeline.revision, parameters=pipeline.described())

    def warm_up(self) -> None:
        """Load the model."""
        with self._models.use(self._key, self._load, bytes_of=_size_bytes):
            pass

    def _paint(self, shape: "Shape", orders: "Sequence[Submitted[Order, bytes]]") -> list[bytes | Exception]:
        """Paint a batch. The model is there: whoever waits for the batch holds it."""
        with (
            self._models.use(self._key, self._load, bytes_of=_size_bytes) as painter,
            self._models.turn(self._key.device),
        ):
            return painter.paint(shape, orders)

    @cached_property
    def _key(self) -> ModelKey:
        device = device_named(self._own.device or self._shared.device)
        dtype = dtype_named(self._own.dtype or self._shared.dtype, device)
        return ModelKey(stage=STAGE, name=self.model, revision=self._own.revision, device=device, dtype=dtype)

    def _load(self) -> "Painter":
        from services.image.diffusers_painter import Painter  # noqa: PLC0415  PyTorch and diffusers
        from talestream.diffusion import load  # noqa: PLC0415

        painter = Painter(load("AutoPipelineForText2Image", self._own, self._shared, self._key), self._own)
        if self._own.ip_adapter:
            painter.add_adapter(hub_arguments(self._shared, None))
        return painter


def _size_bytes(painter: "Painter") -> int:
    return painter.pipeline.size_bytes


def diffusers() -> DiffusersIllustrator:
    """The provider ``diffusers`` of the image stage."""
    need("ml", "torch", "diffusers", "transformers", "PIL")
    return DiffusersIllustrator(settings().image_model, settings().models, models())
