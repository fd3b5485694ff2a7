"""The public places of artifacts: a copy of each that was accepted, under the path that clients know.

A place passes from one artifact to the next: a later stage writes the same file, a page is made again. A copy can be
late, because the store was away or its process slow, and must not bring an earlier artifact back. So whoever has copied
looks afterwards whose place it is by now, and copies that one if it is another: the last to copy is then never wrong.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress

from schemas import ObjectCopy, OutboxEntry, Task, unit_key
from talestream.blobs import Blobs
from talestream.errors import StageError
from talestream.store import TaskStore

_HOPELESS = frozenset({"missing-object", "bad-input"})
"""Why a copy will never be made: there is no such object, or it is none of ours."""
_UNKNOWN = ""
"""Which of several artifacts was copied last to one place."""


class CopiesLost(Exception):
    """Some copies will never be made: why, by the URI of the object."""

    def __init__(self, reasons: dict[str, str]) -> None:
        super().__init__("; ".join(reasons.values()))
        self.reasons = reasons


class PublicFiles:
    """The places of all tasks."""

    def __init__(self, tasks: TaskStore, blobs: Blobs) -> None:
        self._tasks = tasks
        self._blobs = blobs

    async def show(self, copies: Sequence[ObjectCopy]) -> None:
        """Copy each artifact to its place. :meth:`settle` must follow.

        CopiesLost when some will never be there; an error that may pass goes before it.
        """
        copying = (self._blobs.copy(copy.source, copy.target) for copy in copies)
        reasons: dict[str, str] = {}
        for copy, error in zip(copies, await asyncio.gather(*copying, return_exceptions=True), strict=True):
            if isinstance(error, StageError) and error.code in _HOPELESS:
                reasons[copy.source] = str(error)
            elif isinstance(error, BaseException):
                raise error
        if reasons:
            raise CopiesLost(reasons)

    async def settle(self, task: Task, entries: Iterable[OutboxEntry]) -> None:
        """Give the places of the artifacts that were just shown to later ones, if there are any by now."""
        by_unit: dict[str, dict[str, str]] = {}
        for entry in entries:
            if entry.copies:
                page = entry.data.get("page") if "stage" in entry.data else None
                shown = by_unit.setdefault(unit_key(page), {})
                for copy in entry.copies:
                    is_alone = shown.get(copy.target, copy.source) == copy.source
                    shown[copy.target] = copy.source if is_alone else _UNKNOWN
        await asyncio.gather(*(self._settle_unit(task, key, shown) for key, shown in by_unit.items()))

    async def _settle_unit(self, task: Task, key: str, shown: Mapping[str, str]) -> None:
        while shown:
            current = await self._tasks.files_of(task, key)
            shown = {place: current[place] for place in shown if current.get(place, shown[place]) != shown[place]}
            with suppress(CopiesLost):  # the event of that one will tell
                await self.show([ObjectCopy(source=source, target=place) for place, source in shown.items()])
