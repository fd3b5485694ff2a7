"""The sweep: what is due in all outboxes and was not published, once a second, by one process for all.

Its process died, the broker was away, or it had to wait; and everything under way goes out once more when the broker
has lost it. Which process sweeps is decided by a lease in the database.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError

from schemas import Task
from talestream.bus import Broker
from talestream.clock import Clock
from talestream.endings import end
from talestream.errors import StageError
from talestream.metrics import RELAY_FAILURES
from talestream.publishing import PASSING
from talestream.store import TaskStore
from talestream.task_documents import Document
from talestream.telemetry import logger

SWEEP_S = 1.0
GRACE_S = 2.0
"""How long a committed message is left to the process that committed it."""
LEASE_S = 6.0
LONGEST_WAIT_S = 10.0
"""Between two tries to publish an outbox that is held up by itself. A broker that is away holds all up alike."""

_log = logger(__name__)


class Outboxes(Protocol):
    """Who publishes."""

    async def publish(self, task: Task, keys: frozenset[str] | None = None, until: datetime | None = None) -> None:
        """Publish what was due then."""

    def is_publishing(self, task_id: int) -> bool:
        """Whether the task is being published without a sweep."""

    def is_marking(self, task_id: int) -> bool:
        """Whether something of the task was published that will soon be marked."""


class Sweeper:
    """One a process. It sweeps while it holds the lease."""

    def __init__(
        self,
        outboxes: Outboxes,
        tasks: TaskStore,
        broker: Broker,
        database: AsyncIOMotorDatabase[Document],
        clock: Clock,
        worker: str,
    ) -> None:
        self.is_leader = False
        """Whether this process sweeps, for all."""
        self.trouble: str | None = None
        """What went wrong in the last sweep that should not, and may well go wrong again."""
        self.on_sweep: Callable[[], Awaitable[None]] = _nothing
        """Called with every sweep of the process that holds the lease: another safety net."""
        self._outboxes = outboxes
        self._tasks = tasks
        self._broker = broker
        self._leases = database["leases"]
        self._clock = clock
        self._worker = worker
        self._failures: dict[int, int] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self._checked_incarnation = ""
        self._to_check: set[int] = set()
        """Tasks of which this incarnation may lack an order that an earlier one had."""

    async def start(self) -> None:
        """Begin to sweep."""
        with suppress(DuplicateKeyError):
            await self._leases.insert_one({"_id": "relay", "holder": "", "until": self._clock.now()})
        self._sweeping = asyncio.create_task(self._sweep_for_ever(), name="relay")

    async def stop(self) -> None:
        """Sweep no more."""
        if self._sweeping is not None:
            await end(self._sweeping)

    async def _sweep_for_ever(self) -> None:
        """Whatever goes wrong, it goes on: a process that no longer sweeps and keeps the lease stops everybody."""
        while True:
            is_leader = False
            try:
                is_leader = self.is_leader = await self._leads()
                if is_leader:
                    await self._sweep()
                self.trouble = None
            except PASSING as error:
                RELAY_FAILURES.inc()
                _log.warning("the relay will try again", reason=repr(error))
            except Exception as error:
                RELAY_FAILURES.inc()
                self.trouble = f"{type(error).__name__}: {error}"[:500]
                _log.exception("a sweep broke off; the relay will try again")
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
        due = await self._tasks.ids_with_due_messages(left_over)
        unmarked = (task_id for task_id in due if not self._outboxes.is_marking(task_id))
        await asyncio.gather(*(self._publish_again(task_id, left_over) for task_id in unmarked))
        await self.on_sweep()

    async def _publish_again(self, task_id: int, until: datetime) -> bool:
        """Publish all that the broker does not have of a task. False when that has to be tried again.

        Whatever is wrong with one task, the others do not wait for it.
        """
        if self._outboxes.is_publishing(task_id):
            return False
        task = None
        try:
            task = await self._tasks.find(task_id)
            if task is not None:
                await self._outboxes.publish(task, until=until)
        except Exception as error:
            RELAY_FAILURES.inc()
            is_passing = isinstance(error, PASSING)
            say = _log.warning if is_passing else _log.exception
            say("an outbox will be published later", task=task_id, reason=repr(error))
            if task is not None and (not is_passing or isinstance(error, StageError)):
                await self._postpone(task)
            return False
        self._failures.pop(task_id, None)
        return True

    async def _postpone(self, task: Task) -> None:
        failures = self._failures[task.id] = self._failures.get(task.id, 0) + 1
        wait_s = min(LONGEST_WAIT_S, 2.0 ** min(failures, 10))
        await self._tasks.postpone(task, self._clock.now() + timedelta(seconds=wait_s))


async def _nothing() -> None:
    pass
