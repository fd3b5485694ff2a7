"""The relay: publishes what state changes have put into the tasks' outboxes.

Every process publishes what it commits, at once. One of them, by a lease in the database, also sweeps: it publishes
what is due and was not published, because its process died, the broker was away, or it had to wait; and everything
under way once more when the broker has lost it. What fails in passing is tried again, and the events behind it wait,
because their order holds. A copy that the object store refuses for good is set aside as a dead letter, and its event
goes out without it, labelled. A unit whose order is larger than the broker takes fails; of such an event, the event log
tells alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError, PyMongoError

from schemas import EVENTS_TOPIC, OutboxEntry, Problem, Task, UnitStarted
from talestream.blobs import Blobs
from talestream.bus import Broker
from talestream.clock import Clock
from talestream.cloud_events import Shipment, encode
from talestream.dead_letters import DeadLetters
from talestream.endings import end
from talestream.errors import StageError
from talestream.event_log import EventLog
from talestream.metrics import MESSAGES_PUBLISHED, RELAY_FAILURES, RELAY_SECONDS
from talestream.public_files import CopiesLost, PublicFiles
from talestream.publication import give_up_unsent, publish_without
from talestream.store import TaskStore, is_request
from talestream.task_documents import Document
from talestream.telemetry import logger

SWEEP_S = 1.0
GRACE_S = 2.0
"""How long a committed message is left to the process that committed it."""
LEASE_S = 6.0
SEND_S = 30.0
"""How long the broker may take to acknowledge what it was sent."""
LONGEST_WAIT_S = 10.0
"""Between two tries to publish an outbox that the object store holds up. A broker that is away holds all up alike."""
LINGER_S = 0.3
"""How long the news that a unit was taken waits for what follows, to be logged and marked together with it."""
MARK_S = 0.5
"""How long what was published waits to be marked with the next change of its task."""

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
        self._tasks = tasks
        self._events = events
        self._blobs = blobs
        self._files = PublicFiles(tasks, blobs)
        self._broker = broker
        self._leases = database["leases"]
        self._letters = DeadLetters(database, broker, clock)
        self._clock = clock
        self._worker = worker
        self._failures: dict[int, int] = {}
        self._publishing: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, tuple[Task, frozenset[str]]] = {}
        self._lingering: dict[int, asyncio.TimerHandle] = {}
        self._marking: dict[int, asyncio.Task[None]] = {}
        self._is_stopping = asyncio.Event()
        self._sweeper: asyncio.Task[None] | None = None
        self.is_leader = False
        """Whether this process sweeps, for all."""
        self._checked_incarnation = ""
        self._to_check: set[int] = set()
        """Tasks of which this incarnation may lack an order that an earlier one had."""
        self.on_sweep: Callable[[], Awaitable[None]] = _nothing
        """Called with every sweep of the process that holds the lease: another safety net."""
        self.on_purge: Callable[[int], Awaitable[None]] = _nothing
        """Told the task whose objects were removed."""

    async def start(self) -> None:
        """Begin to sweep."""
        with suppress(DuplicateKeyError):
            await self._leases.insert_one({"_id": "relay", "holder": "", "until": self._clock.now()})
        self._sweeper = asyncio.create_task(self._sweep_for_ever(), name="relay")

    async def stop(self) -> None:
        """Finish what is being published and stop."""
        if self._sweeper is not None:
            await end(self._sweeper)
        for task_id in list(self._lingering):
            self._begin(task_id)
        if self._publishing:
            await asyncio.wait(self._publishing.values(), timeout=5)
        self._is_stopping.set()
        if self._marking:
            await asyncio.wait(self._marking.values(), timeout=5)

    def nudge(self, task: Task, keys: frozenset[str]) -> None:
        """Publish the entries ``keys`` of the outbox of ``task``, which this process just committed.

        That units were taken lingers a moment for what follows, so that all is logged and marked together.
        """
        if not keys:
            return
        self._waiting[task.id] = (task, keys | self._waiting.get(task.id, (task, frozenset()))[1])
        if task.id in self._publishing:
            return
        if any(task.outbox[key].type != UnitStarted.__name__ for key in keys):
            self._begin(task.id)
        elif task.id not in self._lingering:
            self._lingering[task.id] = asyncio.get_running_loop().call_later(LINGER_S, self._begin, task.id)

    def _begin(self, task_id: int) -> None:
        if lingering := self._lingering.pop(task_id, None):
            lingering.cancel()
        if task_id in self._waiting and task_id not in self._publishing:
            publishing = asyncio.create_task(self._publish_committed(task_id), name=f"relay-{task_id}")
            self._publishing[task_id] = publishing

    async def _publish_committed(self, task_id: int) -> None:
        try:
            while task_id in self._waiting:
                task, keys = self._waiting.pop(task_id)
                await self.publish(task, keys)
        except _PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published later", task=task_id, reason=repr(error))
        finally:
            self._waiting.pop(task_id, None)
            self._publishing.pop(task_id, None)

    async def publish(self, task: Task, keys: frozenset[str] | None = None, until: datetime | None = None) -> None:
        """Publish what is due in a task's outbox, orders first, then events in their order, and mark it published.

        ``keys``: only these entries; None: all that this broker does not have. ``until``: what was due then; None: now.
        """
        until, incarnation = until or self._clock.now(), self._broker.incarnation
        due = {
            key: entry
            for key, entry in sorted(task.outbox.items(), key=lambda item: (not is_request(item[0]), item[0]))
            if (keys is None or key in keys) and entry.not_before <= until and entry.published_in != incarnation
        }
        if not due:
            if keys is None:
                await self._tasks.note_relay_time(task)
            return
        handed: dict[str, asyncio.Future[object]] = {}
        obstacle = await self._hand_over(task, due, handed, incarnation)
        if handed:  # a producer that was given up meanwhile never answers
            await asyncio.wait(handed.values(), timeout=SEND_S)
        accepted: dict[str, OutboxEntry] = {}
        for key, trouble in {key: _trouble(answer) for key, answer in handed.items()}.items():
            if isinstance(trouble, MessageSizeTooLargeError):
                await self._do_without(task, key, due[key], trouble)
                if is_request(key):
                    continue  # its unit is given up, and with it the order
            elif trouble is not None:
                obstacle = trouble
                break
            accepted[key] = due[key]
        if accepted:
            await self._files.settle(task, accepted.values())
            self._mark_later(task.id, incarnation, accepted)
        for entry in accepted.values():
            MESSAGES_PUBLISHED.labels(entry.topic).inc()
            RELAY_SECONDS.observe(max(0.0, (self._clock.now() - entry.not_before).total_seconds()))
        if obstacle is not None:
            raise obstacle

    async def _hand_over(
        self,
        task: Task,
        due: Mapping[str, OutboxEntry],
        handed: dict[str, "asyncio.Future[object]"],
        incarnation: str,
    ) -> BaseException | None:
        """Hand what is due to the producer, noted in ``handed``. What stood in the way of the rest, if anything did.

        Events that need not wait for copies go before the orders of units, which then say what was told: whoever takes
        one marks that with its claim, which spares a write. All else that is no event goes first.
        """
        events = {key: entry for key, entry in due.items() if entry.topic == EVENTS_TOPIC}
        orders = {key: entry for key, entry in due.items() if key not in events}
        try:
            if not all(map(is_request, orders)) or any(entry.copies for entry in events.values()):
                await self._order(orders, handed, Shipment(incarnation))
                return await self._tell(task, events, handed)
            error = await self._tell(task, events, handed)
            if handed:
                await asyncio.wait(handed.values(), timeout=SEND_S)
            out = [key for key, answer in handed.items() if _trouble(answer) is None]
            told = {key for key in (*self._tasks.unmarked(task.id), *out) if not is_request(key)}
            await self._order(orders, handed, Shipment(incarnation, tuple(sorted(told))))
        except _PASSING as passing:
            error = passing
        return error

    async def _order(
        self, orders: Mapping[str, OutboxEntry], handed: dict[str, "asyncio.Future[object]"], shipment: Shipment
    ) -> None:
        for key, entry in orders.items():
            await self._prepare(entry)
            handed[key] = await self._send(entry, shipment=shipment)

    async def _tell(
        self, task: Task, events: Mapping[str, OutboxEntry], handed: dict[str, "asyncio.Future[object]"]
    ) -> BaseException | None:
        try:
            prepared = await asyncio.gather(*map(self._prepare, events.values()), return_exceptions=True)
            obstacles = ((key, error) for key, error in zip(events, prepared, strict=True) if error is not None)
            first, error = next(obstacles, ("", None))
            ready = {key: entry for key, entry in events.items() if not first or key < first}
            logged = await self._events.append(list(ready.values())) if ready else []
            for (key, entry), event in zip(ready.items(), logged, strict=True):
                handed[key] = await self._send(entry, event.sequence)
            if isinstance(error, CopiesLost):
                await self._set_copies_aside(task, first, events[first], error)
                error = None
        except _PASSING as passing:
            error = passing
        return error

    async def _set_copies_aside(self, task: Task, key: str, entry: OutboxEntry, lost: CopiesLost) -> None:
        """Let the entry go out without its lost copies. Not of a deleted task, which has lost them all on purpose."""
        current = await self._tasks.find(task.id)
        if current is None or current.is_deleted:
            return
        _log.error("artifacts cannot be published", task=task.id, reason=str(lost))
        await self._letters.put_entry(entry, str(lost))
        await self._tasks.change(
            task.id, lambda found: publish_without(found, key, entry.id, lost.reasons, self._clock.now())
        )

    async def _do_without(self, task: Task, key: str, entry: OutboxEntry, refusal: BaseException) -> None:
        """Give up the unit of an order that is too large. An event is in the log, which fills clients' gaps."""
        _log.error("a message is too large for the broker", task=task.id, type=entry.type, reason=str(refusal))
        if is_request(key):
            reason = f"the order of this unit is too large for the broker: {len(entry.model_dump_json())} bytes"
            remedy = "order less at once, or raise max.message.bytes of the topic and message.max.bytes of the broker"
            problem = Problem(code="message-too-large", message=reason, remedy=remedy)
            await self._tasks.change(
                task.id, lambda found: give_up_unsent(found, key, entry.id, problem, self._clock.now())
            )

    def _mark_later(self, task_id: int, incarnation: str, entries: Mapping[str, OutboxEntry]) -> None:
        """Mark what was published of a task with the next change of it, or a moment later all that there is by then.

        If this process dies first, it goes out twice.
        """
        sent = {key: entry.model_copy(update={"published_in": incarnation}) for key, entry in entries.items()}
        self._tasks.note_published(task_id, sent)
        if task_id not in self._marking:
            self._marking[task_id] = asyncio.create_task(self._mark(task_id), name=f"mark-{task_id}")

    async def _mark(self, task_id: int) -> None:
        try:
            while self._tasks.unmarked(task_id):
                with suppress(TimeoutError):
                    async with asyncio.timeout(MARK_S):
                        await self._is_stopping.wait()
                await self._tasks.mark_published(task_id)
        except _PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published again", task=task_id, reason=repr(error))
        finally:
            del self._marking[task_id]

    async def _send(
        self, entry: OutboxEntry, sequence: int | None = None, shipment: Shipment | None = None
    ) -> "asyncio.Future[object]":
        value, headers = encode(entry, self._broker.service, entry.not_before, sequence, shipment)
        try:
            return await self._broker.send(entry.topic, entry.key.encode(), value, headers)
        except MessageSizeTooLargeError as error:
            refused: asyncio.Future[object] = asyncio.get_running_loop().create_future()
            refused.set_exception(error)
            return refused

    async def _prepare(self, entry: OutboxEntry) -> None:
        """Do what must be done before the message goes out."""
        await self._files.show(entry.copies)
        if entry.purges:
            await self._blobs.remove_prefix(entry.purges)
            await self.on_purge(entry.data["task_id"])

    async def _sweep_for_ever(self) -> None:
        while True:
            is_leader = False
            try:
                is_leader = self.is_leader = await self._leads()
                if is_leader:
                    await self._sweep()
            except _PASSING as error:
                RELAY_FAILURES.inc()
                _log.warning("the relay will try again", reason=repr(error))
            await self._clock.sleep(SWEEP_S if is_leader else LEASE_S / 2)

    async def _leads(self) -> bool:
        now = self._clock.now()
        if not self.is_leader and await self._leases.find_one({"_id": "relay", "until": {"$gte": now}}, {"_id": 1}):
            return False  # to look costs less than a write that changes nothing
        lease = await self._leases.update_one(
            {"_id": "relay", "$or": [{"holder": self._worker}, {"until": {"$lt": now}}]},
            {"$set": {"holder": self._worker, "until": now + timedelta(seconds=LEASE_S)}},
        )
        return bool(lease.matched_count)

    async def _sweep(self) -> None:
        now, incarnation = self._clock.now(), self._broker.incarnation
        if incarnation != self._checked_incarnation:
            self._to_check = set(await self._tasks.running_ids())
            self._checked_incarnation = incarnation
        for task_id in tuple(self._to_check):
            if await self._publish_again(task_id, now):
                self._to_check.discard(task_id)
        left_over = now - timedelta(seconds=GRACE_S)
        due = [
            task_id for task_id in await self._tasks.ids_with_due_messages(left_over) if task_id not in self._marking
        ]
        await asyncio.gather(*(self._publish_again(task_id, left_over) for task_id in due))
        await self.on_sweep()

    async def _publish_again(self, task_id: int, until: datetime) -> bool:
        """Publish all that the broker does not have of a task. False when that has to be tried again."""
        if task_id in self._publishing:
            return False
        task = await self._tasks.find(task_id)
        if task is None:
            return True
        try:
            await self.publish(task, until=until)
        except _PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published later", task=task_id, reason=repr(error))
            if isinstance(error, StageError):
                failures = self._failures[task_id] = self._failures.get(task_id, 0) + 1
                wait_s = min(LONGEST_WAIT_S, 2.0 ** min(failures, 10))
                await self._tasks.postpone(task, self._clock.now() + timedelta(seconds=wait_s))
            return False
        self._failures.pop(task_id, None)
        return True


async def _nothing(*_told: object) -> None:
    pass


def _trouble(answer: "asyncio.Future[object]") -> BaseException | None:
    """Why the broker does not have a message; None when it has it."""
    if not answer.done() or answer.cancelled():
        return TimeoutError("the broker did not acknowledge a message")
    return answer.exception()
