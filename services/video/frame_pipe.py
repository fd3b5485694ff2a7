"""Handing raw frames to a process through a pipe: on Linux without copying them into it.

There the process reads straight from the memory in which a frame was drawn (``vmsplice``), so nobody may draw in it
until the frame has left the pipe. The pipe holds less than a frame: when all of one is handed over, the one before has
left it. Elsewhere, and where the system forbids it, frames are copied.
"""

import ctypes
import errno
import fcntl
import os
import selectors
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any

import numpy as np

from talestream.cancellation import check_cancelled

PIPE_BYTES = 1 << 20
"""Of a pipe, at most: enough that its writer and its reader wake each other seldom, and all that a user may have."""
POLL_S = 0.1
NONBLOCK = 2
"""Of ``vmsplice`` (2): SPLICE_F_NONBLOCK."""
FORBIDDEN = {errno.ENOSYS, errno.EPERM, errno.EINVAL}


class FrameSink:
    """A pipe that takes raw frames of one size, drawn in two buffers in turn."""

    def __init__(self, pipe: IO[bytes], frame_bytes: int) -> None:
        os.set_blocking(pipe.fileno(), False)
        self._pipe = pipe
        self._hand_over: Callable[[memoryview], int | None] = pipe.write
        if _vmsplice and _capacity(pipe, frame_bytes) <= frame_bytes:
            self._hand_over = self._lend

    def write(self, frame: memoryview) -> None:
        """Hand over one frame, which must stay as it is until the next is handed over. Waits while the reader is busy,
        as long as the work is wanted; BrokenPipeError when it is gone.
        """
        written = 0
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_WRITE)
            while written < len(frame):
                taken = self._hand_over(frame[written:])
                if taken is None:
                    check_cancelled()
                    selector.select(POLL_S)
                else:
                    written += taken

    def _lend(self, frame: memoryview) -> int | None:
        """Let the pipe refer to as much of a frame as it takes; None when it is full."""
        part = _Part(np.frombuffer(frame, np.uint8).ctypes.data, len(frame))
        taken = _vmsplice(self._pipe.fileno(), ctypes.byref(part), 1, NONBLOCK)
        if taken >= 0:
            return int(taken)
        match ctypes.get_errno():
            case errno.EAGAIN | errno.EINTR:
                return None
            case code if code in FORBIDDEN:
                self._hand_over = self._pipe.write
                return self._pipe.write(frame)
            case code:
                raise OSError(code, os.strerror(code))


class _Part(ctypes.Structure):
    """``struct iovec``."""

    _fields_ = (("start", ctypes.c_void_p), ("length", ctypes.c_size_t))


_vmsplice: Any = getattr(ctypes.CDLL(None, use_errno=True), "vmsplice", None) if os.name == "posix" else None


def _capacity(pipe: IO[bytes], frame_bytes: int) -> int:
    """How much a pipe holds, which is less than a frame where that can be had."""
    wanted = min(PIPE_BYTES, 1 << (frame_bytes.bit_length() - 1))
    with suppress(PermissionError):
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, wanted)
    return fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ)
