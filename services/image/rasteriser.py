"""From SVG to pixels, in processes of their own: resvg holds Python's lock while it draws, which stops everything else.

A page is drawn from several pieces one after another, so two pages at a time keep two processes busy.
"""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from talestream.cancellation import is_cancelled
from talestream.errors import Cancelled, StageError

PROCESSES = min(2, os.cpu_count() or 1)
POLL_S = 0.1

_guard = threading.Lock()
_pool: ProcessPoolExecutor | None = None


def rasterise(svg: str, width: int, height: int) -> bytes:
    """The drawing as PNG, RGBA, ``width`` x ``height`` pixels. StageError, retryable, when the drawing process died.

    Raises Cancelled while it waits; what another process has begun to draw, it ends by itself.
    """
    pool = _started()
    try:
        drawing = pool.submit(_draw, svg, width, height)
        while not wait({drawing}, POLL_S).done:
            if is_cancelled():
                drawing.cancel()
                raise Cancelled
        return drawing.result()
    except BrokenProcessPool as error:
        _forget(pool)
        raise StageError(
            "rasteriser-lost", "the process that draws was ended, perhaps for memory", retryable=True
        ) from error


def _draw(svg: str, width: int, height: int) -> bytes:
    import resvg_py  # noqa: PLC0415  in the drawing process alone

    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=width, height=height, skip_system_fonts=True))


def _started() -> ProcessPoolExecutor:
    global _pool  # noqa: PLW0603  one pool a process
    with _guard:
        if _pool is None:
            _pool = ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn"))
        return _pool


def _forget(broken: ProcessPoolExecutor) -> None:
    global _pool  # noqa: PLW0603
    with _guard:
        if _pool is broken:
            _pool = None
    broken.shutdown(wait=False)
