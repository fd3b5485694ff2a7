"""How a task's outbox is published: orders, and events once they are in the log, in their order.

What fails in passing is tried again, and the events behind it wait, because their order holds. A copy that the object
store refuses for good is set aside as a dead letter, and its event goes out without it, labelled. A unit whose order is
larger than the broker takes fails; of such an event, the event log tells alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from pymongo.errors import PyMongoError

from schemas import EVENTS_TOPIC, OutboxEntry, Problem, Task
from talestream.blobs import Blobs
from talestream.bus import Broker
from talestream.clock import Clock
from talestream.cloud_events import Shipment, encode
from talestream.dead_letters import DeadLetters
from talestream.errors import StageError
from talestream.event_log import EventLog
from talestream.metrics import MESSAGES_PUBLISHED, RELAY_SECONDS
from talestream.public_files import CopiesLost, PublicFiles
from talestream.publication import give_up_unsent, publish_without
from talestream.published import is_request
from talestream.store import TaskStore
from talestream.telemetry import logger

SEND_S = 30.0
"""How long the broker may take to acknowledge what it was sent."""
PASSING = (KafkaError, PyMongoError, StageError, OSError, TimeoutError)
"""What may be otherwise when it is tried again."""

_log = logger(__name__)


class Publisher:
    """Publishes outboxes."""

    def __init__(
        self,
        tasks: TaskStore,
        events: EventLog,
        blobs: Blobs,
        broker: Broker,
        letters: DeadLetters,
        clock: Clock,
        on_published: Callable[[int, Mapping[str, OutboxEntry]], None],
    ) -> None:
        """``on_published`` is told a task's entries that went out, each as it is to be marked."""
        self._tasks = tasks
        self._events = events
        self._blobs = blobs
        self._files = PublicFiles(tasks, blobs)
        self._broker = broker
        self._letters = letters
        self._clock = clock
        self._on_published = on_published
        self.on_purge: Callable[[int], Awaitable[None]] = _nothing
        """Told the task whose objects were removed."""

    async def publish(self, task: Task, keys: frozenset[str] | None = None, until: datetime | None = None) -> None:
        """Publish what is due in a task's outbox.

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
            self._on_published(task.id, _sent(accepted, incarnation))
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
        except PASSING as passing:
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
        except PASSING as passing:
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


async def _nothing(_task_id: int) -> None:
    pass


def _sent(entries: Mapping[str, OutboxEntry], incarnation: str) -> dict[str, OutboxEntry]:
    return {key: entry.model_copy(update={"published_in": incarnation}) for key, entry in entries.items()}


def _trouble(answer: "asyncio.Future[object]") -> BaseException | None:
    """Why the broker does not have a message; None when it has it."""
    if not answer.done() or answer.cancelled():
        return TimeoutError("the broker did not acknowledge a message")
    return answer.exception()
