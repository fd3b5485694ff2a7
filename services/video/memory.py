"""How a process that composes keeps its memory."""

import ctypes
from contextlib import suppress

LARGE_BYTES = 1 << 20
M_MMAP_THRESHOLD = -3
"""Of mallopt (3)."""


def give_back_large_blocks() -> None:
    """Have the GNU C library give large blocks, as planes of pictures are, back to the system as soon as they are free.

    By itself it begins to keep them once one was freed: between threads that read pictures by turns, a sixth of a
    composer's own memory. It holds for the process, from then on. With other libraries nothing happens.
    """
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
