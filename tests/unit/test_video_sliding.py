"""What a sliding camera sees again is sampled once, and lies where it would have been sampled."""

import gc

import cv2
import numpy as np
import pytest

from services.video import sliding
from services.video.camera import View
from services.video.cutouts import cut_out
from services.video.frames import Frame
from services.video.picture import Picture, to_planes
from services.video.resampling import Plane, Sampler
from services.video.sliding import SlidingSampler

WIDTH, HEIGHT = 320, 180
SIZE = 0.85


@pytest.fixture
def picture() -> Picture:
    """Soft noise, half as large again as the film."""
    noise = np.random.default_rng(7).uniform(0, 255, (27, 48, 3))
    soft = cv2.resize(noise, (WIDTH * 3 // 2, HEIGHT * 3 // 2), interpolation=cv2.INTER_CUBIC)
    return to_planes(np.clip(soft, 0, 255).astype(np.uint8))


@pytest.fixture
def sampled_widths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The width of each plane that is really sampled."""
    widths: list[int] = []
    real = Sampler.sampled

    def counted(self: Sampler, source: Plane, width: int, height: int, **where: tuple[float, float]) -> Plane:
        widths.append(width)
        return real(self, source, width, height, **where)

    monkeypatch.setattr(Sampler, "sampled", counted)
    return widths


def pan(pixels_a_frame: float, frames: int) -> list[View]:
    """Sideways over the picture, by pixels of the film."""
    return [View(number * pixels_a_frame * SIZE / WIDTH, 0.07, SIZE) for number in range(frames)]


@pytest.mark.parametrize("pixels_a_frame", [0.37, 1.13])
@pytest.mark.parametrize(("plane", "pixels"), [("y", 1), ("u", 2), ("v", 2)])
def test_a_pan_shows_what_lies_half_a_phase_away_at_most(
    picture: Picture, pixels_a_frame: float, plane: str, pixels: int
) -> None:
    slid, exact = Frame(WIDTH, HEIGHT, SlidingSampler(WIDTH, HEIGHT)), Frame(WIDTH, HEIGHT)
    shown, aside = cut_out(picture.planes), pixels / sliding.PHASES / 2 * SIZE / WIDTH
    for view in pan(pixels_a_frame, 40):
        slid.show(shown, view)
        near = []
        for way in (-aside, 0, aside):
            exact.show(shown, View(view.left + way, view.top, view.size))
            near.append(getattr(exact, plane).astype(int))
        found, low, high = getattr(slid, plane), np.min(near, axis=0) - 2, np.max(near, axis=0) + 2
        assert ((found >= low) & (found <= high)).mean() > 0.995


def test_a_pan_samples_each_phase_twice_and_then_no_more(picture: Picture, sampled_widths: list[int]) -> None:
    frame, shown = Frame(WIDTH, HEIGHT, SlidingSampler(WIDTH, HEIGHT)), cut_out(picture.planes)
    for view in pan(0.125, 60):
        frame.show(shown, view)
    first = len(sampled_widths)
    for view in pan(0.125, 60):
        frame.show(shown, view)
    assert len(sampled_widths) == first
    assert first <= 1 + 2 * 3 * sliding.PHASES + 3


def test_a_zoom_keeps_nothing(picture: Picture) -> None:
    sampler = SlidingSampler(WIDTH, HEIGHT)
    frames, shown = (Frame(WIDTH, HEIGHT, sampler), Frame(WIDTH, HEIGHT)), cut_out(picture.planes)
    for number in range(20):
        for frame in frames:
            frame.show(shown, View(0.05, 0.05, 0.9 - number / 400))
        assert (frames[0].buffer == frames[1].buffer).all()
    assert sampler._room == sliding.KEPT_BYTES


def test_what_has_no_room_is_sampled_each_time(
    picture: Picture, sampled_widths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sliding, "KEPT_BYTES", 1000)
    frame, shown = Frame(WIDTH, HEIGHT, SlidingSampler(WIDTH, HEIGHT)), cut_out(picture.planes)
    for view in pan(0.125, 40):
        frame.show(shown, view)
    assert len(sampled_widths) == 3 * 40


def test_strips_go_with_their_picture(picture: Picture) -> None:
    sampler = SlidingSampler(WIDTH, HEIGHT)
    shown = cut_out(picture.planes)
    for view in pan(0.125, 40):
        Frame(WIDTH, HEIGHT, sampler).show(shown, view)
    assert sampler._room < sliding.KEPT_BYTES
    del shown
    gc.collect()
    assert sampler._room == sliding.KEPT_BYTES
