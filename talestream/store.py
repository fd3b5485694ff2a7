"""The database of task documents.

A state change and its messages are one write: the store reads a task, applies a pure rule, and commits what the rule
changed if the version is still the one that it read. Works on MongoDB 7 and on the embedded SecantusDB, which is why
nothing here upserts by findAndModify.
"""

import asyncio
import secrets
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError

from schemas import OutboxEntry, Priority, Record, Task
from talestream.admission import Admitted, Waiting
from talestream.batches import Batches
from talestream.draft import Ref
from talestream.metrics import TASK_WRITE_CONFLICTS

Document = dict[str, Any]
Rule = Callable[[Task], Task]

CONFLICT_TRIES = 200
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any task."""
REMEMBERED_TASKS, REMEMBERED_S = 64, 2.0


class TaskNotFound(LookupError):
    """There is no task of that id."""


class TaskStore:
    """Task documents, one a task, each changed only by compare-and-set on its version."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        """``on_commit`` is told each committed task and the new keys of its outbox: the relay publishes them."""
        self._tasks: AsyncIOMotorCollection[Document] = database["tasks"]
        self.on_commit: Callable[[Task, frozenset[str]], None] = lambda _task, _keys: None
        self._changes = Batches(self._change_together)
        self._memory = _Memory()

    async def prepare(self) -> None:
        """Create the indexes."""
        await self._tasks.create_indexes(
            [
                IndexModel([("owner", ASCENDING), ("created_at", DESCENDING)]),
                IndexModel([("relay_at", ASCENDING)]),
                IndexModel([("state", ASCENDING), ("admitted_at", ASCENDING)]),
                IndexModel([("admitted_at", ASCENDING)]),
                IndexModel([("queued_at", ASCENDING)]),
                IndexModel([("owner", ASCENDING), ("state", ASCENDING)]),
            ]
        )

    async def insert(self, task: Task) -> None:
        """Store a new task with its outbox. DuplicateKeyError when the id is taken."""
        await self._tasks.insert_one({"_id": task.id, "relay_at": relay_at(task), **dump(task)})
        self.on_commit(task, frozenset(task.outbox))

    async def find(self, task_id: int) -> Task | None:
        """The task, or None."""
        found = await self._tasks.find_one({"_id": task_id}, {"relay_at": 0})
        return Task.model_validate(found) if found else None

    async def change(self, task_id: int, rule: Rule) -> Task:
        """Apply ``rule`` to the task and commit what it changed. TaskNotFound; whatever the rule raises passes through.

        The rule is applied again to the newer task whenever somebody else was faster. Rules for one task that come
        while a write of it is under way are committed together, one after the other in one write.
        """
        return await self._changes.submit(task_id, rule)

    async def _change_together(self, task_id: int, rules: list[Rule]) -> list[Task | Exception]:
        known = self._memory.get(task_id)
        for turn in range(CONFLICT_TRIES):
            is_fresh = known is None
            before = known or await self._read(task_id)
            known = None
            if before is None:
                return [TaskNotFound(task_id) for _ in rules]
            after, outcomes = _apply(rules, before.task)
            is_refused = any(isinstance(outcome, Exception) for outcome in outcomes)
            if is_fresh and after is before.task:
                return outcomes
            if not is_fresh and (is_refused or after is before.task):
                continue  # only what is in the database now may be a reason to do nothing
            if await self._commit(before, after):
                return outcomes
            if is_fresh:
                TASK_WRITE_CONFLICTS.inc()
                await asyncio.sleep(secrets.randbelow(1 + min(turn, 20)) / 500)
        raise TimeoutError(f"task {task_id} was changed by others {CONFLICT_TRIES} times in a row")

    async def _read(self, task_id: int) -> "_Stored | None":
        found = await self._tasks.find_one({"_id": task_id}, {"relay_at": 0})
        return _Stored(Task.model_validate(found), found.get("renewals")) if found else None

    async def _commit(self, before: "_Stored", after: Task) -> bool:
        task = before.task
        same = {"_id": task.id, "version": task.version, "renewals": before.renewals}
        changed = await self._tasks.update_one(same, _update(task, after))
        if not changed.matched_count:
            self._memory.forget(task.id)
            return False
        self._memory.put(_Stored(after, before.renewals))
        self.on_commit(
            after, frozenset(key for key, entry in after.outbox.items() if task.outbox.get(key) is not entry)
        )
        return True

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

    async def active_of(self, owner: str, limit: int = 1000) -> list[Task]:
        """An owner's tasks that are pending or running, newest first."""
        active = {"owner": owner, "state": {"$in": ["pending", "running"]}, "is_deleted": {"$ne": True}}
        cursor = self._tasks.find(active, {"relay_at": 0}).sort("created_at", DESCENDING)
        return [Task.model_validate(found) async for found in cursor.limit(limit)]

    async def renew_lease(
        self, task_id: int, ref: Ref, attempt: int, *, until: datetime, progress: float, note: str
    ) -> bool:
        """Tell that the attempt is alive and how far it is. False when it no longer holds its unit.

        Counts in ``renewals``, which a change compares beside the version: no rule is committed that has seen an older
        lease.
        """
        unit = f"stages.{ref.stage}.units.{ref.key}"
        renewed = await self._tasks.update_one(
            {"_id": task_id, f"{unit}.attempt": attempt, f"{unit}.state": "running"},
            {
                "$set": {f"{unit}.lease_until": until, f"{unit}.progress": progress, f"{unit}.note": note},
                "$inc": {"renewals": 1},
            },
        )
        self._memory.forget(task_id)
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

    async def ids_with_due_messages(self, now: datetime, limit: int = 50) -> list[int]:
        """The ids of tasks of which a message is due and unpublished, the longest waiting first."""
        due = {"$gt": LONG_AGO, "$lte": now}  # the lower end spares SecantusDB from reading all that have none
        cursor = self._tasks.find({"relay_at": due}, {"_id": 1}).sort("relay_at", ASCENDING)
        return [found["_id"] async for found in cursor.limit(limit)]

    async def running_ids(self) -> list[int]:
        """The ids of all tasks under way."""
        return [found["_id"] async for found in self._tasks.find({"state": "running"}, {"_id": 1})]

    async def mark_published(self, task: Task, incarnation: str, entries: Mapping[str, OutboxEntry]) -> None:
        """Note that these entries of ``task``'s outbox went out: requests stay, marked; everything else leaves.

        Does not count as a state change: an entry that a rule replaced meanwhile is left as it is.
        """
        if not any(map(is_request, entries)):
            update = _update(task, _marked(task, incarnation, entries))
            is_done = await self._mark({"_id": task.id, "version": task.version}, update)
        else:
            is_done = False  # whoever took the orders has changed the task
        while not is_done:
            standing = await self._standing(task.id, entries)
            if standing is None:
                return
            ids = {f"outbox.{key}.id": entry.id for key, entry in standing.items()}
            sent = {f"outbox.{key}.published_in": incarnation for key in standing}
            gone = {f"outbox.{key}": "" for key in entries if not is_request(key)}
            is_done = await self._mark({"_id": task.id, **ids}, _without_empty({"$set": sent, "$unset": gone}))
        self._memory.revise(task.id, lambda remembered: _marked(remembered, incarnation, entries))

    async def _mark(self, which: Document, update: Document) -> bool:
        return not update or bool((await self._tasks.update_one(which, update)).matched_count)

    async def _standing(self, task_id: int, entries: Mapping[str, OutboxEntry]) -> dict[str, OutboxEntry] | None:
        """Those of the requests that are in the task's outbox now; None when there is no such task."""
        requests = {key: entry for key, entry in entries.items() if is_request(key)}
        found = await self._tasks.find_one({"_id": task_id}, {"_id": 1, **{f"outbox.{key}.id": 1 for key in requests}})
        if found is None:
            return None
        outbox = found.get("outbox", {})
        return {key: entry for key, entry in requests.items() if outbox.get(key, {}).get("id") == entry.id}

    async def files_of(self, task: Task, key: str) -> dict[str, str]:
        """The place and URI of each artifact that the units of this key have now; the later stage's where two have one.

        Reads them alone: it is asked after every unit, and what a task has in all grows with its pages.
        """
        stages = list(task.stages)
        wanted = {f"stages.{stage}.units.{key}.artifacts": 1 for stage in stages}
        found = await self._tasks.find_one({"_id": task.id}, wanted)
        units = [(found or {}).get("stages", {}).get(stage, {}).get("units", {}).get(key, {}) for stage in stages]
        return {artifact["path"]: artifact["uri"] for unit in units for artifact in unit.get("artifacts", ())}

    async def postpone(self, task: Task, until: datetime) -> None:
        """Let the relay look at the task again at ``until``, or once it has changed."""
        await self._tasks.update_one({"_id": task.id, "version": task.version}, {"$set": {"relay_at": until}})

    async def note_relay_time(self, task: Task) -> None:
        """Set when the relay must look at the task again, unless it has changed meanwhile."""
        await self._tasks.update_one({"_id": task.id, "version": task.version}, {"$set": {"relay_at": relay_at(task)}})


