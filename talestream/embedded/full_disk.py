"""What a full disk does to the object store of the embedded stack, and when it is over.

SeaweedFS keeps its index in LevelDB, whose journal, once it could not be written, refuses every later write although
there is room again: https://github.com/syndtr/goleveldb keeps the first error. Only a new start helps.
"""

import asyncio
import shutil
from pathlib import Path

ROOM_BYTES = 64 << 20
SIGN = b"no space left on device"


class FullDisk:
    """Tells, once for each time, that a server has met a full disk and that the disk has room again."""

    def __init__(self, log: Path, data: Path) -> None:
        self._log = log
        self._data = data
        self._read_bytes = 0
        self._was_met = False

    async def is_over(self) -> bool:
        """Whether the server must be started anew."""
        return await asyncio.to_thread(self._look)

    def _look(self) -> bool:
        self._was_met |= SIGN in self._news()
        if not self._was_met or shutil.disk_usage(self._data).free < ROOM_BYTES:
            return False
        self._was_met = False
        return True

    def _news(self) -> bytes:
        """What has come to the log since the last look; a log that was set aside begins anew."""
        try:
            with self._log.open("rb") as log:
                end = log.seek(0, 2)
                log.seek(self._read_bytes if self._read_bytes <= end else 0)
                news = log.read()
                self._read_bytes = log.tell()
        except FileNotFoundError:
            return b""
        return news
