"""Who waits for a turn and whose turn was when, as one process knows it.

The truth is in the tasks. A process reads it whole once in a while and in between only what came after: a thousand
tasks that wait cost a query in proportion to the few that are new.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from schemas import Task
from talestream.admission import Admitted, Waiting
from talestream.clock import Clock
from talestream.store import LONG_AGO, TaskStore

OVERLAP = timedelta(seconds=2)
"""How far the clocks of two processes, and the time from a clock to a commit, may be apart."""
WHOLE_S = 60.0
"""How often everything is read. Until then a task that was cancelled elsewhere still counts as waiting."""
REMEMBERED = timedelta(minutes=10)
"""Whose turn was longer ago counts as one who never had any."""


class WaitingLine:
    """A copy of what the tasks say. Not older than its last :meth:`refresh`."""

    def __init__(self, tasks: TaskStore, clock: Clock) -> None:
        self._tasks = tasks
        self._clock = clock
        self._waiting: dict[int, Waiting] = {}
        self._admitted: dict[int, Admitted] = {}
        self._read_at = self._read_whole_at = self._admitted_read_at = LONG_AGO

    @property
    def waiting(self) -> Collection[Waiting]:
        """The tasks that wait."""
        return self._waiting.values()

    @property
    def admitted(self) -> Collection[Admitted]:
        """The admissions of late. Not kept up while nobody waits: nobody needs to know them."""
        return self._admitted.values()

    def waiting_of(self, owner: str) -> int:
        """How many tasks of an owner wait."""
        return sum(task.owner == owner for task in self.waiting)

    def note(self, task: Task) -> None:
        """Take in a task as this process committed it."""
        if task.queued_at is not None:
            self._waiting[task.id] = Waiting(task.id, task.owner, task.priority, task.queued_at)
        else:
            self._waiting.pop(task.id, None)

    def forget(self, task_id: int) -> None:
        """The task does not wait after all."""
        self._waiting.pop(task_id, None)

    async def is_anybody_there(self) -> bool:
        """Whether a task waits, as far as one small read can tell: some of those may have been admitted elsewhere."""
        if not self._waiting:
            queued = await self._tasks.queued_since(self._read_at - OVERLAP)
            self._waiting = {task.task_id: task for task in queued} | self._waiting
        return bool(self._waiting)

    async def refresh(self, *, max_age_s: float = 0, whole_after_s: float = WHOLE_S) -> None:
        """Read what is new, or everything when that was done longer ago than ``whole_after_s``.

        Nothing when the last reading is not older than ``max_age_s``.
        """
        now = self._clock.now()
        is_whole = now - self._read_whole_at >= timedelta(seconds=whole_after_s)
        if not is_whole and now - self._read_at < timedelta(seconds=max_age_s):
            return
        queued = await self._tasks.queued_since(LONG_AGO if is_whole else self._read_at - OVERLAP)
        if is_whole:
            self._read_whole_at = now
            self._admitted, self._admitted_read_at = {}, LONG_AGO
            self._waiting = {known.task_id: known for known in self.waiting if known.queued_at > now - OVERLAP}
        self._read_at = now
        self._waiting |= {task.task_id: task for task in queued}
        if self._waiting:
            await self._take_out_admitted(now)

    async def _take_out_admitted(self, now: datetime) -> None:
        since = max(now - REMEMBERED, self._admitted_read_at - OVERLAP)
        admitted = await self._tasks.admitted_since(since)
        self._admitted_read_at = now
        self._admitted |= admitted
        for task_id, turn in admitted.items():
            if task_id in self._waiting and self._waiting[task_id].queued_at <= turn.admitted_at:
                del self._waiting[task_id]
