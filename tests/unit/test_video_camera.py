"""The camera: where it may go, and that it moves smoothly between pixels."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.video.camera import View, camera_path
from services.video.cutouts import cut_out, whole
from services.video.frames import Frame
from services.video.picture import Picture, to_planes
from services.video.subject import MIDDLE, Point, subject_of

WIDTH, HEIGHT = 320, 180


@pytest.fixture(scope="module")
def texture() -> Picture:
    """A soft texture, half as large again as the film."""
    noise = np.random.default_rng(1).uniform(0, 255, (HEIGHT * 3 // 2, WIDTH * 3 // 2, 3))
    soft = 127 + 12 * (cv2.GaussianBlur(noise, (0, 0), 4) - 127)
    return to_planes(np.clip(soft, 0, 255).astype(np.uint8))


points = st.builds(Point, st.floats(0, 1), st.floats(0, 1))


@settings(deadline=None)
@given(st.integers(0, 999), st.floats(3, 60), st.integers(0, 2**32 - 1), st.floats(0, 1), points)
def test_the_camera_never_leaves_the_picture(
    page: int, visible_s: float, seed: int, progress: float, subject: Point
) -> None:
    view = camera_path(page, visible_s, seed, subject).at(progress)
    assert 0.8 <= view.size <= 1
    assert view.left >= -1e-9
    assert view.top >= -1e-9
    assert view.left + view.size <= 1 + 1e-9
    assert view.top + view.size <= 1 + 1e-9


@settings(deadline=None)
@given(st.integers(0, 999), st.floats(3, 60), st.integers(0, 2**32 - 1), points)
def test_the_camera_is_never_at_rest(page: int, visible_s: float, seed: int, subject: Point) -> None:
    path = camera_path(page, visible_s, seed, subject)
    views = [path.at(step / 10) for step in range(11)]
    assert len(set(views)) == 11


@settings(deadline=None)
@given(st.integers(0, 50), st.integers(0, 2**32 - 1))
def test_neighbouring_pages_move_differently(page: int, seed: int) -> None:
    def direction(view: View, after: View) -> tuple[int, int]:
        grows = after.size - view.size
        return int(np.sign(grows)), int(np.sign(after.left - view.left)) if grows == 0 else 0

    paths = [camera_path(number, 9, seed) for number in (page, page + 1)]
    assert len({direction(path.start, path.end) for path in paths}) == 2


@settings(deadline=None)
@given(st.integers(0, 50), st.floats(3, 60), st.integers(0, 2**32 - 1), points)
def test_the_camera_goes_to_the_subject_or_draws_back_from_it(
    page: int, visible_s: float, seed: int, subject: Point
) -> None:
    def distance(view: View) -> float:
        """From the middle of a view, across and down, to the subject, in widths of the view."""
        across, down = view.left + view.size / 2 - subject.x, view.top + view.size / 2 - subject.y
        return float(np.hypot(across, down))

    path = camera_path(page, visible_s, seed, subject)
    near, far = (path.end, path.start) if path.end.size <= path.start.size else (path.start, path.end)
    if path.start.size != path.end.size or abs(subject.x - 0.5) > 0.1:
        assert distance(near) <= distance(far) + 1e-9


@pytest.mark.parametrize("size", [(320, 180), (180, 320), (200, 200)])
@pytest.mark.parametrize("place", [(0.3, 0.4), (0.7, 0.6), (0.5, 0.7)])
@pytest.mark.parametrize("colours", [((90, 140, 80), (220, 110, 40)), ((20, 25, 60), (200, 200, 190))])
def test_the_subject_of_a_picture_is_what_stands_out_of_its_ground(
    size: tuple[int, int], place: tuple[float, float], colours: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    width, height = size
    rgb = np.random.default_rng(2).normal(0, 6, (height, width, 3)) + colours[0]
    x, y, radius = round(place[0] * width), round(place[1] * height), min(size) // 9
    cv2.circle(rgb, (x, y), radius, colours[1], -1)
    found = subject_of(to_planes(np.clip(rgb, 0, 255).astype(np.uint8)))
    assert abs(found.x - place[0]) < 0.08
    assert abs(found.y - place[1]) < 0.08


@pytest.mark.parametrize("tone", [0, 90, 255])
def test_a_picture_of_one_colour_has_its_middle_for_a_subject(tone: int) -> None:
    assert subject_of(to_planes(np.full((90, 160, 3), tone, np.uint8))) == MIDDLE


def test_a_slow_pan_moves_by_the_same_fraction_of_a_pixel_in_every_frame(texture: Picture) -> None:
    frame, before, moves = Frame(WIDTH, HEIGHT), None, []
    for number in range(24):
        frame.show(cut_out(texture.planes), View(0.02 + number * 0.23 / WIDTH * 0.9, 0.05, 0.9))
        now = frame.y.astype(np.float64)[8:-8, 8:-8]
        if before is not None:
            moves.append(_shift(before, now))
        before = now
    # of a film's pixel: each frame may be sampled a fiftieth of a source sample aside
    assert np.allclose(moves, -0.23, atol=0.03)
    assert np.ptp(moves) < 0.04


def test_a_moving_picture_stays_equally_sharp(texture: Picture) -> None:
    frame, sharpness = Frame(WIDTH, HEIGHT), []
    for number in range(24):
        frame.show(whole(texture), View(0.02 + number / 12 / WIDTH * 0.9, 0.05, 0.9))
        sharpness.append(cv2.Laplacian(frame.y, cv2.CV_64F)[8:-8, 8:-8].std())
    assert np.ptp(sharpness) / np.mean(sharpness) < 0.05


def test_colour_and_brightness_stay_together_where_the_camera_looks() -> None:
    rgb = np.zeros((HEIGHT * 3 // 2, WIDTH * 3 // 2, 3), np.uint8)
    rgb[..., :2] = (np.clip((np.arange(WIDTH * 3 // 2) - 228) / 24, 0, 1) * 255)[:, None]
    frame = Frame(WIDTH, HEIGHT)
    frame.show(whole(to_planes(rgb)), View(0, 0, 1))
    luma_edge = _edge(frame.y[90], 117.5)
    chroma_edge = 2 * _edge(255 - frame.u[45], 183)
    assert chroma_edge == pytest.approx(luma_edge, abs=0.15)


def _shift(before: np.ndarray, now: np.ndarray) -> float:
    """How far a picture moved to the right, in pixels: least squares over its gradient (Lucas and Kanade, 1981)."""
    slope = np.gradient((before + now) / 2, axis=1)
    return float(-np.sum(slope * (now - before)) / np.sum(slope**2))


def _edge(row: np.ndarray, level: float) -> float:
    """Where a rising row crosses a level, between samples."""
    at = int(np.argmax(row > level))
    return at - 1 + (level - float(row[at - 1])) / (float(row[at]) - float(row[at - 1]))
