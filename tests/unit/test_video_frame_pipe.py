"""Frames go through a pipe as they were drawn, whatever is drawn next, and whether they are copied or lent."""

import ctypes
import errno
import os
import threading

import numpy as np
import pytest

from services.video import frame_pipe
from services.video.frame_pipe import FrameSink


def through_a_pipe(frame_bytes: int, count: int) -> bytes:
    """What a slow reader gets of so many frames, each of its number, drawn in two buffers in turn."""
    taken, given = os.pipe()
    said = bytearray()

    def read() -> None:
        while chunk := os.read(taken, 5000):
            said.extend(chunk)

    reader = threading.Thread(target=read)
    buffers = np.zeros((2, frame_bytes), np.uint8)
    with open(given, "wb", buffering=0) as pipe:  # noqa: PTH123  a descriptor
        sink = FrameSink(pipe, frame_bytes)
        reader.start()
        for number in range(count):
            buffers[number % 2] = number
            sink.write(buffers[number % 2].data)
        pipe.close()
        reader.join()
    os.close(taken)
    return bytes(said)


@pytest.mark.parametrize("frame_bytes", [1500, 4096, 70_001, 320 * 180 * 3 // 2, 1280 * 720 * 3 // 2])
def test_every_frame_arrives_as_it_was_when_it_was_handed_over(frame_bytes: int) -> None:
    said = np.frombuffer(through_a_pipe(frame_bytes, 40), np.uint8).reshape(40, frame_bytes)
    assert (said == np.arange(40, dtype=np.uint8)[:, None]).all()


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EPERM])
def test_where_the_system_forbids_lending_frames_are_copied(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> int:
        ctypes.set_errno(code)
        return -1

    monkeypatch.setattr(frame_pipe, "_vmsplice", forbidden)
    assert through_a_pipe(9000, 3) == bytes(9000) + b"\1" * 9000 + b"\2" * 9000


def test_a_reader_that_is_gone_is_told_of() -> None:
    taken, given = os.pipe()
    os.close(taken)
    with open(given, "wb", buffering=0) as pipe, pytest.raises(BrokenPipeError):  # noqa: PTH123
        FrameSink(pipe, 9000).write(memoryview(bytes(9000)))
