"""The animator ``diffusers`` on a tiny Stable Video Diffusion."""

import threading
from contextvars import copy_context
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from schemas import AnimationRequested
from services.animation.diffusers_animator import DiffusersAnimator
from services.animation.providers import Animated, Progress
from talestream import cancellation
from talestream.diffusion_settings import AnimationModelSettings
from talestream.errors import BadInput, Cancelled, StageError
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings
from tests.ml import tiny_diffusion as tiny

CPU = ModelSettings(device="cpu")
ORDER = AnimationRequested(task_id=5, page=1, picture="s3://bucket/p1.png", width=128, height=72, seed=3)


@pytest.fixture(scope="module")
def svd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.svd(tmp_path_factory.mktemp("models") / "svd")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "given.picture"
    Image.new("RGB", (300, 200), "orange").save(path, "PNG")
    return path


def animator(model: Path, **own: Any) -> DiffusersAnimator:
    small = {"steps": 2, "pixels": 64 * 64, "fps": 8, **own}
    return DiffusersAnimator(AnimationModelSettings(model=str(model), **small), CPU, Models(CPU))


def animate(
    own: DiffusersAnimator, picture: Path, progress: Progress, cancelled: threading.Event | None = None
) -> Animated:
    context = copy_context()
    context.run(cancellation.bind, cancelled or threading.Event())
    return context.run(own.animate, ORDER, picture, picture.with_name("made.mp4"), progress)


def test_a_picture_becomes_a_film_of_its_shape_as_long_as_the_model_makes_it(svd: Path, picture: Path) -> None:
    told: list[float] = []
    made = animate(animator(svd), picture, lambda fraction, _note: told.append(fraction))
    with av.open(str(picture.with_name("made.mp4"))) as film:
        frames = list(film.decode(video=0))
    assert (made.model, made.seed, made.duration_s) == (str(svd), 3, 4 / 8)
    assert [(frame.width, frame.height, frame.format.name) for frame in frames] == [(96, 48, "yuv420p")] * 4
    assert told == pytest.approx([0.45, 0.9])


def test_cancelling_ends_the_work_at_its_next_step(svd: Path, picture: Path) -> None:
    cancelled, told = threading.Event(), []

    def cancel(fraction: float, _note: str) -> None:
        told.append(fraction)
        cancelled.set()

    with pytest.raises(Cancelled):
        animate(animator(svd, steps=50), picture, cancel, cancelled)
    assert len(told) == 1
    assert not picture.with_name("made.mp4").exists()


def test_a_picture_that_cannot_be_read_is_bad_input(svd: Path, picture: Path) -> None:
    picture.write_bytes(b"no picture")
    with pytest.raises(BadInput, match=r"given\.picture"):
        animate(animator(svd), picture, lambda _fraction, _note: None)


@pytest.mark.parametrize(
    ("own", "said"),
    [({"negative_prompt": "blur"}, "takes no negative_prompt"), ({"pipeline": "NoSuchPipeline"}, "NoSuchPipeline")],
)
def test_settings_that_do_not_fit_the_model_are_named(svd: Path, picture: Path, own: dict[str, Any], said: str) -> None:
    with pytest.raises(StageError, match=said) as caught:
        animate(animator(svd, **own), picture, lambda _fraction, _note: None)
    assert caught.value.code == "bad-setting"
