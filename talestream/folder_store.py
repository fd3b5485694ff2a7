"""An object store that is a folder, for running a stage by hand."""

import asyncio
import shutil
from pathlib import Path

from talestream.errors import StageError


class FolderStore:
    """Keeps objects as files under ``root``; implements :class:`talestream.stage.ObjectStore`."""

    bucket = "folder"

    def __init__(self, root: Path) -> None:
        self.root = root

    async def put(self, key: str, data: bytes | Path, mime: str) -> str:
        """Store an object and return its URI. ``mime`` is not kept."""
        target = self.root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, bytes):
            await asyncio.to_thread(target.write_bytes, data)
        else:
            await asyncio.to_thread(shutil.copyfile, data, target)
        return self.uri(key)

    def uri(self, key: str) -> str:
        """The URI of a key."""
        return f"s3://{self.bucket}/{key}"

    async def get(self, uri: str) -> bytes:
        """The object's bytes."""
        return await asyncio.to_thread(self._path(uri).read_bytes)

    async def fetch(self, uri: str, target: Path) -> None:
        """Copy the object into ``target``."""
        await asyncio.to_thread(shutil.copyfile, self._path(uri), target)

    async def remove_prefix(self, prefix: str, but: frozenset[str] = frozenset()) -> int:
        """Remove every object below ``prefix/``, but those of these keys, and say how many there were."""
        found = [path for path in (self.root / prefix).rglob("*") if path.is_file()]
        removed = [path for path in found if str(path.relative_to(self.root)) not in but]
        for path in removed:
            await asyncio.to_thread(path.unlink)
        return len(removed)

    def _path(self, uri: str) -> Path:
        path = self.root / uri.removeprefix(f"s3://{self.bucket}/")
        if not path.is_file():
            raise StageError("missing-object", f"there is no object {uri}")
        return path
