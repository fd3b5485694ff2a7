"""The pictures of a film while they are seen: each is read once, though several pieces of work show it."""

from collections import OrderedDict
from concurrent.futures import Future
from pathlib import Path
from threading import Lock

from services.video.picture import Picture, load_picture


class Album:
    """Keeps the pictures that were asked for last, so that memory does not grow with the length of the film."""

    def __init__(self, width: int, height: int, kept: int) -> None:
        """Pictures for a film of ``width`` x ``height``, at most ``kept`` of them at a time."""
        self._size = width, height
        self._kept = kept
        self._pages: OrderedDict[tuple[Path, int], Future[Picture]] = OrderedDict()
        self._lock = Lock()

    def picture(self, path: Path, page: int) -> Picture:
        """The picture of a page. Whoever asks while another thread reads it waits. See :func:`load_picture`."""
        key = path, page
        with self._lock:
            found = self._pages.get(key)
            reads = found is None
            if found is None:
                found = self._pages[key] = Future()
            self._pages.move_to_end(key)
            while len(self._pages) > self._kept:
                self._pages.popitem(last=False)
        if reads:
            try:
                found.set_result(load_picture(path, page, *self._size))
            except BaseException as error:
                found.set_exception(error)
                raise
        return found.result()
