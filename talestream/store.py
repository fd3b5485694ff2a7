"""The database of task documents and the durable log of events.

A state change and its messages are one write: the store reads a task, applies a pure rule, and commits what the rule
changed if the version is still the one that it read. Works on MongoDB 7 and on the embedded SecantusDB, which is why
nothing here upserts by findAndModify.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from schemas import Event, OutboxEntry, Priority, Record, Task
from schemas.base import UtcTime
from talestream.admission import Admitted, Waiting
from talestream.draft import Ref
from talestream.metrics import TASK_WRITE_CONFLICTS

Document = dict[str, Any]
Rule = Callable[[Task], Task]

CONFLICT_TRIES = 200
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any task."""


class TaskNotFound(LookupError):
    """There is no task of that id."""


class TaskStore:
    """Task documents, one a task, each changed only by compare-and-set on its version."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        """``on_commit`` is told each committed task and the new keys of its outbox: the relay publishes them."""
        self._tasks: AsyncIOMotorCollection[Document] = database["tasks"]
        self.on_commit: Callable[[Task, frozenset[str]], None] = lambda _task, _keys: None

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._tasks.create_indexes(
            [
                IndexModel([("owner", ASCENDING), ("created_at", DESCENDING)]),
                IndexModel([("relay_at", ASCENDING)]),
                IndexModel([("state", ASCENDING)]),
                IndexModel([("state", ASCENDING), ("admitted_at", ASCENDING)]),
                IndexModel([("admitted_at", ASCENDING)]),
                IndexModel([("queued_at", ASCENDING)]),
            ]
        )

    async def insert(self, task: Task) -> None:
        """Store a new task with its outbox. DuplicateKeyError when the id is taken."""
        await self._tasks.insert_one({"_id": task.id, "relay_at": relay_at(task), **_dump(task)})
        self.on_commit(task, frozenset(task.outbox))

    async def find(self, task_id: int) -> Task | None:
        """The task, or None."""
        found = await self._tasks.find_one({"_id": task_id}, {"relay_at": 0})
        return Task.model_validate(found) if found else None

    async def change(self, task_id: int, rule: Rule) -> Task:
        """Apply ``rule`` to the task and commit what it changed. TaskNotFound; whatever the rule raises passes through.

        The rule is applied again to the newer task whenever somebody else was faster.
        """
        for turn in range(CONFLICT_TRIES):
            before = await self.find(task_id)
            if before is None:
                raise TaskNotFound(task_id)
            after = rule(before)
            if after is before:
                return before
            changed = await self._tasks.update_one({"_id": task_id, "version": before.version}, _update(before, after))
            if changed.matched_count:
                new = {key for key, entry in after.outbox.items() if before.outbox.get(key) is not entry}
                self.on_commit(after, frozenset(new))
                return after
            TASK_WRITE_CONFLICTS.inc()
            await asyncio.sleep(secrets.randbelow(1 + min(turn, 20)) / 500)
        raise TimeoutError(f"task {task_id} was changed by others {CONFLICT_TRIES} times in a row")

    async def change_or_insert(self, task_id: int, rule: Callable[[Task | None], Task]) -> Task:
        """Like :meth:`change`, but the rule also makes the task when there is none."""
        while True:
            try:
                return await self.change(task_id, rule)
            except TaskNotFound:
                task = rule(None)
            try:
                await self.insert(task)
            except DuplicateKeyError:
                continue  # somebody else made it at that moment
            return task

    async def ids_of(self, owner: str, limit: int = 1000) -> list[int]:
        """The ids of an owner's tasks that are not deleted, newest first."""
        cursor = self._tasks.find({"owner": owner, "is_deleted": {"$ne": True}}, {"_id": 1})
        return [found["_id"] async for found in cursor.sort("created_at", DESCENDING).limit(limit)]

    async def renew_lease(
        self, task_id: int, ref: Ref, attempt: int, *, until: datetime, progress: float, note: str
    ) -> bool:
        """Tell that the attempt is alive and how far it is. False when it no longer holds its unit."""
        unit = f"stages.{ref.stage}.units.{ref.key}"
        renewed = await self._tasks.update_one(
            {"_id": task_id, f"{unit}.attempt": attempt, f"{unit}.state": "running"},
            {"$set": {f"{unit}.lease_until": until, f"{unit}.progress": progress, f"{unit}.note": note}},
        )
        return bool(renewed.matched_count)

    # For the scheduler: by index, and read in part

    async def running_by_owner(self) -> Counter[str]:
        """How many tasks each owner has in places. Those that came in by topic need none."""
        held = {"state": "running", "admitted_at": {"$gt": LONG_AGO}}
        return Counter([found["owner"] async for found in self._tasks.find(held, {"owner": 1})])

    async def queued_since(self, time: datetime) -> list[Waiting]:
        """The tasks that wait for their turn since after ``time``."""
        fields = {"owner": 1, "priority": 1, "queued_at": 1}
        return [
            Waiting(found["_id"], found["owner"], Priority(found.get("priority", "normal")), found["queued_at"])
            async for found in self._tasks.find({"queued_at": {"$gt": time}}, fields)
        ]

    async def admitted_since(self, time: datetime) -> dict[int, Admitted]:
        """The tasks that were admitted after ``time``, whatever became of them."""
        fields = {"owner": 1, "admitted_at": 1}
        return {
            found["_id"]: Admitted(found["owner"], found["admitted_at"])
            async for found in self._tasks.find({"admitted_at": {"$gt": time}}, fields)
        }

    # For the relay

    async def with_due_messages(self, now: datetime, limit: int = 50) -> list[Task]:
        """Tasks of which a message is due and unpublished, the longest waiting first."""
        cursor = self._tasks.find({"relay_at": {"$lte": now}}, {"relay_at": 0}).sort("relay_at", ASCENDING)
        return [Task.model_validate(found) async for found in cursor.limit(limit)]

    async def running_ids(self) -> list[int]:
        """The ids of all tasks under way."""
        return [found["_id"] async for found in self._tasks.find({"state": "running"}, {"_id": 1})]

    async def mark_published(self, task: Task, incarnation: str, keys: Mapping[str, OutboxEntry]) -> None:
        """Note that these entries of ``task``'s outbox went out: requests stay, marked; everything else leaves.

        Does not count as a state change: an entry that a rule replaced meanwhile is left as it is.
        """
        update: Document = {"$set": {}, "$unset": {}}
        left = dict(task.outbox)
        for key, entry in keys.items():
            if is_request(key):
                update["$set"][f"outbox.{key}.published_in"] = incarnation
                left[key] = entry.model_copy(update={"published_in": incarnation})
            else:
                update["$unset"][f"outbox.{key}"] = ""
                left.pop(key, None)
        update["$set"]["relay_at"] = relay_at(task.model_copy(update={"outbox": left}))
        same = await self._tasks.update_one({"_id": task.id, "version": task.version}, _without_empty(update))
        if same.matched_count:
            return
        for key, entry in keys.items():
            mark = (
                {"$set": {f"outbox.{key}.published_in": incarnation}}
                if is_request(key)
                else {"$unset": {f"outbox.{key}": ""}}
            )
            await self._tasks.update_one({"_id": task.id, f"outbox.{key}.id": entry.id}, mark)

    async def files_of(self, task: Task, key: str) -> dict[str, str]:
        """The place and URI of each artifact that the units of this key have now; the later stage's where two have one.

        Reads them alone: it is asked after every unit, and what a task has in all grows with its pages.
        """
        stages = list(task.stages)
        wanted = {f"stages.{stage}.units.{key}.artifacts": 1 for stage in stages}
        found = await self._tasks.find_one({"_id": task.id}, wanted)
        units = [(found or {}).get("stages", {}).get(stage, {}).get("units", {}).get(key, {}) for stage in stages]
        return {artifact["path"]: artifact["uri"] for unit in units for artifact in unit.get("artifacts", ())}

    async def note_relay_time(self, task: Task) -> None:
        """Set when the relay must look at the task again, unless it has changed meanwhile."""
        await self._tasks.update_one({"_id": task.id, "version": task.version}, {"$set": {"relay_at": relay_at(task)}})


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
    smaller one appearing later. ``event_heads`` only remembers where to begin to try.
    """

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        self._events: AsyncIOMotorCollection[Document] = database["events"]
        self._heads: AsyncIOMotorCollection[Document] = database["event_heads"]

    async def prepare(self) -> None:
        """Create the indexes."""
        numbered = IndexModel([("owner", ASCENDING), ("sequence", ASCENDING)], unique=True)
        by_type = IndexModel([("type", ASCENDING), ("time", DESCENDING)])
        await self._events.create_indexes([numbered, by_type, IndexModel([("task_id", ASCENDING)])])

    async def append(self, entry: OutboxEntry, time: datetime) -> LoggedEvent:
        """Log the event of an outbox entry, once: appending it again returns what was logged."""
        owner = entry.data["owner"]
        sequence = await self._head(owner) + 1
        while True:
            logged = LoggedEvent(
                id=entry.id,
                owner=owner,
                sequence=sequence,
                task_id=entry.data["task_id"],
                type=entry.type,
                time=time,
                data=entry.data,
            )
            try:
                await self._events.insert_one({"_id": entry.id, **_dump(logged)})
            except DuplicateKeyError:
                if known := await self._events.find_one({"_id": entry.id}):
                    return LoggedEvent.model_validate(known)
                sequence += 1  # somebody else took that number
            else:
                await self._heads.update_one({"_id": owner}, {"$max": {"last": sequence}})
                return logged

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
        number = await self._head(owner)
        while await self._events.find_one({"owner": owner, "sequence": number + 1}, {"_id": 1}):
            number += 1
        return number

    async def latest(self, types: Collection[str], limit: int) -> list[LoggedEvent]:
        """The newest events of these types, of all owners, the oldest first."""
        found = self._events.find({"type": {"$in": list(types)}}).sort("time", DESCENDING).limit(limit)
        return [LoggedEvent.model_validate(document) async for document in found][::-1]

    async def _head(self, owner: str) -> int:
        """A number that has been given already, close to the last; 0 for a new owner."""
        head = await self._heads.find_one({"_id": owner})
        if head is None:
            with suppress(DuplicateKeyError):
                await self._heads.insert_one({"_id": owner, "last": 0})
        return int(head["last"]) if head else 0


def is_request(key: str) -> bool:
    """Whether an outbox key is that of a request, which stays until its unit has an outcome."""
    return key.startswith("request-")


def relay_at(task: Task) -> datetime | None:
    """When the next unpublished message of a task is due; None when there is none."""
    return min((entry.not_before for entry in task.outbox.values() if entry.published_in is None), default=None)


def changes(before: Record, after: Record, path: str = "") -> tuple[Document, list[str]]:
    """What must be set and what must be unset, by dotted path, to make ``before`` into ``after``.

    Objects that the rule left alone are the same objects and cost nothing. An outbox entry is written whole: the relay
    may have marked the one before it as published since ``before`` was read, and the mark must not pass to the new one.
    """
    settings: Document = {}
    removals: list[str] = []
    for name in type(after).model_fields:
        _compare(getattr(before, name), getattr(after, name), f"{path}{name}", settings, removals)
    return settings, removals


def _compare(before: Any, after: Any, path: str, settings: Document, removals: list[str]) -> None:
    if before is after or before == after:
        return
    if isinstance(before, Record) and isinstance(after, Record) and not isinstance(after, OutboxEntry):
        inner, gone = changes(before, after, f"{path}.")
        settings |= inner
        removals += gone
    elif _is_group(before) and _is_group(after):
        for key, value in after.items():
            _compare(before.get(key), value, f"{path}.{key}", settings, removals)
        removals += [f"{path}.{key}" for key in before if key not in after]
    elif after is None:
        removals.append(path)
    else:
        settings[path] = _dump(after) if isinstance(after, Record) else _plain(after)


def _is_group(value: Any) -> bool:
    """Whether a mapping holds records by key, so that each can be written alone."""
    return isinstance(value, Mapping) and all(isinstance(item, Record) for item in value.values())


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return _dump(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _dump(record: Record) -> Document:
    dumped: Document = _plain(record.model_dump(mode="python", exclude_none=True))
    return dumped


def _update(before: Task, after: Task) -> Document:
    settings, removals = changes(before, after)
    settings["relay_at"] = relay_at(after)
    return _without_empty({"$set": settings, "$unset": dict.fromkeys(removals, "")})


def _without_empty(update: Document) -> Document:
    return {operator: fields for operator, fields in update.items() if fields}
