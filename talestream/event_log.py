"""The durable log of events: what every stream is resumed from."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import BulkWriteError, DuplicateKeyError

from schemas import Event, OutboxEntry, Record
from schemas.base import UtcTime
from talestream.batches import Batches
from talestream.bulk_writes import beside_duplicates
from talestream.task_documents import Document, dump

HEAD_EVERY = 50
"""After how many events the database is told again where an owner's log ends."""
KNOWN_OWNERS = 10_000


class LoggedEvent(Record):
    """An event as the durable log keeps it. ``sequence`` numbers its owner's events from 1 without gaps."""

    id: str
    owner: str
    sequence: int
    task_id: int
    type: str
    time: UtcTime
    data: Mapping[str, Any]

    @property
    def event(self) -> Event:
        """The event itself."""
        return Event.registry[self.type].model_validate(self.data)


class EventLog:
    """Every durable event, numbered by owner. The number is the cursor of all streams.

    A number is given by inserting the next one under a unique index, so that a reader who has seen n never finds a
    smaller one appearing later. ``event_heads`` only remembers where to begin to look for the last.
    """

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._events: AsyncIOMotorCollection[Document] = database["events"]
        self._heads: AsyncIOMotorCollection[Document] = database["event_heads"]
        self._last: dict[str, int] = {}
        self._batches = Batches(self._append_together)

    async def prepare(self) -> None:
        """Create the indexes."""
        numbered = IndexModel([("owner", ASCENDING), ("sequence", ASCENDING)], unique=True)
        by_type = IndexModel([("type", ASCENDING), ("time", DESCENDING)])
        await self._events.create_indexes([numbered, by_type])

    async def append(self, entries: Sequence[OutboxEntry]) -> list[LoggedEvent]:
        """Log the events of outbox entries of one owner, in order, each once: what was logged already is returned.

        What several tasks of an owner tell at the same time is written together.
        """
        return await self._batches.submit(entries[0].data["owner"], entries)

    async def _append_together(
        self, owner: str, groups: list[Sequence[OutboxEntry]]
    ) -> list[list[LoggedEvent] | Exception]:
        left = [entry for group in groups for entry in group]
        logged: dict[str, LoggedEvent] = {}
        while left:
            last = await self.last(owner)
            numbered = [_numbered(entry, owner, number) for number, entry in enumerate(left, start=last + 1)]
            written, is_known = await self._insert(numbered)
            await self._note_last(owner, last, last + written)
            logged |= {event.id: event for event in numbered[:written]}
            left = left[written:]
            if is_known and (known := await self._events.find_one({"_id": left[0].id})):
                logged[left[0].id] = LoggedEvent.model_validate(known)
                left = left[1:]
        return [[logged[entry.id] for entry in group] for group in groups]

    async def _insert(self, events: list[LoggedEvent]) -> tuple[int, bool]:
        """Insert in order up to the first that cannot be: how many were, and whether that one is in the log already.

        If not, only its number was taken.
        """
        try:
            await self._events.insert_many([{"_id": event.id, **dump(event)} for event in events])
        except BulkWriteError as error:
            if beside_duplicates(error):
                raise
            (duplicate,) = error.details["writeErrors"]
            return int(error.details["nInserted"]), "sequence" not in duplicate.get("keyPattern", {})
        return len(events), False

    async def _note_last(self, owner: str, before: int, last: int) -> None:
        """Remember where the owner's log ends; now and then in the database, for processes that begin."""
        if len(self._last) >= KNOWN_OWNERS:
            self._last.clear()
        self._last[owner] = last
        if before // HEAD_EVERY != last // HEAD_EVERY:
            await self._heads.update_one({"_id": owner}, {"$max": {"last": last}})

    async def after(self, owner: str, cursor: int, limit: int = 200) -> list[LoggedEvent]:
        """The owner's next events behind ``cursor``, in order, at most ``limit``.

        Without the results of stages, which are long and in the task document. Numbers are dense, so the range has an
        end, which spares a database without ordered scans from reading all that follows.
        """
        span = {"owner": owner, "sequence": {"$gt": cursor, "$lte": cursor + limit}}
        found = self._events.find(span, {"data.result": 0}).sort("sequence", ASCENDING)
        return [LoggedEvent.model_validate(document) async for document in found]

    async def last(self, owner: str) -> int:
        """The number of the owner's last event; 0 when there is none."""
        number = self._last.get(owner) or await self._head(owner)
        while True:
            span = {"owner": owner, "sequence": {"$gte": number, "$lte": number + HEAD_EVERY}}
            found = {event["sequence"] async for event in self._events.find(span, {"sequence": 1})}
            if number and number not in found and (head := await self._head(owner)) > number:
                number = head  # what this process remembers was forgotten
                continue
            newer = found - {number}
            number += len(newer)
            if len(newer) < HEAD_EVERY:
                return number

    async def floor(self, owner: str) -> int:
        """The number of the owner's oldest event that is kept."""
        head = await self._heads.find_one({"_id": owner}, {"floor": 1})
        return int((head or {}).get("floor", 1))

    async def owners(self) -> AsyncIterator[str]:
        """Everybody who has a log."""
        async for head in self._heads.find({}, {"_id": 1}):
            yield head["_id"]

    async def trim(self, owner: str, horizon: datetime, most: int) -> int:
        """Forget an owner's events of before ``horizon`` and all but the newest ``most``, but never the newest one.

        Returns how many were forgotten. The floor is raised before anything is deleted, so that a reader who finds
        nothing learns why. So is the place where to begin to look for the end: a number is never given twice.
        """
        before, last = await self.floor(owner), await self.last(owner)
        floor = await self._first_since(owner, horizon, max(before, last - most + 1), last)
        if floor <= before:
            return 0
        await self._heads.update_one({"_id": owner}, {"$max": {"floor": floor, "last": floor}})
        deleted = await self._events.delete_many({"owner": owner, "sequence": {"$lt": floor}})
        return int(deleted.deleted_count)

    async def _first_since(self, owner: str, horizon: datetime, low: int, high: int) -> int:
        """The first number from ``low`` on of an event since ``horizon``, else ``high``: later events have later times.

        One read where the event at ``low`` is recent enough.
        """
        middle = low
        while low < high:
            found = await self._events.find_one({"owner": owner, "sequence": middle}, {"time": 1})
            if found is not None and found["time"] >= horizon:
                high = middle
            else:
                low = middle + 1
            middle = (low + high) // 2
        return high

    async def latest(self, types: Collection[str], limit: int) -> list[LoggedEvent]:
        """The newest events of these types, of all owners, the oldest first."""
        found = self._events.find({"type": {"$in": list(types)}}).sort("time", DESCENDING).limit(limit)
        return [LoggedEvent.model_validate(document) async for document in found][::-1]

    async def _head(self, owner: str) -> int:
        """A number that has been given already, not far from the last; 0 for a new owner."""
        head = await self._heads.find_one({"_id": owner})
        if head is None:
            with suppress(DuplicateKeyError):
                await self._heads.insert_one({"_id": owner, "last": 0})
        return int(head["last"]) if head else 0


def _numbered(entry: OutboxEntry, owner: str, sequence: int) -> LoggedEvent:
    return LoggedEvent(
        id=entry.id,
        owner=owner,
        sequence=sequence,
        task_id=entry.data["task_id"],
        type=entry.type,
        time=entry.not_before,
        data=entry.data,
    )
