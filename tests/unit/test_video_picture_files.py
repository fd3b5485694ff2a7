"""A picture of any shape in a film of any shape: cropped around what is in it, its layers with it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from services.video.album import Album
from services.video.footage import Footage, Shot, ShotLayer
from services.video.picture_files import cover, load_picture, subject_in
from services.video.subject import MIDDLE, Point
from talestream.errors import BadInput

SUBJECT = (235, 60, 30)


def drawn(middle: int, folder: Path) -> Path:
    """A grey picture of 640 x 360 with a red disc."""
    picture = Image.new("RGB", (640, 360), (120, 130, 125))
    ImageDraw.Draw(picture).ellipse((middle - 40, 150, middle + 40, 230), fill=SUBJECT)
    picture.save(folder / "page.png")
    return folder / "page.png"


def redness(path: Path, width: int, height: int) -> NDArray[np.bool_]:
    return np.asarray(load_picture(path, 1, width, height).v > 160)


@pytest.mark.parametrize("middle", [150, 320, 480])
def test_a_picture_of_another_shape_is_cropped_around_its_subject(middle: int, tmp_path: Path) -> None:
    seen = redness(drawn(middle, tmp_path), 180, 320)
    columns = np.flatnonzero(seen.any(axis=0)) / seen.shape[1]
    assert columns.mean() == pytest.approx(0.5, abs=0.1)
    assert columns[0] > 0.1
    assert columns[-1] < 0.9


def test_a_crop_never_leaves_the_picture(tmp_path: Path) -> None:
    seen = redness(drawn(600, tmp_path), 180, 320)
    whole = redness(drawn(600, tmp_path), 640, 360)
    assert np.flatnonzero(seen.any(axis=0))[-1] == seen.shape[1] - 1
    assert whole[:, -1].any()


def test_a_picture_of_the_films_shape_is_not_cropped(tmp_path: Path) -> None:
    path = drawn(480, tmp_path)
    assert subject_in(path, 1, 1280, 720) == MIDDLE
    columns = np.flatnonzero(redness(path, 320, 180).any(axis=0)) / 240
    assert columns.mean() == pytest.approx(0.75, abs=0.01)


def test_layers_are_cropped_as_their_page_is(tmp_path: Path) -> None:
    page = drawn(480, tmp_path)
    layer = Image.new("RGBA", (640, 360))
    ImageDraw.Draw(layer).ellipse((440, 150, 520, 230), fill=(*SUBJECT, 255))
    layer.save(tmp_path / "near.png")
    Image.new("RGB", (640, 360), (120, 130, 125)).save(tmp_path / "far.png")
    layers = ShotLayer(tmp_path / "far.png", 1.0), ShotLayer(tmp_path / "near.png", 0.0)
    shots = Shot(1, page), Shot(1, page, layers=layers)
    subjects = [Album(Footage((shot,), "en", 180, 320, 24), 1).still(shot).subject for shot in shots]
    assert subjects[0].x == pytest.approx(subjects[1].x, abs=0.01)
    assert subjects[0].x == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("size", [(1920, 1080), (320, 180)])
def test_a_resized_picture_lies_where_it_was(size: tuple[int, int]) -> None:
    shades = cv2.resize(np.random.default_rng(3).uniform(0, 255, (9, 16, 3)), (640, 360), interpolation=cv2.INTER_CUBIC)
    rgb = np.clip(shades, 0, 255).astype(np.uint8)
    wanted = cv2.resize(
        rgb.astype(np.float32), size, interpolation=cv2.INTER_AREA if size[0] < 640 else cv2.INTER_LINEAR
    )
    assert np.abs(cover(Image.fromarray(rgb), *size) - wanted).mean() < 1


def test_a_crop_is_as_near_a_place_as_the_edges_let_it_be() -> None:
    rgb = np.broadcast_to(np.arange(200, dtype=np.uint8)[None, :, None], (100, 200, 3))
    left, right = (cover(Image.fromarray(rgb.copy()), 100, 100, around=Point(x, 0.5)) for x in (0.0, 0.6))
    assert (left[0, 0, 0], left[0, -1, 0]) == (0, 99)
    assert (right[0, 0, 0], right[0, -1, 0]) == (70, 169)


def test_a_page_whose_picture_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(b"no picture")
    with pytest.raises(BadInput, match="page 3"):
        subject_in(tmp_path / "page.png", 3, 180, 320)
