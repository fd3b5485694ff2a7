"""The relay: publishes what state changes have put into the tasks' outboxes.

Every process publishes what it commits, at once: :mod:`talestream.publishing` says how, :mod:`talestream.marking` how
that is noted. What was left over, or must wait, is for :mod:`talestream.sweeping`.
"""

import asyncio
from datetime import datetime

from motor.motor_asyncio import AsyncIOMotorDatabase

from schemas import Task, UnitStarted
from talestream.blobs import Blobs
from talestream.bus import Broker
from talestream.clock import Clock
from talestream.dead_letters import DeadLetters
from talestream.event_log import EventLog
from talestream.marking import Marks
from talestream.metrics import RELAY_FAILURES
from talestream.publishing import PASSING, Publisher
from talestream.store import TaskStore
from talestream.sweeping import Sweeper
from talestream.task_documents import Document
from talestream.telemetry import logger

LINGER_S = 0.3
"""How long the news that a unit was taken waits for what follows, to be logged and marked together with it."""

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
        self._marks = Marks(tasks)
        self.publisher = Publisher(tasks, events, blobs, broker, letters, clock, self._marks.note)
        self.sweeper = Sweeper(self, tasks, broker, database, clock, worker)
        self._publishing: dict[int, asyncio.Task[None]] = {}
        self._waiting: dict[int, tuple[Task, frozenset[str]]] = {}
        self._lingering: dict[int, asyncio.TimerHandle] = {}

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
        await self._marks.stop()

    async def publish(self, task: Task, keys: frozenset[str] | None = None, until: datetime | None = None) -> None:
        """See :meth:`talestream.publishing.Publisher.publish`."""
        await self.publisher.publish(task, keys, until)

    def is_publishing(self, task_id: int) -> bool:
        """Whether what this process committed of the task is being published."""
        return task_id in self._publishing

    def is_marking(self, task_id: int) -> bool:
        """Whether something of the task was published by this process that will soon be marked."""
        return task_id in self._marks

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
