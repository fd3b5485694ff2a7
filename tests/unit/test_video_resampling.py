"""Sampling planes by resizing them: as exact as sampling each point for itself, wherever the camera looks."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.video.camera import View
from services.video.cutouts import cut_out, whole
from services.video.frames import Frame
from services.video.picture import Picture, to_planes
from services.video.resampling import Sampler

WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def picture() -> Picture:
    """Soft noise and hard edges, half as large again as the film."""
    rng = np.random.default_rng(5)
    soft = cv2.resize(
        rng.uniform(0, 255, (27, 48, 3)), (WIDTH * 3 // 2, HEIGHT * 3 // 2), interpolation=cv2.INTER_CUBIC
    )
    soft[60:90, 100:300] = 20
    return to_planes(np.clip(soft, 0, 255).astype(np.uint8))


def pointwise(source: np.ndarray, scale: tuple[float, float], start: tuple[float, float]) -> np.ndarray:
    """Every sample for itself, between its four neighbours."""
    x = np.clip(start[0] + scale[0] * np.arange(WIDTH), 0, source.shape[1] - 1)
    y = np.clip(start[1] + scale[1] * np.arange(HEIGHT), 0, source.shape[0] - 1)
    left, top = np.minimum(x.astype(int), source.shape[1] - 2), np.minimum(y.astype(int), source.shape[0] - 2)
    across, down = x - left, (y - top)[:, None]
    rows = source[top] * (1 - down) + source[top + 1] * down
    return np.asarray(rows[:, left] * (1 - across) + rows[:, left + 1] * across)


@settings(deadline=None, max_examples=60)
@given(st.floats(0.8, 1), st.floats(0, 1), st.floats(0, 1))
def test_what_is_sampled_lies_where_it_was_asked(picture: Picture, size: float, left: float, top: float) -> None:
    frame, view = Frame(WIDTH, HEIGHT), View(left * (1 - size), top * (1 - size), size)
    frame.show(cut_out(picture.planes), view)
    scale = 1.5 * size
    x, y = (edge * length * 1.5 + (scale - 1) / 2 for edge, length in ((view.left, WIDTH), (view.top, HEIGHT)))
    wanted = pointwise(picture.y.astype(np.float64), (scale, scale), (x, y))
    off = np.abs(frame.y - wanted)
    assert off.mean() < 0.5
    assert np.quantile(off, 0.999) < 4  # a hundredth of the hardest edge, and rounding


def test_a_plane_without_a_margin_is_sampled_alike(picture: Picture) -> None:
    frames = Frame(WIDTH, HEIGHT), Frame(WIDTH, HEIGHT)
    for frame, shown in zip(frames, (whole(picture), cut_out(picture.planes)), strict=True):
        frame.show(shown, View(0.03, 0.05, 0.91))
    difference = np.abs(frames[0].buffer.astype(int) - frames[1].buffer)
    assert difference.mean() < 0.3
    assert difference.max() <= 6


def test_what_lies_outside_repeats_the_edge() -> None:
    sampled = Sampler(50, 30).sampled(np.full((40, 60), 90, np.uint8), 50, 30, scale=(1.37, 1.37), start=(-3.3, -2.1))
    assert sampled.shape == (30, 50)
    assert (sampled == 90).all()
