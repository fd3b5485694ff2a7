"""The database of task documents.

A state change and its messages are one write: the store reads a task, applies a pure rule, and commits what the rule
changed if the version is still the one that it read. Works on MongoDB 7 and on the embedded SecantusDB, which is why
nothing here upserts by findAndModify.
"""

import asyncio
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.errors import DuplicateKeyError, OperationFailure

from schemas import OutboxEntry, Priority, Task, TaskState
from talestream.admission import Admitted, Waiting
from talestream.batches import Batches
from talestream.draft import Ref
from talestream.metrics import TASK_WRITE_CONFLICTS
from talestream.published import Published, marked
from talestream.recent_tasks import RecentTasks
from talestream.task_documents import Document, document_of, relay_at, task_of, unit_of, update_of

Rule = Callable[[Task], Task]

CONFLICT_TRIES = 200
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any task."""
RETIRED_INDEXES = ("owner_1_created_at_-1", "owner_1_state_1", "queued_at_1", "admitted_at_1")
"""What earlier versions made."""


class TaskNotFound(LookupError):
    """There is no task of that id."""


class TaskStore:
    """Task documents, one a task, each changed only by compare-and-set on its version."""

    def __init__(self, database: AsyncIOMotorDatabase[Document]) -> None:
        """``on_commit`` is told each committed task and the new keys of its outbox: the relay publishes them."""
        self._tasks: AsyncIOMotorCollection[Document] = database["tasks"]
        self.on_commit: Callable[[Task, frozenset[str]], None] = lambda _task, _keys: None
        self._changes = Batches(self._change_together)
        self._memory = RecentTasks()
        self._published = Published()

    async def prepare(self) -> None:
        """Create the indexes. Each makes every change dearer, so there are few."""
        for name in RETIRED_INDEXES:
            with suppress(OperationFailure):  # it is gone already
                await self._tasks.drop_index(name)
        await self._tasks.create_indexes(
            [
                IndexModel([("owner", ASCENDING), ("state", ASCENDING), ("created_at", DESCENDING)]),
                IndexModel([("relay_at", ASCENDING)]),
                IndexModel([("state", ASCENDING), ("admitted_at", ASCENDING)]),
                IndexModel([("queued_at", ASCENDING)], name="queued", sparse=True),
            ]
        )

    async def insert(self, task: Task) -> None:
        """Store a new task with its outbox. DuplicateKeyError when the id is taken."""
        await self._tasks.insert_one(document_of(task))
        self.on_commit(task, frozenset(task.outbox))

    async def find(self, task_id: int) -> Task | None:
        """The task, or None."""
        found = await self._tasks.find_one({"_id": task_id})
        return task_of(found) if found else None

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
            before = known or await self.find(task_id)
            known = None
            if before is None:
                return [TaskNotFound(task_id) for _ in rules]
            after, outcomes = _apply(rules, before)
            is_refused = any(isinstance(outcome, Exception) for outcome in outcomes)
            if not is_fresh and (is_refused or after is before):
                continue  # only what is in the database now may be a reason to do nothing
            if await self._commit(before, after):
                return outcomes
            if is_fresh:
                TASK_WRITE_CONFLICTS.inc()
                await asyncio.sleep(secrets.randbelow(1 + min(turn, 20)) / 500)
        raise TimeoutError(f"task {task_id} was changed by others {CONFLICT_TRIES} times in a row")

    async def _commit(self, task: Task, after: Task) -> bool:
        """Write what rules have changed, and the marks that wait. False when somebody else was faster."""
        published = self._published.take(task.id)
        after_marks = marked(after, published)
        if after_marks is task:
            return True
        same = {"_id": task.id, "version": task.version}
        is_done = False
        try:
            is_done = bool((await self._tasks.update_one(same, update_of(task, after_marks))).matched_count)
        finally:
            if not is_done:
                self._memory.forget(task.id)
                self._published.put_back(task.id, published)
        if is_done:
            self._memory.put(after_marks)
        if is_done and after is not task:
            before = task.outbox
            new = (
                key for key, entry in after.outbox.items() if before.get(key) is not entry and not entry.published_in
            )
            self.on_commit(after, frozenset(new))
        return is_done

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
        kept = {"owner": owner, "state": {"$in": list(map(str, TaskState))}, "is_deleted": {"$ne": True}}
        cursor = self._tasks.find(kept, {"_id": 1})
        return [found["_id"] async for found in cursor.sort("created_at", DESCENDING).limit(limit)]

    async def active_of(self, owner: str, limit: int = 1000) -> list[Task]:
        """An owner's tasks that are pending or running, newest first."""
        active = {"owner": owner, "state": {"$in": ["pending", "running"]}}  # a deleted one is neither
        cursor = self._tasks.find(active).sort("created_at", DESCENDING)
        return [task_of(found) async for found in cursor.limit(limit)]

    async def renew_lease(
        self, task_id: int, ref: Ref, attempt: int, *, until: datetime, progress: float, note: str
    ) -> bool:
        """Tell that the attempt is alive and how far it is. False when it no longer holds its unit.

        Counts as a version: no rule is committed that has seen an older lease.
        """
        unit = f"stages.{ref.stage}.units.{ref.key}"
        renewed = await self._tasks.update_one(
            {"_id": task_id, f"{unit}.attempt": attempt, f"{unit}.state": "running"},
            {
                "$set": {f"{unit}.lease_until": until, f"{unit}.progress": progress, f"{unit}.note": note},
                "$inc": {"version": 1},
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
        """The tasks that were admitted after ``time``, whatever became of them.

        Asked for state by state, which spares every change of a task one more index. A task that changes its state
        meanwhile may be missing.
        """
        fields = {"owner": 1, "admitted_at": 1}

        async def of(state: TaskState) -> list[Document]:
            admitted = self._tasks.find({"state": str(state), "admitted_at": {"$gt": time}}, fields)
            return [found async for found in admitted]

        found = itertools.chain.from_iterable(await asyncio.gather(*map(of, TaskState)))
        return {task["_id"]: Admitted(task["owner"], task["admitted_at"]) for task in found}

    # For the relay

    async def ids_with_due_messages(self, now: datetime, limit: int = 50) -> list[int]:
        """The ids of tasks of which a message is due and unpublished, the longest waiting first."""
        due = {"$gt": LONG_AGO, "$lte": now}  # the lower end spares SecantusDB from reading all that have none
        cursor = self._tasks.find({"relay_at": due}, {"_id": 1}).sort("relay_at", ASCENDING)
        return [found["_id"] async for found in cursor.limit(limit)]

    async def running_ids(self) -> list[int]:
        """The ids of all tasks under way."""
        return [found["_id"] async for found in self._tasks.find({"state": "running"}, {"_id": 1})]

    def note_published(self, task_id: int, entries: Mapping[str, OutboxEntry]) -> None:
        """Take note that these entries of the task's outbox went out, to the broker that each names.

        They are marked with the next change of the task by this process: requests stay, marked; everything else leaves.
        """
        self._published.note(task_id, entries)

    def unmarked(self, task_id: int) -> Collection[str]:
        """The keys of what is noted as published and not marked yet."""
        return self._published.of(task_id).keys()

    async def forget_marked(self, task_ids: Sequence[int]) -> list[int]:
        """Forget of what is noted as published of these tasks what others have marked; the ids of those of which
        something is left to be marked. One read for all.
        """
        seen = {task_id: self._published.of(task_id) for task_id in task_ids}
        found = self._tasks.find({"_id": {"$in": list(task_ids)}}, {"outbox": 1})
        outboxes = {task["_id"]: task.get("outbox", {}) async for task in found}
        for task_id, entries in seen.items():
            self._published.forget_marked(task_id, entries, outboxes.get(task_id, {}))
        return [task_id for task_id in task_ids if self._published.of(task_id)]

    async def mark_published(self, task_id: int) -> None:
        """Mark what is noted, now. That does not count as a state change."""
        self._memory.forget(task_id)  # whoever took the orders has changed the task
        try:
            await self.change(task_id, lambda task: task)
        except TaskNotFound:
            self._published.take(task_id)

    async def files_of(self, task: Task, key: str) -> dict[str, str]:
        """The place and URI of each artifact that the units of this key have now; the later stage's where two have one.

        Reads them alone: it is asked after every unit, and what a task has in all grows with its pages.
        """
        stages = list(task.stages)
        found = await self._tasks.find_one({"_id": task.id}, {f"stages.{stage}.units.{key}": 1 for stage in stages})
        units = [(found or {}).get("stages", {}).get(stage, {}).get("units", {}).get(key) for stage in stages]
        artifacts = (artifact for unit in units if unit is not None for artifact in unit_of(unit).artifacts)
        return {artifact.path: artifact.uri for artifact in artifacts}

    async def postpone(self, task: Task, until: datetime) -> None:
        """Let the relay look at the task again at ``until``, or once it has changed."""
        await self._tasks.update_one({"_id": task.id, "version": task.version}, {"$set": {"relay_at": until}})

    async def note_relay_time(self, task: Task) -> None:
        """Set when the relay must look at the task again, unless it has changed meanwhile."""
        await self._tasks.update_one({"_id": task.id, "version": task.version}, {"$set": {"relay_at": relay_at(task)}})


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
