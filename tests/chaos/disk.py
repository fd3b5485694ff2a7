"""A small disk of its own for the object store, which can be made full and given room again."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = "2g"
BLOCK = 4096
FILL_TRIES = 50


class SmallDisk:
    """A file system in memory, mounted where a server will keep its data. Needs the right to mount (root, on Linux)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_there = False

    def mount(self) -> bool:
        """Mount it. False where that is not permitted: then the server has the disk of the machine, which stays."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.is_there = os.geteuid() == 0 and _ran("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "chaos", self.folder)
        return self.is_there

    def unmount(self) -> None:
        """Let go of it, also while something still uses it."""
        if self.is_there:
            _ran("umount", "--lazy", self.folder)
            self.is_there = False

    @contextmanager
    def full(self) -> Iterator[None]:
        """No room for another block within the block of code."""
        for _ in range(FILL_TRIES):  # the server may take another block between the look and the resizing
            used = os.statvfs(self.folder)
            taken = (used.f_blocks - used.f_bfree) * used.f_frsize
            if _ran("mount", "-o", f"remount,size={taken + BLOCK}", self.folder):
                break
        else:
            raise OSError(f"{self.folder} cannot be made full")
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", f"remount,size={SIZE}", self.folder], check=True)


def _ran(*command: str | Path) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