@dataclass(frozen=True)
class _Stored:
    """A task as it lies in the database."""

    task: Task
    renewals: int | None
    """How often leases in it were renewed; None where none ever was."""


class _Memory:
    """The tasks that this process committed last: a change of one is tried on it before it is read.

    What is remembered may be out of date. It is good for a compare-and-set, which then fails, and for nothing else.
    """

    def __init__(self) -> None:
        self._stored: OrderedDict[int, tuple[_Stored, float]] = OrderedDict()

    def put(self, stored: _Stored) -> None:
        self._stored[stored.task.id] = (stored, time.monotonic())
        self._stored.move_to_end(stored.task.id)
        while len(self._stored) > REMEMBERED_TASKS:
            self._stored.popitem(last=False)

    def get(self, task_id: int) -> _Stored | None:
        stored, since = self._stored.get(task_id, (None, 0.0))
        return stored if time.monotonic() - since < REMEMBERED_S else None

    def forget(self, task_id: int) -> None:
        self._stored.pop(task_id, None)

    def revise(self, task_id: int, revision: Rule) -> None:
        if task_id in self._stored:
            stored, since = self._stored[task_id]
            self._stored[task_id] = (replace(stored, task=revision(stored.task)), since)


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
        settings[path] = dump(after) if isinstance(after, Record) else _plain(after)


