"""The durable event log of one test, in memory, for what reads it."""

import asyncio
from datetime import UTC, datetime

from pymongo.errors import AutoReconnect

from schemas import TaskCreated
from talestream.event_log import LoggedEvent
from talestream.snapshot import Snapshot

OWNER = "user:7"
WHEN = datetime(2024, 5, 1, tzinfo=UTC)


class MemoryLog:
    """A log in memory: numbers can be hidden, the oldest forgotten, all out of reach."""

    def __init__(self, size: int = 0) -> None:
        self.events: dict[str, list[LoggedEvent]] = {}
        self.hidden: set[int] = set()
        self.lowest = 1
        self.reads = 0
        self.failures = 0
        for _ in range(size):
            self.append()

    def append(self, owner: str = OWNER) -> LoggedEvent:
        known = self.events.setdefault(owner, [])
        known.append(event(len(known) + 1, owner))
        return known[-1]

    async def after(self, owner: str, cursor: int, limit: int = 200) -> list[LoggedEvent]:
        await asyncio.sleep(0)
        self._answer()
        known = self.events.get(owner, [])
        page = [found for found in known if found.sequence > cursor and found.sequence not in self.hidden][:limit]
        await asyncio.sleep(0)  # what is logged from here on is not in the answer
        return page

    async def last(self, owner: str) -> int:
        await asyncio.sleep(0)
        self._answer()
        return len(self.events.get(owner, []))

    async def floor(self, owner: str) -> int:
        await asyncio.sleep(0)
        self._answer()
        return self.lowest

    def forget(self, floor: int) -> None:
        """Trim as the janitor does."""
        self.lowest = floor
        self.hidden |= set(range(1, floor))

    def _answer(self) -> None:
        self.reads += 1
        if self.failures:
            self.failures -= 1
            raise AutoReconnect("the database is away")


def event(sequence: int, owner: str = OWNER) -> LoggedEvent:
    """An event of that number."""
    created = TaskCreated(task_id=1, owner=owner)
    return LoggedEvent(
        id=f"{owner}-{sequence}",
        owner=owner,
        sequence=sequence,
        task_id=1,
        type="TaskCreated",
        time=WHEN,
        data=created.model_dump(mode="json"),
    )


async def no_tasks(_owner: str) -> Snapshot:
    """A snapshot of an owner who has none, at the beginning of the log."""
    return Snapshot(0, WHEN, ())
