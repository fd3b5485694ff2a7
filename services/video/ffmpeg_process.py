"""Running ffmpeg: the shipped binary, command lines by ffmpeg-python, killed at once when the work is cancelled."""

import errno
import os
import selectors
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import IO, Any

from services.video.frame_pipe import POLL_S, FrameSink
from talestream.cancellation import check_cancelled
from talestream.errors import ProviderUnavailable, StageError

TAIL_CHARACTERS = 1500
KEEPING_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 25), "MALLOC_TRIM_THRESHOLD_": str(1 << 28)}
"""For the GNU C library: keep the memory of a frame for the next one, instead of giving it back to the system, which
clears it: a quarter of the time that the system spends on an encoder.
"""
NO_SPACE = "No space left on device"

Stream = Any
"""An output node of ffmpeg-python, which has no types."""


@cache
def executable() -> str:
    """The path of ffmpeg. ProviderUnavailable when there is none."""
    try:
        import imageio_ffmpeg  # noqa: PLC0415

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise ProviderUnavailable(f"ffmpeg is missing ({error}): run 'talestream setup'") from error


@cache
def version() -> str:
    """The version of ffmpeg, as it says itself."""
    said = subprocess.run([executable(), "-version"], check=True, capture_output=True)  # noqa: S603
    return said.stdout.decode(errors="replace").partition("\n")[0]


def run(stream: Stream, purpose: str, *, log_level: str = "error") -> str:
    """Run ffmpeg to its end and return its words. Killed when the work is cancelled; StageError when it fails."""
    with subprocess.Popen(  # noqa: S603
        _command(stream, log_level),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_environment(),
    ) as process:
        try:
            said = b"".join(_read_while_wanted(_pipe(process.stderr)))
            _wait_while_wanted(process)
        finally:
            process.kill()
    text = said.decode(errors="replace")
    if process.returncode:
        raise failure(purpose, process.returncode, text)
    return text


@contextmanager
def frame_sink(stream: Stream, frame_bytes: int, purpose: str) -> Iterator[FrameSink]:
    """Feed an ffmpeg whose input is ``pipe:``. Leaving the block ends the input and waits for the outcome.

    It is killed at once when the block raises, as it does when the work is cancelled.
    """
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(  # noqa: S603
            _command(stream, "error"),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=words,
            bufsize=0,
            env=_environment(),
        ) as process,
    ):
        is_cut_short = False
        try:
            try:
                yield FrameSink(_pipe(process.stdin), frame_bytes)
                _pipe(process.stdin).close()
            except BrokenPipeError:  # ffmpeg ended early: its exit code and words say why
                is_cut_short = True
            _wait_while_wanted(process)
        finally:
            process.kill()
        if process.returncode or is_cut_short:
            raise failure(purpose, process.returncode, _tail(words))


class FrameSource:
    """An ffmpeg that gives raw frames of one size."""

    def __init__(self, process: "subprocess.Popen[bytes]", words: IO[bytes], frame_bytes: int, purpose: str) -> None:
        self._process, self._words, self._purpose = process, words, purpose
        self._frame_bytes = frame_bytes
        self._chunks = _read_while_wanted(_pipe(process.stdout))
        self._read = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, None)

    def read(self) -> bytes | None:
        """The next frame, None behind the last. StageError when ffmpeg fails."""
        while len(self._read) < self._frame_bytes:
            chunk = next(self._chunks, None)
            if chunk is None:
                _wait_while_wanted(self._process)
                if self._process.returncode:
                    raise failure(self._purpose, self._process.returncode, _tail(self._words))
                return None
            self._read += chunk
        frame = bytes(self._read[: self._frame_bytes])
        del self._read[: self._frame_bytes]
        return frame


@contextmanager
def frame_source(stream: Stream, frame_bytes: int, purpose: str) -> Iterator[FrameSource]:
    """Read from an ffmpeg whose output is ``pipe:``. It is killed when the block ends, whether it is done or not."""
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(  # noqa: S603
            _command(stream, "error"),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=words,
            env=_environment(),
        ) as process,
    ):
        try:
            yield FrameSource(process, words, frame_bytes, purpose)
        finally:
            process.kill()


def failure(purpose: str, returncode: int, words: str) -> StageError:
    """The error of an ffmpeg that did not succeed, with the end of what it said."""
    tail = words.strip()[-TAIL_CHARACTERS:]
    if NO_SPACE in words:
        return disk_full(purpose)
    how = f"was ended by signal {-returncode}" if returncode < 0 else f"ended with code {returncode}"
    return StageError("ffmpeg-failed", f"ffmpeg {how} while {purpose}: {tail}", retryable=True)


def disk_full(purpose: str) -> StageError:
    """The error of a disk without space: worth another try, later."""
    return StageError("disk-full", f"no space left on the disk while {purpose}", retryable=True, defer_s=30)


@contextmanager
def naming_full_disk(purpose: str) -> Iterator[None]:
    """Turn the OSError of a full disk into its StageError."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(purpose) from error
        raise


def _tail(words: IO[bytes]) -> str:
    words.seek(max(0, words.seek(0, os.SEEK_END) - TAIL_CHARACTERS))
    return words.read().decode(errors="replace")


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise ValueError("the process was started without this pipe")
    return pipe


def _command(stream: Stream, log_level: str) -> list[str]:
    options = ["-hide_banner", "-nostats", "-loglevel", log_level]
    command: list[str] = stream.global_args(*options).overwrite_output().compile(cmd=executable())
    return command


def _environment() -> dict[str, str]:
    return KEEPING_MEMORY | os.environ


def _wait_while_wanted(process: "subprocess.Popen[bytes]") -> None:
    """Wait for the process's end; asks between whether the work was cancelled."""
    if hasattr(os, "pidfd_open") and process.poll() is None:  # Popen itself looks only every now and then
        with _opened(os.pidfd_open(process.pid)) as end, selectors.DefaultSelector() as selector:
            selector.register(end, selectors.EVENT_READ)
            while not selector.select(POLL_S):
                check_cancelled()
    while True:
        try:
            process.wait(POLL_S)
        except subprocess.TimeoutExpired:
            check_cancelled()
        else:
            return


@contextmanager
def _opened(descriptor: int) -> Iterator[int]:
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_while_wanted(pipe: IO[bytes]) -> Iterator[bytes]:
    """What comes out of a pipe until it ends; asks between whether the work was cancelled."""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while True:
            check_cancelled()
            if selector.select(POLL_S):
                chunk = os.read(pipe.fileno(), 1 << 16)
                if not chunk:
                    return
                yield chunk
