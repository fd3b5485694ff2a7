"""Pieces of work on a task that later attempts take over: by name, which says what each is made from.

A stage whose unit is made of costly pieces, as a film is of its pages, keeps each of them once it is made. An attempt
that takes the unit over, or redoes it after an edit, makes only those that are not there; so does a unit for which
another stage of the same providers has made some ahead. Pieces lie under their task's prefix: they are that task's
alone, on whatever worker it runs, and go with it.
"""

from pathlib import Path
from typing import Protocol

from talestream.errors import StageError


class PieceStore(Protocol):
    """Where pieces lie: :class:`talestream.blobs.Blobs`."""

    def uri(self, key: str) -> str:
        """The URI of a key."""
        ...

    async def put(self, key: str, data: bytes | Path, mime: str) -> str:
        """Store an object and return its URI."""
        ...

    async def fetch(self, uri: str, target: Path) -> None:
        """Write the object's bytes to the file ``target``. StageError ``missing-object`` when it is not there."""
        ...

    async def remove_prefix(self, prefix: str, but: frozenset[str] = frozenset()) -> int:
        """Remove every object below ``prefix/`` but these keys."""
        ...


class KeptWork:
    """The pieces of one task that one kind of provider keeps, as one attempt uses them."""

    def __init__(self, store: PieceStore, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self._used: set[str] = set()

    async def take(self, name: str, target: Path) -> bool:
        """Write the piece of that name to ``target``. False when it is not there."""
        key = self._key(name)
        try:
            await self._store.fetch(self._store.uri(key), target)
        except StageError as error:
            if error.code != "missing-object":
                raise
            return False
        self._used.add(key)
        return True

    async def keep(self, name: str, piece: Path, mime: str) -> None:
        """Keep a piece that was made, for attempts to come."""
        key = self._key(name)
        await self._store.put(key, piece, mime)
        self._used.add(key)

    async def drop_others(self) -> None:
        """Remove the pieces that were neither taken nor kept here: the work is made without them now."""
        await self._store.remove_prefix(self._prefix, frozenset(self._used))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}"
