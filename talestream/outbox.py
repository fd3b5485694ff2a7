"""The relay: publishes what state changes have put into the tasks' outboxes.

Every process publishes what it commits, at once. One of them, by a lease in the database, also sweeps: it publishes
what is due and was not published, because its process died, the broker was away, or it had to wait; and everything
under way once more when the broker has lost it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from aiokafka.errors import KafkaError
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError, PyMongoError

from schemas import EVENTS_TOPIC, OutboxEntry, Task
from talestream.blobs import Blobs
from talestream.bus import Broker, encode
from talestream.clock import Clock
from talestream.errors import StageError
from talestream.metrics import MESSAGES_PUBLISHED, RELAY_FAILURES, RELAY_SECONDS
from talestream.public_files import PublicFiles
from talestream.store import Document, EventLog, TaskStore, is_request
from talestream.telemetry import logger

SWEEP_S = 1.0
GRACE_S = 1.0
"""How long a committed message is left to the process that committed it."""
LEASE_S = 6.0
SEND_S = 30.0
"""How long the broker may take to acknowledge what it was sent."""

_log = logger(__name__)
_PASSING = (KafkaError, PyMongoError, StageError, OSError, TimeoutError)


class Relay:
    """Publishes outboxes. One a process."""

    def __init__(
        self,
        tasks: TaskStore,
        events: EventLog,
        blobs: Blobs,
        broker: Broker,
        database: AsyncIOMotorDatabase[Document],
        clock: Clock,
        worker: str,
    ) -> None:
        """``on_sweep`` is called with every sweep of the process that holds the lease: another safety net."""
        self._tasks = tasks
        self._events = events
        self._blobs = blobs
        self._files = PublicFiles(tasks, blobs)
        self._broker = broker
        self._leases = database["leases"]
        self._clock = clock
        self._worker = worker
        self._publishing: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, tuple[Task, frozenset[str]]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._checked_incarnation = ""
        self._to_check: set[int] = set()
        """Tasks of which this incarnation may lack an order that an earlier one had."""
        self.on_sweep: Callable[[], Awaitable[None]] = _nothing

    async def start(self) -> None:
        """Begin to sweep."""
        with suppress(DuplicateKeyError):
            await self._leases.insert_one({"_id": "relay", "holder": "", "until": self._clock.now()})
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="relay")

    async def stop(self) -> None:
        """Finish what is being published and stop."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        if self._publishing:
            await asyncio.wait(self._publishing.values(), timeout=5)

    def nudge(self, task: Task, keys: frozenset[str]) -> None:
        """Publish the entries ``keys`` of the outbox of ``task``, which this process just committed."""
        if not keys:
            return
        if task.id in self._publishing:
            earlier = self._waiting.get(task.id, (task, frozenset()))[1]
            self._waiting[task.id] = (task, earlier | keys)
        else:
            publishing = asyncio.create_task(self._publish_committed(task, keys), name=f"relay-{task.id}")
            self._publishing[task.id] = publishing

    async def _publish_committed(self, task: Task, keys: frozenset[str]) -> None:
        try:
            while True:
                await self.publish(task, keys)
                if task.id not in self._waiting:
                    return
                task, keys = self._waiting.pop(task.id)
        except _PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published later", task=task.id, reason=repr(error))
        finally:
            self._waiting.pop(task.id, None)
            self._publishing.pop(task.id, None)

    async def publish(self, task: Task, keys: frozenset[str] | None = None) -> None:
        """Publish what is due in a task's outbox, orders first, then events in their order, and mark it published.

        ``keys``: only these entries; None: all that this broker does not have.
        """
        now, incarnation = self._clock.now(), self._broker.incarnation
        due = {
            key: entry
            for key, entry in sorted(task.outbox.items(), key=lambda item: (not is_request(item[0]), item[0]))
            if (keys is None or key in keys) and entry.not_before <= now and entry.published_in != incarnation
        }
        if not due:
            await self._tasks.note_relay_time(task)
            return
        sent = [await self._send(entry) for entry in due.values()]
        async with asyncio.timeout(SEND_S):  # a producer that was given up meanwhile never answers
            await asyncio.gather(*sent)
        await self._files.settle(task, due.values())
        await self._tasks.mark_published(task, incarnation, due)
        for entry in due.values():
            MESSAGES_PUBLISHED.labels(entry.topic).inc()
            RELAY_SECONDS.observe(max(0.0, (self._clock.now() - entry.not_before).total_seconds()))

    async def _send(self, entry: OutboxEntry) -> "asyncio.Future[object]":
        await self._files.show(entry.copies)
        if entry.purges:
            await self._blobs.remove_prefix(entry.purges)
        sequence = None
        if entry.topic == EVENTS_TOPIC:
            sequence = (await self._events.append(entry, entry.not_before)).sequence
        value, headers = encode(entry, self._broker.service, entry.not_before, sequence)
        return await self._broker.send(entry.topic, entry.key.encode(), value, headers)

    async def _sweep_for_ever(self) -> None:
        while True:
            is_leader = False
            try:
                is_leader = await self._leads()
                if is_leader:
                    await self._sweep()
            except _PASSING as error:
                RELAY_FAILURES.inc()
                _log.warning("the relay will try again", reason=repr(error))
            await self._clock.sleep(SWEEP_S if is_leader else LEASE_S / 2)

    async def _leads(self) -> bool:
        now = self._clock.now()
        lease = await self._leases.update_one(
            {"_id": "relay", "$or": [{"holder": self._worker}, {"until": {"$lt": now}}]},
            {"$set": {"holder": self._worker, "until": now + timedelta(seconds=LEASE_S)}},
        )
        return bool(lease.matched_count)

    async def _sweep(self) -> None:
        incarnation = self._broker.incarnation
        if incarnation != self._checked_incarnation:
            self._to_check = set(await self._tasks.running_ids())
            self._checked_incarnation = incarnation
        for task_id in tuple(self._to_check):
            if await self._publish_again(task_id):
                self._to_check.discard(task_id)
        for task in await self._tasks.with_due_messages(self._clock.now() - timedelta(seconds=GRACE_S)):
            await self._publish_again(task.id)
        await self.on_sweep()

    async def _publish_again(self, task_id: int) -> bool:
        """Publish all that the broker does not have of a task. False when that has to be tried again."""
        if task_id in self._publishing:
            return False
        task = await self._tasks.find(task_id)
        if task is None:
            return True
        try:
            await self.publish(task)
        except _PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published later", task=task_id, reason=repr(error))
            return False
        return True


async def _nothing() -> None:
    pass
