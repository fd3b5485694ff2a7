"""Folders for the temporary files of attempts: each is gone when its attempt ends, those of killed workers soon after.

Whoever works in a folder holds a lock on the file beside it, which ends with the process, however that ends. So whoever
gets the lock of a folder may remove it, in whatever container or after whatever restart the machine's.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "talestream-"
_LOCK = ".lock"


@contextmanager
def work_folder(stage: str, parent: Path | None) -> Iterator[Path]:
    """A folder for one attempt of a stage, inside ``parent`` (None: where the system keeps temporary files)."""
    lock, descriptor = _locked(stage, _parent(parent))
    folder = lock.with_suffix("")
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        _remove(lock)
        os.close(descriptor)


def remove_left_over(parent: Path | None) -> int:
    """Remove the folders whose workers were killed, and say how many there were."""
    removed = 0
    for lock in _parent(parent).glob(f"{_PREFIX}*{_LOCK}"):
        with suppress(OSError):  # another worker was faster, or it is not ours to remove
            descriptor = os.open(lock, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(lock)
                removed += 1
            finally:
                os.close(descriptor)
    return removed


def _parent(parent: Path | None) -> Path:
    return parent or Path(tempfile.gettempdir())


def _locked(stage: str, parent: Path) -> tuple[Path, int]:
    """A new file whose lock is ours. One that was removed as left over before it was locked is made again."""
    while True:
        descriptor, name = tempfile.mkstemp(_LOCK, f"{_PREFIX}{stage}-", parent)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if Path(name).stat().st_ino == os.fstat(descriptor).st_ino:
                return Path(name), descriptor
        os.close(descriptor)


def _remove(lock: Path) -> None:
    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
    lock.unlink(missing_ok=True)
