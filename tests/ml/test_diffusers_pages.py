"""The illustrator ``diffusers`` on a tiny SDXL: real loading and painting code, weights that never learnt anything."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from schemas import Character, ImageRequested
from services.image.diffusers_illustrator import DiffusersIllustrator
from services.image.providers import Drawn, Progress
from talestream import cancellation
from talestream.diffusion_settings import ImageModelSettings
from talestream.errors import Cancelled, StageError
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings
from tests.ml import tiny_diffusion as tiny

CPU = ModelSettings(device="cpu")
SIZE = 96, 64
LONG_S = 60.0
"""How long a batch waits in these tests: only one that is full begins."""
FINN = Character(name="Finn", kind="fox", description="orange fur")


@pytest.fixture(scope="module")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.sdxl(tmp_path_factory.mktemp("models") / "sdxl")


class Studio:
    """An illustrator, and the model that it has loaded."""

    def __init__(self, model: Path | str, **own: Any) -> None:
        self.models = Models(CPU)
        settings = ImageModelSettings(model=str(model), **{"steps": 2, "batch": 1, **own})
        self.illustrator = DiffusersIllustrator(settings, CPU, self.models)
        self.batches: list[int] = []
        """How many pages the network was given at each step; twice as many rows, where there is guidance."""
        self._threads = ThreadPoolExecutor(8)

    def pipe(self) -> Any:
        """The loaded pipeline."""
        illustrator = self.illustrator
        with self.models.use(illustrator._key, illustrator._load) as painter:
            return painter.pipeline.pipe

    @contextmanager
    def watched(self, on_network: Callable[[int], None] = lambda _rows: None) -> Iterator[None]:
        """Count what the network is given; ``on_network`` may raise."""

        def before(_network: Any, given: Any, _named: Any = None) -> None:
            rows = given[0].shape[0]
            self.batches.append(rows // 2)
            on_network(rows // 2)

        handle = self.pipe().unet.register_forward_pre_hook(before)
        try:
            yield
        finally:
            handle.remove()

    def start(
        self,
        request: ImageRequested,
        progress: Progress = lambda _fraction, _note: None,
        cancelled: threading.Event | None = None,
    ) -> "Future[Drawn]":
        """Order a page as the thread of a unit does."""
        context = copy_context()
        context.run(cancellation.bind, cancelled or threading.Event())
        return self._threads.submit(context.run, self.illustrator.illustrate, request, progress)

    def paint(self, *requests: ImageRequested) -> list[Drawn]:
        return [page.result(120) for page in [self.start(request) for request in requests]]


def page(number: int = 1, **more: object) -> ImageRequested:
    width, height = SIZE
    fields = {"task_id": 5, "page": number, "prompt": f"scene {number}", "width": width, "height": height, "seed": 7}
    return ImageRequested.model_validate(fields | more)


def pixels(drawn: Drawn) -> "np.ndarray[Any, np.dtype[np.int16]]":
    picture = Image.open(io.BytesIO(drawn.png))
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    return np.asarray(picture).astype(np.int16)


def difference(one: Drawn, other: Drawn) -> int:
    return int(np.abs(pixels(one) - pixels(other)).max())


@pytest.mark.parametrize(("width", "height"), [(96, 64), (90, 128), (64, 64)])
def test_a_page_is_a_picture_of_the_requested_size_and_says_how_it_was_made(
    sdxl: Path, width: int, height: int
) -> None:
    (drawn,) = Studio(sdxl, guidance=3.5).paint(page(width=width, height=height))
    assert pixels(drawn).shape == (height, width, 3)
    assert (drawn.model, drawn.seed, drawn.revision) == (str(sdxl), 7, None)
    assert drawn.parameters == {
        "num_inference_steps": 2,
        "guidance_scale": 3.5,
        "scheduler": "EulerDiscreteScheduler",
        "dtype": "float32",
    }


def test_a_picture_follows_its_words_and_its_seed_and_nothing_else(sdxl: Path) -> None:
    studio = Studio(sdxl)
    first, again, words, seed = studio.paint(page(), page(), page(prompt="the sea"), page(seed=8))
    assert first.png == again.png
    assert len({first.png, words.png, seed.png}) == 3


def test_a_picture_is_the_same_alone_and_in_a_batch(sdxl: Path) -> None:
    pages = [page(1), page(2, seed=8), page(3, task_id=6)]
    alone = Studio(sdxl).paint(*pages)
    studio = Studio(sdxl, batch=3, batch_wait_s=LONG_S)
    with studio.watched():
        together = studio.paint(*pages)
    assert studio.batches == [3, 3]
    assert max(difference(one, other) for one, other in zip(alone, together, strict=True)) <= 2
    assert len({drawn.png for drawn in together}) == 3


def test_pages_of_different_shapes_are_not_painted_together(sdxl: Path) -> None:
    studio = Studio(sdxl, batch=2, batch_wait_s=LONG_S)
    with studio.watched():
        studio.paint(page(1), page(2, width=64), page(3), page(4, width=64))
    assert studio.batches == [2] * 4


def test_a_worker_takes_enough_pages_for_a_batch_and_the_next(sdxl: Path) -> None:
    assert Studio(sdxl, batch=4).illustrator.slots == 8


def test_progress_is_told_at_each_step(sdxl: Path) -> None:
    told: list[float] = []
    Studio(sdxl, steps=4).start(page(), lambda fraction, _note: told.append(fraction)).result(120)
    assert told == pytest.approx([0.95 * step / 4 for step in (1, 2, 3, 4)])


def test_cancelling_reaches_the_running_step(sdxl: Path) -> None:
    studio, cancelled = Studio(sdxl, steps=50), threading.Event()
    with studio.watched():
        cut = studio.start(page(), lambda _fraction, _note: cancelled.set(), cancelled)
        with pytest.raises(Cancelled):
            cut.result(120)
        (after,) = studio.paint(page(2))
    assert len(studio.batches) == 2 + 50
    assert after.png


def test_a_page_that_is_cancelled_leaves_the_others_of_its_batch_as_they_are(sdxl: Path) -> None:
    (alone,) = Studio(sdxl, steps=6).paint(page(2))
    studio, cancelled = Studio(sdxl, steps=6, batch=2, batch_wait_s=LONG_S), threading.Event()
    with studio.watched():
        cut = studio.start(page(1), lambda _fraction, _note: cancelled.set(), cancelled)
        other = studio.start(page(2))
        with pytest.raises(Cancelled):
            cut.result(120)
        assert difference(other.result(120), alone) <= 2
    assert studio.batches == [2] * 6


def test_a_page_that_the_model_cannot_paint_fails_alone(sdxl: Path) -> None:
    studio = Studio(sdxl, batch=3, batch_wait_s=LONG_S)
    encode = studio.pipe().encode_prompt

    def strict(prompt: list[str], *rest: Any, **more: Any) -> Any:
        if any("unpaintable" in words for words in prompt):
            raise ValueError("no such thing")
        return encode(prompt, *rest, **more)

    studio.pipe().encode_prompt = strict
    started = [studio.start(page(number)) for number in (1, 2)]
    bad = studio.start(page(3, prompt="unpaintable"))
    assert all(one.result(120).png for one in started)
    with pytest.raises(StageError, match="no such thing"):
        bad.result(120)


def test_a_lack_of_memory_halves_the_batch_and_the_next_ones_begin_so(sdxl: Path) -> None:
    studio = Studio(sdxl, batch=4, batch_wait_s=LONG_S, steps=1)

    def limited(rows: int) -> None:
        if rows > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with studio.watched(limited):
        for _ in range(2):
            assert all(drawn.png for drawn in studio.paint(*map(page, range(1, 5))))
    assert studio.batches == [4, 2, 2, 2, 2]


def test_a_single_page_without_enough_memory_is_tried_with_less(sdxl: Path) -> None:
    studio = Studio(sdxl)
    (usual,) = studio.paint(page())
    vae = studio.pipe().vae

    def limited(_decoder: Any, _given: Any) -> None:
        if not vae.use_tiling:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    vae.decoder.register_forward_pre_hook(limited)
    (drawn,) = studio.paint(page())
    assert difference(drawn, usual) <= 2


def test_a_page_that_fits_by_no_means_says_what_to_do(sdxl: Path) -> None:
    studio = Studio(sdxl)

    def full(_rows: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with studio.watched(full), pytest.raises(StageError) as caught:
        studio.paint(page())
    assert caught.value.code == "out-of-memory"
    assert "fewer pixels" in (caught.value.remedy or "")
    assert studio.paint(page())[0].png


def without_network_weights(sdxl: Path, folder: Path) -> Path:
    broken = tiny.copied(sdxl, folder)
    (broken / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    return broken


def with_garbled_weights(sdxl: Path, folder: Path) -> Path:
    broken = tiny.copied(sdxl, folder)
    (broken / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"no weights at all" * 100)
    return broken


@pytest.mark.parametrize("spoil", [without_network_weights, with_garbled_weights])
def test_a_model_whose_files_are_missing_or_broken_is_told_to_every_page(
    sdxl: Path, tmp_path: Path, spoil: Callable[[Path, Path], Path]
) -> None:
    studio = Studio(spoil(sdxl, tmp_path / "broken"), batch=2, batch_wait_s=LONG_S)
    for started in [studio.start(page(number)) for number in (1, 2)]:
        with pytest.raises(StageError) as caught:
            started.result(120)
        assert caught.value.code in {"model-missing", "model-broken"}
        assert caught.value.remedy


def test_a_model_that_is_not_here_is_not_fetched_without_leave() -> None:
    with pytest.raises(StageError) as caught:
        Studio("nobody/nothing-of-this-name").paint(page())
    assert caught.value.code == "model-missing"
    assert "talestream models warm" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"scheduler": "NoSuchScheduler"}, "has no class 'NoSuchScheduler'"),
        ({"arguments": {"colour": "red"}}, "StableDiffusionXLPipeline takes no colour"),
        ({"offload": "model"}, "nothing to offload from"),
    ],
)
def test_settings_that_do_not_fit_the_model_are_named(sdxl: Path, own: dict[str, Any], said: str) -> None:
    with pytest.raises(StageError, match=said) as caught:
        Studio(sdxl, **own).paint(page())
    assert caught.value.code == "bad-setting"


def test_the_scheduler_is_chosen_by_configuration(sdxl: Path) -> None:
    (usual,) = Studio(sdxl).paint(page())
    (other,) = Studio(sdxl, scheduler="DPMSolverMultistepScheduler").paint(page())
    assert other.parameters["scheduler"] == "DPMSolverMultistepScheduler"
    assert difference(usual, other) > 0


def test_a_lora_changes_the_model_as_strongly_as_is_configured(sdxl: Path, tmp_path: Path) -> None:
    lora = str(tiny.lora(tmp_path / "lora"))
    (plain,) = Studio(sdxl).paint(page())
    (changed,) = Studio(sdxl, lora=lora).paint(page())
    (unchanged,) = Studio(sdxl, lora=lora, lora_weight=0.0).paint(page())
    assert difference(plain, changed) > 2
    assert difference(plain, unchanged) <= 2
    assert changed.parameters["lora"] == lora


@pytest.mark.parametrize("guidance", [0.0, 5.0])
def test_pages_are_painted_after_one_portrait_of_their_hero(sdxl: Path, tmp_path: Path, guidance: float) -> None:
    adapter = str(tiny.ip_adapter(tmp_path / "adapter", sdxl))
    own = {"guidance": guidance, "batch": 2, "batch_wait_s": LONG_S}
    pages = [page(number, characters=(FINN,)) for number in (1, 2)]
    plain = Studio(sdxl, **own).paint(*pages)
    studio = Studio(sdxl, ip_adapter=adapter, **own)
    rows: list[int] = []
    with studio.watched(rows.append):
        first, second = studio.paint(*pages)
        again, _ = studio.paint(*pages)
    assert len(rows) == 2 + 2 + 2, "the portrait's two steps, and two for each batch"
    assert difference(plain[0], first) > 2
    assert difference(plain[1], second) > 2
    assert difference(first, again) <= 2
