"""The scheduler: gives tasks that wait their places, in turn. See :mod:`talestream.admission` for whose turn it is.

It runs in every process, at once after an order or the end of a task that the process committed, and with each sweep of
the relay, should that process have died. There is nothing to keep consistent but the tasks themselves: a place is held
by each that runs. In one process orders and admissions go one after the other. Processes do not wait for each other, so
two that see the same free place may fill it with two tasks.
"""

import asyncio
from collections import Counter

from pymongo.errors import PyMongoError

from schemas import Task, TaskState
from talestream.admission import Limits, Place, admit, in_turn, next_to_admit, shares
from talestream.clock import Clock
from talestream.metrics import ADMISSION_SECONDS, TASKS_RUNNING, TASKS_WAITING
from talestream.settings import AdmissionSettings
from talestream.store import LONG_AGO, Rule, TaskNotFound, TaskStore
from talestream.telemetry import logger
from talestream.waiting_line import WaitingLine

FRESH_S = 1.0
"""How old a position may be, and what is known of other processes' orders where it matters little."""
NEAR = 20
"""How many tasks short of a quota it is counted exactly."""
RECOUNT_S = 5.0
"""How often everything is read again before somebody is refused."""

_log = logger(__name__)


class TooManyTasks(Exception):
    """The owner has as many tasks that wait or run as one may have."""

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} tasks wait or run already, which is the most at once")


class Scheduler:
    """One a process."""

    def __init__(self, tasks: TaskStore, settings: AdmissionSettings, clock: Clock) -> None:
        self._tasks = tasks
        self._clock = clock
        self._limits = Limits(**settings.model_dump())
        self._line = WaitingLine(tasks, clock)
        self._lock = asyncio.Lock()
        self._is_wanted = False
        self._admitting: asyncio.Task[None] | None = None
        self._positions: dict[int, int] = {}
        self._positions_at = LONG_AGO

    async def order(self, owner: str, task_id: int, rule: Rule, at_once: int) -> Task:
        """Apply a rule by which an owner orders work. Where a place is free and nobody waits for it, the task gets it
        in the same write.

        TooManyTasks when ``at_once`` others of the owner wait or run; what the rule raises passes through.
        """
        async with self._lock:
            running = await self._tasks.running_by_owner()
            is_free = await self._is_free(owner, running)
            is_allowed = await self._count(owner, running, at_once) < at_once
            now = self._clock.now()

            def ordered(task: Task) -> Task:
                after = rule(task)
                if after.queued_at is None or task.queued_at is not None:
                    return after
                if not is_allowed:
                    raise TooManyTasks(at_once)
                return admit(after, now) if is_free else after

            task = await self._tasks.change(task_id, ordered)
        if task.admitted_at == now:
            ADMISSION_SECONDS.labels(task.priority).observe(0)
        return task

    def nudge(self, task: Task) -> None:
        """Take note of what this process committed, and admit whoever may be admitted after it."""
        self._line.note(task)
        gave_place_back = task.state is not TaskState.RUNNING and task.admitted_at is not None
        if task.queued_at is None and not gave_place_back:
            return
        self._is_wanted = True
        if self._admitting is None:
            self._admitting = asyncio.create_task(self._admit_while_wanted(), name="scheduler")

    async def admit_waiting(self) -> None:
        """Admit as many as there are places for."""
        while await self._admit_one():
            pass

    async def place_of(self, task: Task) -> Place | None:
        """Where a task stands in the line; None when it does not wait. Not older than :data:`FRESH_S`."""
        if task.queued_at is None:
            return None
        now = self._clock.now()
        if (now - self._positions_at).total_seconds() > FRESH_S:
            self._positions_at = now
            running = await self._tasks.running_by_owner()
            await self._line.refresh(max_age_s=FRESH_S)
            line = in_turn(self._line.waiting, shares(running, self._line.admitted, now), self._limits, now)
            self._positions = {waiting.task_id: number for number, waiting in enumerate(line, start=1)}
        position = self._positions.get(task.id, len(self._positions) + 1)
        return Place(position, self._limits.running_tasks)

    async def stop(self) -> None:
        """Finish what is being admitted."""
        self._is_wanted = False
        if self._admitting is not None:
            await asyncio.wait({self._admitting}, timeout=5)

    async def _admit_while_wanted(self) -> None:
        try:
            while self._is_wanted:
                self._is_wanted = False
                if await self._line.is_anybody_there():
                    await self.admit_waiting()
        except (PyMongoError, TimeoutError) as error:
            _log.warning("tasks that wait will be admitted later", reason=repr(error))
        finally:
            self._admitting = None

    async def _admit_one(self) -> bool:
        """Give one place. False when there is none, or nobody to have it."""
        async with self._lock:
            running = await self._tasks.running_by_owner()
            is_full = running.total() >= self._limits.running_tasks
            await self._line.refresh(max_age_s=FRESH_S if is_full else 0)
            TASKS_RUNNING.set(running.total())
            TASKS_WAITING.set(len(self._line.waiting))
            now = self._clock.now()
            chosen = next_to_admit(self._line.waiting, shares(running, self._line.admitted, now), self._limits, now)
            if chosen is None:
                return False
            try:
                task = await self._tasks.change(chosen.task_id, lambda task: admit(task, now))
            except TaskNotFound:
                self._line.forget(chosen.task_id)
                return True
            self._line.note(task)
        if task.admitted_at == now:
            ADMISSION_SECONDS.labels(task.priority).observe((now - chosen.queued_at).total_seconds())
        return True

    async def _is_free(self, owner: str, running: Counter[str]) -> bool:
        """Whether a task of the owner may have a place that nobody waits for."""
        of_one = self._limits.running_tasks_per_user or self._limits.running_tasks
        if running.total() >= self._limits.running_tasks or running[owner] >= of_one:
            return False
        await self._line.refresh()
        now = self._clock.now()
        return next_to_admit(self._line.waiting, shares(running, (), now), self._limits, now) is None

    async def _count(self, owner: str, running: Counter[str], at_once: int) -> int:
        """How many tasks of an owner wait or run. What only looks like too many is counted again."""
        await self._line.refresh(max_age_s=FRESH_S)
        count = running[owner] + self._line.waiting_of(owner)
        if count >= at_once - NEAR:
            await self._line.refresh(whole_after_s=RECOUNT_S)
            count = running[owner] + self._line.waiting_of(owner)
        return count
