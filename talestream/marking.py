"""Marks: what went out of the outboxes is noted in the tasks, a moment later and by whoever writes next.

The next change of a task marks it, be it by this process or by the worker that takes the order. What nobody has marked
after a moment is marked here; one read tells of how many tasks that is so.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress

from schemas import OutboxEntry
from talestream.metrics import RELAY_FAILURES
from talestream.store import TaskStore
from talestream.telemetry import logger

MARK_S = 0.5
"""How long what was published waits to be marked with the next change of its task."""
LOOK_S = 0.2

_log = logger(__name__)


class Marks:
    """What this process has published and nobody has marked yet. If it dies first, that goes out twice."""

    def __init__(self, tasks: TaskStore) -> None:
        self._tasks = tasks
        self._since: dict[int, float] = {}
        """Since when something of a task waits."""
        self._is_stopping = asyncio.Event()
        self._marking: asyncio.Task[None] | None = None

    def __contains__(self, task_id: int) -> bool:
        """Whether something of the task waits to be marked."""
        return task_id in self._since

    def note(self, task_id: int, entries: Mapping[str, OutboxEntry]) -> None:
        """These entries of a task went out, each to the broker that it names."""
        self._tasks.note_published(task_id, entries)
        self._since.setdefault(task_id, time.monotonic())
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark_all(), name="marks")

    async def stop(self) -> None:
        """Mark at once what waits."""
        self._is_stopping.set()
        if self._marking is not None:
            await asyncio.wait({self._marking}, timeout=5)

    async def _mark_all(self) -> None:
        while self._since:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._is_stopping.wait()
            horizon = time.monotonic() - (0 if self._is_stopping.is_set() else MARK_S)
            if due := [task_id for task_id, since in self._since.items() if since <= horizon]:
                await self._mark(due)

    async def _mark(self, task_ids: list[int]) -> None:
        try:
            left = await self._tasks.forget_marked(task_ids)
            done = await asyncio.gather(*map(self._tasks.mark_published, left), return_exceptions=True)
            problems = [problem for problem in done if problem is not None]
        except Exception as error:
            problems = [error]
        if problems:
            RELAY_FAILURES.inc()
            _log.warning("some outboxes will be published again", tasks=len(task_ids), reason=repr(problems[0]))
        for task_id in task_ids:
            if problems or not self._tasks.unmarked(task_id):
                del self._since[task_id]
            else:  # more went out meanwhile
                self._since[task_id] = time.monotonic()