def _is_group(value: Any) -> bool:
    """Whether a mapping holds records by key, so that each can be written alone."""
    return isinstance(value, Mapping) and all(isinstance(item, Record) for item in value.values())


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return dump(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def dump(record: Record) -> Document:
    dumped: Document = _plain(record.model_dump(mode="python", exclude_none=True))
    return dumped


def _apply(rules: list[Rule], task: Task) -> tuple[Task, list[Task | Exception]]:
    """The task after all rules that do not refuse, and what came of each."""
    outcomes: list[Task | Exception] = []
    for rule in rules:
        try:
            task = rule(task)
        except Exception as error:
            outcomes.append(error)
        else:
            outcomes.append(task)
    return task, outcomes


def _marked(task: Task, incarnation: str, entries: Mapping[str, OutboxEntry]) -> Task:
    outbox = dict(task.outbox)
    for key, entry in entries.items():
        if key not in outbox or outbox[key].id != entry.id:
            continue
        if is_request(key):
            outbox[key] = outbox[key].model_copy(update={"published_in": incarnation})
        else:
            del outbox[key]
    return task.model_copy(update={"outbox": outbox})


def _update(before: Task, after: Task) -> Document:
    settings, removals = changes(before, after)
    settings["relay_at"] = relay_at(after)
    return _without_empty({"$set": settings, "$unset": dict.fromkeys(removals, "")})


def _without_empty(update: Document) -> Document:
    return {operator: fields for operator, fields in update.items() if fields}
