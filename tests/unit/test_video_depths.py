"""A picture in depth under the camera: whole at every moment, flat half-way, near things faster than far ones."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from services.video.album import Album
from services.video.camera import CameraPath, View, camera_path
from services.video.cutouts import Cutout
from services.video.depths import view_at
from services.video.footage import Footage, Shot, ShotLayer
from services.video.frames import Frame
from services.video.scenery import LayeredScenery, StillScenery
from services.video.subject import Point
from talestream.errors import BadInput

WIDTH, HEIGHT = 320, 180
PAN = CameraPath(View(0.0, 0.05, 1 / 1.13), View(1 - 1 / 1.13, 0.06, 1 / 1.13))
ZOOM = CameraPath(View(0.01, 0.01, 0.98), View(0.1, 0.08, 0.85))


@pytest.fixture(scope="module")
def shot(tmp_path_factory: pytest.TempPathFactory) -> Shot:
    """A grey sky with a bright mark, a hill, and dark ground with a bright figure that stands out of it."""
    folder = tmp_path_factory.mktemp("page")
    sky = Image.new("RGB", (WIDTH, HEIGHT), (120, 120, 120))
    ImageDraw.Draw(sky).rectangle((150, 20, 170, 40), fill=(250, 250, 250))
    hill, ground = (Image.new("RGBA", (WIDTH, HEIGHT)) for _ in range(2))
    ImageDraw.Draw(hill).rectangle((0, 90, WIDTH, 140), fill=(60, 140, 70, 255))
    ImageDraw.Draw(ground).rectangle((0, 120, WIDTH, HEIGHT), fill=(70, 50, 40, 255))
    ImageDraw.Draw(ground).rectangle((150, 60, 170, 150), fill=(240, 120, 30, 255))
    flat = sky.copy()
    for layer in (hill, ground):
        flat.paste(layer, mask=layer)
    flat.save(folder / "flat.png")
    layers = []
    for number, (layer, depth) in enumerate(((sky, 1.0), (hill, 0.5), (ground, 0.0))):
        layer.save(folder / f"{number}.png")
        layers.append(ShotLayer(folder / f"{number}.png", depth))
    return Shot(1, folder / "flat.png", layers=tuple(layers))


def footage(shot: Shot) -> Footage:
    return Footage((shot,), "en", WIDTH, HEIGHT, 24)


def drawn(shot: Shot, path: CameraPath, number: int, *, is_flat: bool = False) -> NDArray[np.int_]:
    """The luma of a frame, of 100."""
    look, frame = (
        Album(footage(shot), 1).still(replace(shot, layers=()) if is_flat else shot).look,
        Frame(WIDTH, HEIGHT),
    )
    frame.buffer[:] = 255
    scene = StillScenery(look, path, 100) if isinstance(look, Cutout) else LayeredScenery(look, path, 100)
    scene.draw(frame, number)
    return frame.y.astype(int)


@pytest.mark.parametrize("path", [PAN, ZOOM])
def test_half_way_the_layers_are_the_flat_picture(shot: Shot, path: CameraPath) -> None:
    difference = np.abs(drawn(shot, path, 50) - drawn(shot, path, 50, is_flat=True))
    assert (difference > 2).mean() < 0.03  # at edges, where one is resized before it is laid and the other after
    assert difference.max() < 40


@pytest.mark.parametrize("path", [PAN, ZOOM])
@pytest.mark.parametrize("number", [0, 25, 75, 100])
def test_nothing_is_missing_wherever_the_camera_is(shot: Shot, path: CameraPath, number: int) -> None:
    luma = drawn(shot, path, number)
    sky, ground = luma[:70, :100], luma[-40:, :100]
    assert np.ptp(sky) <= 3
    assert np.ptp(ground) <= 3
    assert luma.max() <= 240


def test_the_near_moves_more_than_the_far(shot: Shot) -> None:
    first, last = drawn(shot, PAN, 0), drawn(shot, PAN, 100)
    mark = [np.flatnonzero(luma[25] > 180).mean() for luma in (first, last)]
    figure = [np.flatnonzero(luma[130] > 100).mean() for luma in (first, last)]
    assert figure[0] - figure[1] > 1.5 * (mark[0] - mark[1]) > 0


@given(
    page=st.integers(0, 9),
    seconds=st.floats(1, 30),
    seed=st.integers(0, 99),
    x=st.floats(0, 1),
    y=st.floats(0, 1),
    progress=st.floats(0, 1),
    depth=st.floats(0, 1),
)
def test_no_layer_is_seen_beyond_its_edges(
    page: int, seconds: float, seed: int, x: float, y: float, progress: float, depth: float
) -> None:
    view = view_at(camera_path(page, seconds, seed, Point(x, y)), progress, depth)
    assert min(view.left, view.top) > -1e-9
    assert max(view.left, view.top) + view.size < 1 + 1e-9


def test_a_layer_that_is_no_picture_is_named_by_its_page(shot: Shot, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    broken = Shot(4, shot.picture, layers=(ShotLayer(tmp_path / "bad.png", 1.0),))
    with pytest.raises(BadInput, match="page 4"):
        Album(footage(broken), 1).still(broken)
