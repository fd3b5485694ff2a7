"""Where all of an owner's active tasks stand at one place of the event log: what a client draws before it follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas import Task
from talestream.clock import Clock
from talestream.event_log import EventLog
from talestream.store import TaskStore

TRIES = 5
TRY_AGAIN_S = 0.02


@dataclass(frozen=True)
class Snapshot:
    """The tasks that are pending or running, newest first, and the cursor behind which the stream goes on."""

    cursor: int
    time: datetime
    tasks: Sequence[Task]


class Snapshots:
    """Takes snapshots of owners' tasks."""

    def __init__(self, tasks: TaskStore, events: EventLog, clock: Clock) -> None:
        self._tasks = tasks
        self._events = events
        self._clock = clock

    async def of(self, owner: str) -> Snapshot:
        """A snapshot as it is now.

        A task changes a moment before its event is numbered, so that tasks read after the log's end show every event
        up to there. That they show nothing more is seen from their outboxes: while one holds an event, or the log has
        grown meanwhile, all are read again, a few times at most. After that an event that the snapshot shows already
        may follow it; none is ever missing.
        """
        for turn in range(TRIES):
            cursor, time = await self._events.last(owner), self._clock.now()
            tasks = await self._tasks.active_of(owner)
            is_still = not any(_has_unlogged(task) for task in tasks) and await self._events.last(owner) == cursor
            if is_still or turn == TRIES - 1:
                break
            await self._clock.sleep(TRY_AGAIN_S)
        return Snapshot(cursor, time, tasks)


def _has_unlogged(task: Task) -> bool:
    return any(key.startswith("event-") for key in task.outbox)
