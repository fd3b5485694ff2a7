"""What is seen of a film's still pages while they are seen: each picture is read once, though several pieces of work
show it.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock

from services.video.camera import WHOLE, CameraPath
from services.video.cutouts import Cutout, cut_out
from services.video.depths import Sheet, draw, load_sheets
from services.video.footage import Footage, Shot
from services.video.frames import Frame
from services.video.picture import Picture
from services.video.picture_files import load_picture, subject_in
from services.video.subject import MIDDLE, Point, subject_of
from services.video.title_cards import card_picture


@dataclass(frozen=True)
class Still:
    """A still page or card, and where the eye goes in it."""

    look: Cutout | tuple[Sheet, ...]
    """A flat picture, or one in depth."""
    subject: Point


class Album:
    """Keeps the stills that were asked for last, so that memory does not grow with the length of the film."""

    def __init__(self, footage: Footage, kept: int) -> None:
        """At most ``kept`` stills at a time, for a film of the size of ``footage``."""
        self._footage = footage
        self._kept = kept
        self._stills: OrderedDict[Hashable, Future[Still]] = OrderedDict()
        self._lock = Lock()

    def still(self, shot: Shot) -> Still:
        """What a shot looks like. Whoever asks while another thread makes it waits. BadInput names a page whose picture
        cannot be read.
        """
        key = shot.picture, shot.page, shot.card
        with self._lock:
            is_new = key not in self._stills
            still = self._stills.setdefault(key, Future())
            self._stills.move_to_end(key)
            while len(self._stills) > self._kept:
                self._stills.popitem(last=False)
        if is_new:
            try:
                still.set_result(self._make(shot))
            except BaseException as error:
                still.set_exception(error)
                raise
        return still.result()

    def _make(self, shot: Shot) -> Still:
        width, height = self._footage.width, self._footage.height
        if shot.layers and shot.card is None:
            around = subject_in(shot.picture, shot.page, width, height)
            sheets = load_sheets(shot.layers, shot.page, width, height, around)
            return Still(sheets, subject_of(_flattened(sheets, width, height)))
        picture = load_picture(shot.picture, shot.page, width, height)
        if shot.card is not None:
            return Still(cut_out(card_picture(picture, shot.card, self._footage).planes), MIDDLE)
        return Still(cut_out(picture.planes), subject_of(picture))


def _flattened(sheets: Sequence[Sheet], width: int, height: int) -> Picture:
    """The picture that sheets are together, half as large as the film."""
    frame = Frame(width // 4 * 2, height // 4 * 2)
    draw(frame, sheets, CameraPath(WHOLE, WHOLE), 0)
    return Picture(frame.y, frame.u, frame.v)
