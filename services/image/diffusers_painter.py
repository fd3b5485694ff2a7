"""Painting pages with a diffusion pipeline: some at once, each by its own seed, so that none depends on the others."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps

from schemas import ImageRequested, Seed
from services.image.finish import encode
from services.image.prompting import portrait_prompt, prompt
from services.image.providers import Progress
from talestream.diffusion import OnStep, Pipeline
from talestream.diffusion_settings import ImageModelSettings
from talestream.errors import Cancelled, StageError, UserMustAct
from talestream.micro_batches import Submitted
from talestream.picture_size import model_size

STEPS_SHARE = 0.95
"""Of the progress; the rest is for decoding and fitting."""
PORTRAITS = 64
"""How many heroes are remembered."""
PADDING = "#1c1a18"
"""Beside a picture that was fitted whole into a film of another shape."""


@dataclass(frozen=True)
class Hero:
    """Whose portrait the pages are painted after: equal words and seed, equal portrait, whichever worker paints it."""

    words: str
    seed: Seed


@dataclass(frozen=True)
class Shape:
    """What pages have in common that can be painted together."""

    width: int
    height: int
    hero: Hero | None = None
    """Whose portrait; None where none is used."""


@dataclass(frozen=True)
class Order:
    """A page to paint."""

    request: ImageRequested
    progress: Progress


Orders = Sequence[Submitted[Order, bytes]]


class Painter:
    """A loaded pipeline, and the portraits that it has painted. One thread at a time."""

    def __init__(self, pipeline: Pipeline, own: ImageModelSettings) -> None:
        self.pipeline = pipeline
        self._own = own
        self._portraits: OrderedDict[Shape, Any] = OrderedDict()

    def add_adapter(self, source: dict[str, Any]) -> None:
        """Load the configured IP-Adapter into the pipeline. UserMustAct where it has no place for one."""
        pipe = self.pipeline.pipe
        if not (hasattr(pipe, "load_ip_adapter") and hasattr(pipe, "unet")):
            raise UserMustAct(
                "bad-setting",
                f"{type(pipe).__name__} paints after no portrait",
                "unset TALESTREAM_IMAGE_MODEL__IP_ADAPTER, or choose a model of the SD or SDXL family",
            )
        pipe.load_ip_adapter(
            self._own.ip_adapter,
            subfolder=self._own.ip_adapter_folder,
            weight_name=self._own.ip_adapter_file,
            image_encoder_folder=self._own.ip_adapter_encoder,
            **source,
        )
        pipe.set_ip_adapter_scale(self._own.ip_adapter_scale)

    def paint(self, shape: Shape, orders: Orders) -> list[bytes | Exception]:
        """The pages as PNG of the film's size, RGB.

        OutOfMemory when they are too many; for a single one, all has then been tried. Cancelled once none is wanted.
        """
        width, height = model_size(shape.width, shape.height, self._own.pixels)
        arguments: dict[str, Any] = {
            "prompt": [prompt(one.item.request, self._own.style) for one in orders],
            "width": width,
            "height": height,
        }
        if shape.hero is not None:
            arguments["ip_adapter_image_embeds"] = [self._portrait(shape, shape.hero, orders)]
        # a lonely page may take its time: others are first tried with fewer beside them
        run = self.pipeline.run_sparingly if len(orders) == 1 else self.pipeline.run
        result = run(_telling(orders), [one.item.request.seed for one in orders], **arguments)
        refused = getattr(result, "nsfw_content_detected", None) or [False] * len(orders)
        return [
            _refusal(one.item.request) if is_refused else self._finished(picture, shape)
            for one, picture, is_refused in zip(orders, result.images, refused, strict=True)
        ]

    def _finished(self, picture: Image.Image, shape: Shape) -> bytes:
        size = shape.width, shape.height
        rgb = picture.convert("RGB")
        if self._own.fit == "crop":
            return encode(ImageOps.fit(rgb, size, Image.Resampling.LANCZOS))
        return encode(ImageOps.pad(rgb, size, Image.Resampling.LANCZOS, color=PADDING))

    def _portrait(self, shape: Shape, hero: Hero, orders: Orders) -> Any:
        """What the adapter sees of the hero: from a picture of the hero alone, painted without it, once for all."""
        if shape in self._portraits:
            self._portraits.move_to_end(shape)
            return self._portraits[shape]
        pipe = self.pipeline.pipe
        width, height = model_size(shape.width, shape.height, self._own.pixels)
        nothing = self._seen(Image.new("RGB", (width, height)))
        pipe.set_ip_adapter_scale(0.0)
        try:
            result = self.pipeline.run_sparingly(
                _watching(orders),
                [hero.seed],
                prompt=hero.words,
                width=width,
                height=height,
                ip_adapter_image_embeds=[nothing],
            )
        finally:
            pipe.set_ip_adapter_scale(self._own.ip_adapter_scale)
        self._portraits[shape] = seen = self._seen(result.images[0])
        if len(self._portraits) > PORTRAITS:
            self._portraits.popitem(last=False)
        return seen

    def _seen(self, picture: Image.Image) -> Any:
        """A picture as the adapter takes it: of shape (2, 1, D), what is not to be followed first; (1, 1, D) without
        guidance.
        """
        pipe = self.pipeline.pipe
        guidance = self.pipeline.argument("guidance_scale")
        (embeds,) = pipe.prepare_ip_adapter_image_embeds(picture, None, self.pipeline.device, 1, guidance > 1)
        return embeds


def hero_of(request: ImageRequested, style: str) -> Hero | None:
    """Whose portrait the page is painted after."""
    words = portrait_prompt(request, style)
    return None if words is None else Hero(words, request.seed)


def _telling(orders: Orders) -> OnStep:
    """Tells each page's progress; Cancelled once none is wanted."""
    check = _watching(orders)

    def on_step(done: int, total: int) -> None:
        check(done, total)
        for one in orders:
            one.item.progress(STEPS_SHARE * done / total, f"step {done} of {total}")

    return on_step


def _watching(orders: Orders) -> OnStep:
    def on_step(_done: int, _total: int) -> None:
        if not any(one.is_wanted for one in orders):
            raise Cancelled

    return on_step


def _refusal(request: ImageRequested) -> StageError:
    return StageError(
        "picture-refused", f"the model's safety checker does not give out the picture of page {request.page}"
    )
