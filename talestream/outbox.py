"""The relay: publishes what state changes have put into the tasks' outboxes.

Every process publishes what it commits, at once (:mod:`talestream.publishing` says how), and marks it as published with
the next change of the task. What was left over, or must wait, is for :mod:`talestream.sweeping`.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from schemas import OutboxEntry, Task, UnitStarted
from talestream.blobs import Blobs
from talestream.bus import Broker
from talestream.clock import Clock
from talestream.dead_letters import DeadLetters
from talestream.event_log import EventLog
from talestream.metrics import RELAY_FAILURES
from talestream.publishing import PASSING, Publisher
from talestream.store import TaskStore
from talestream.sweeping import Sweeper
from talestream.task_documents import Document
from talestream.telemetry import logger

LINGER_S = 0.3
"""How long the news that a unit was taken waits for what follows, to be logged and marked together with it."""
MARK_S = 0.5
"""How long what was published waits to be marked with the next change of its task."""

_log = logger(__name__)


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
        letters = DeadLetters(database, broker, clock)
        self.publisher = Publisher(tasks, events, blobs, broker, letters, clock, self._mark_later)
        self.sweeper = Sweeper(self, tasks, broker, database, clock, worker)
        self._tasks = tasks
        self._publishing: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, tuple[Task, frozenset[str]]] = {}
        self._lingering: dict[int, asyncio.TimerHandle] = {}
        self._marking: dict[int, asyncio.Task[None]] = {}
        self._is_stopping = asyncio.Event()

    async def start(self) -> None:
        """Begin to sweep."""
        await self.sweeper.start()

    async def stop(self) -> None:
        """Finish what is being published and stop."""
        await self.sweeper.stop()
        for task_id in list(self._lingering):
            self._begin(task_id)
        if self._publishing:
            await asyncio.wait(self._publishing.values(), timeout=5)
        self._is_stopping.set()
        if self._marking:
            await asyncio.wait(self._marking.values(), timeout=5)

    async def publish(self, task: Task, keys: frozenset[str] | None = None, until: datetime | None = None) -> None:
        """See :meth:`talestream.publishing.Publisher.publish`."""
        await self.publisher.publish(task, keys, until)

    def is_publishing(self, task_id: int) -> bool:
        """Whether what this process committed of the task is being published."""
        return task_id in self._publishing

    def is_marking(self, task_id: int) -> bool:
        """Whether something of the task was published by this process that will soon be marked."""
        return task_id in self._marking

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
        except PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published later", task=task_id, reason=repr(error))
        except Exception:
            RELAY_FAILURES.inc()
            _log.exception("an outbox will be published later", task=task_id)
        finally:
            self._waiting.pop(task_id, None)
            self._publishing.pop(task_id, None)

    def _mark_later(self, task_id: int, entries: Mapping[str, OutboxEntry]) -> None:
        """Mark what was published of a task with the next change of it, or a moment later all that there is by then.

        If this process dies first, it goes out twice.
        """
        self._tasks.note_published(task_id, entries)
        if task_id not in self._marking:
            self._marking[task_id] = asyncio.create_task(self._mark(task_id), name=f"mark-{task_id}")

    async def _mark(self, task_id: int) -> None:
        try:
            while self._tasks.unmarked(task_id):
                with suppress(TimeoutError):
                    async with asyncio.timeout(MARK_S):
                        await self._is_stopping.wait()
                await self._tasks.mark_published(task_id)
        except PASSING as error:
            RELAY_FAILURES.inc()
            _log.warning("an outbox will be published again", task=task_id, reason=repr(error))
        except Exception:
            RELAY_FAILURES.inc()
            _log.exception("an outbox will be published again", task=task_id)
        finally:
            del self._marking[task_id]
