"""What is seen of a page or a card at each frame: a picture under a moving camera, or one that moves by itself."""

from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, Self

import ffmpeg
import numpy as np

from services.video.album import Album
from services.video.camera import WHOLE, ZOOM_PER_S, ZOOM_RANGE, CameraPath, View, camera_path
from services.video.cutouts import Cutout, whole
from services.video.depths import Sheet, draw
from services.video.ffmpeg_process import FrameSource, Stream, frame_source
from services.video.footage import Footage
from services.video.frames import Frame
from services.video.picture import Picture, film_planes
from services.video.picture_files import subject_in
from services.video.subject import Point
from talestream.errors import BadInput, StageError

CARD_PATH = CameraPath(WHOLE, View(0.025, 0.025, 0.95))
"""Slowly nearer, towards the words in the middle."""


class Scenery(Protocol):
    """What a page looks like."""

    def draw(self, frame: Frame, number: int) -> None:
        """Draw what is seen at frame ``number``, from 0 at the page's start. Numbers never fall."""
        ...


class StillScenery:
    """One picture, and the way of the camera over it."""

    def __init__(self, picture: Cutout, path: CameraPath, frames: int) -> None:
        self._picture, self._path, self._frames = picture, path, frames

    def draw(self, frame: Frame, number: int) -> None:
        """See :class:`Scenery`."""
        frame.show(self._picture, self._path.at(number / self._frames))


class LayeredScenery:
    """A picture in depth: near things move more under the camera than far ones."""

    def __init__(self, sheets: tuple[Sheet, ...], path: CameraPath, frames: int) -> None:
        self._sheets, self._path, self._frames = sheets, path, frames

    def draw(self, frame: Frame, number: int) -> None:
        """See :class:`Scenery`."""
        draw(frame, self._sheets, self._path, number / self._frames)


class MovingScenery:
    """An animation at its own speed. When it is over, its last frame stays, and the camera comes slowly nearer."""

    def __init__(self, path: Path, page: int, footage: Footage, around: Point) -> None:
        """``around``: where it is cropped, if it has another shape than the film."""
        self._what = f"the animation of page {page}"
        self._fps = footage.fps
        self._size = width, height = film_planes(footage.width, footage.height)
        self._frames = frame_source(
            _decoding(path, width, height, footage.fps, around), width * height * 3 // 2, self._what
        )
        self._source: FrameSource | None = None
        self._picture: Picture | None = None
        self._shown = -1
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._source = self._open.enter_context(self._frames)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def draw(self, frame: Frame, number: int) -> None:
        """See :class:`Scenery`. BadInput names the page whose animation cannot be read."""
        while self._shown < number and (following := self._next()) is not None:
            self._picture = following
            self._shown += 1
        if self._picture is None:
            raise BadInput(f"{self._what} cannot be read: it has no frames")
        rested_s = (number - self._shown) / self._fps
        frame.show(whole(self._picture), nearer(rested_s))

    def _next(self) -> Picture | None:
        """The next frame as planes; None when there are no more."""
        if self._source is None:
            return None
        try:
            data = self._source.read()
        except StageError as error:
            if error.code != "ffmpeg-failed":
                raise
            raise BadInput(f"{self._what} cannot be read: {error.message[-300:]}") from error
        if data is None:
            self._source = None
            return None
        width, height = self._size
        planes, luma, chroma = np.frombuffer(data, np.uint8), width * height, width * height // 4
        half = height // 2, width // 2
        return Picture(
            planes[:luma].reshape(height, width),
            planes[luma : luma + chroma].reshape(half),
            planes[luma + chroma :].reshape(half),
        )


def scenery(footage: Footage, index: int, visible_frames: int, album: Album, opened: ExitStack) -> Scenery:
    """What page ``index`` (from 0) looks like, by ``album`` where it is still; ``opened`` closes what it reads from."""
    shot = footage.shots[index]
    if shot.animation is not None:
        around = subject_in(shot.picture, shot.page, footage.width, footage.height)
        return opened.enter_context(MovingScenery(shot.animation, shot.page, footage, around))
    still = album.still(shot)
    path = CARD_PATH
    if shot.card is None:
        path = camera_path(shot.page - 1, visible_frames / footage.fps, footage.seed, still.subject)
    if isinstance(still.look, Cutout):
        return StillScenery(still.look, path, visible_frames)
    return LayeredScenery(still.look, path, visible_frames)


def nearer(rested_s: float) -> View:
    """The view of a camera that has come nearer for so long, from the whole frame towards its middle."""
    if rested_s <= 0:
        return WHOLE
    size = 1 / (1 + min(ZOOM_PER_S * rested_s, ZOOM_RANGE[1]))
    return View((1 - size) / 2, (1 - size) / 2, size)


def _decoding(path: Path, width: int, height: int, fps: int, around: Point) -> Stream:
    """Frames as :class:`Picture` has its planes: cropped to the film's shape, chroma amid its luma samples."""
    chroma = {"out_h_chr_pos": 128, "out_v_chr_pos": 128, "out_color_matrix": "bt709", "out_range": "tv"}
    shaped = (
        ffmpeg.input(str(path))
        .video.filter("fps", fps)
        .filter("scale", width, height, force_original_aspect_ratio="increase", force_divisible_by=2, **chroma)
        .filter("crop", width, height, f"clip({around.x:.5f}*iw-ow/2,0,iw-ow)", f"clip({around.y:.5f}*ih-oh/2,0,ih-oh)")
    )
    return shaped.output("pipe:", format="rawvideo", pix_fmt="yuv420p")
