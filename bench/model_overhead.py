"""What the model manager and the micro-batcher cost, beside a bare loop; part of ``bench.models``.

Twice: around work that does nothing, which tells what a call costs; and around a page that a tiny SDXL paints, which
tells what is left of that beside even the smallest work, and what a batch gains.
"""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch

from schemas import ImageRequested
from services.image.diffusers_illustrator import DiffusersIllustrator
from services.image.diffusers_painter import Order, Painter, Shape
from talestream.diffusion import load
from talestream.diffusion_settings import ImageModelSettings
from talestream.micro_batches import MicroBatches, Submitted
from talestream.model_manager import ModelKey, Models
from talestream.model_settings import ModelSettings
from tests.ml import tiny_diffusion

ROUNDS = 9
CALLS = 2000
PAGES = 8
BATCH = 4
SIDE = 64
CPU = ModelSettings(device="cpu")


@dataclass(frozen=True)
class Overhead:
    """Milliseconds; medians over the rounds."""

    manager_ms: float
    """To use a model that is loaded, and to have one's turn on its device."""
    batcher_ms: float
    """To submit work that nobody else waits with, in a thread of its own, and to have it back."""
    bare_page_ms: float
    """A page by the pipeline, in a loop."""
    page_ms: float
    """The same by the provider, through batcher and manager, one page after the other."""
    batched_page_ms: float
    """The same, as many at once as a batch has."""


def overhead() -> Overhead:
    """Measured in this process, on one core: threads that each have a team of PyTorch's own wait for each other."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as folder:
        model = tiny_diffusion.sdxl(Path(folder) / "sdxl")
        return Overhead(_manager_ms(), _batcher_ms(), *_pages_ms(model))


def _manager_ms() -> float:
    models, key = Models(CPU), ModelKey("bench", "nothing")

    def managed() -> None:
        with models.use(key, object), models.turn("cpu"):
            pass

    managed()
    return _median_ms(_repeated(managed)) - _median_ms(_repeated(_nothing))


def _batcher_ms() -> float:
    def work(_key: str, batch: Sequence[Submitted[int, int]]) -> list[int]:
        return [one.item for one in batch]

    batches: MicroBatches[str, int, int] = MicroBatches("bench", work, most=1, wait_s=0)
    return _median_ms(_repeated(lambda: batches.submit("alike", 1))) - _median_ms(_repeated(_nothing))


def _pages_ms(model: Path) -> tuple[float, float, float]:
    """In turns, so that what the machine does meanwhile falls on all three."""
    single = ImageModelSettings(model=str(model), steps=2, batch=1)
    several = single.model_copy(update={"batch": BATCH, "batch_wait_s": 60.0})  # only a full batch begins
    key = ModelKey("image", str(model))
    bare = Painter(load("AutoPipelineForText2Image", single, CPU, key), single)
    alone, together = (DiffusersIllustrator(own, CPU, Models(CPU)) for own in (single, several))
    spent: tuple[list[float], ...] = ([], [], [])
    with ThreadPoolExecutor(BATCH) as threads:
        for _ in range(ROUNDS + 1):  # the first one loads
            for times, paint in zip(
                spent,
                (
                    lambda: [bare.paint(Shape(SIDE, SIDE), [_submitted(page)]) for page in _pages()],
                    lambda: [alone.illustrate(page, _unheard) for page in _pages()],
                    lambda: list(threads.map(lambda page: together.illustrate(page, _unheard), _pages())),
                ),
                strict=True,
            ):
                times.append(_timed_ms(paint) / PAGES)
    bare_ms, alone_ms, together_ms = (statistics.median(times[1:]) for times in spent)
    return bare_ms, alone_ms, together_ms


def _pages() -> list[ImageRequested]:
    return [
        ImageRequested(task_id=1, page=number, prompt=f"scene {number}", width=SIDE, height=SIDE, seed=number)
        for number in range(1, PAGES + 1)
    ]


def _submitted(page: ImageRequested) -> Submitted[Order, bytes]:
    return Submitted(Order(page, _unheard))


def _repeated(call: Callable[[], object]) -> Callable[[], None]:
    def loop() -> None:
        for _ in range(CALLS):
            call()

    return loop


def _median_ms(loop: Callable[[], None]) -> float:
    """Of one call of the loop."""
    return statistics.median(_timed_ms(loop) for _ in range(ROUNDS)) / CALLS


def _timed_ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def _nothing() -> None:
    pass


def _unheard(_fraction: float, _note: str) -> None:
    pass
