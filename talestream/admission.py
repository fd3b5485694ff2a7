"""Whose turn it is: the order in which tasks that wait are admitted, and what being admitted does to a task.

Pure functions: :func:`admit` is one of the rules of a task, and the others are like them. It is users who take turns.
First comes the one whose next task has the highest priority, where a user who goes without for long counts as if it
were higher; then the one with the fewest tasks under way; then the one who has gone without for longest. A user's own
tasks go by priority and age. So a thousand tasks of one user stand before another user's single one of the same
priority at most once, and no user waits for ever.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import zip_longest

from schemas import Priority, Task, TaskState, UnitState
from talestream import freshness
from talestream.draft import Draft, Ref
from talestream.settling import settle

_RANKS = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}
_TICK = timedelta(microseconds=1)

Turn = tuple[int, int, datetime, datetime, int]
"""What users are ordered by: the smallest is next."""


@dataclass(frozen=True)
class Limits:
    """How many tasks are under way at once, in all and of one user (None: as many).

    A user who goes without for ``ageing_s`` counts as if their task had the next higher priority.
    """

    running_tasks: int
    running_tasks_per_user: int | None = None
    ageing_s: float = 600


@dataclass(frozen=True)
class Waiting:
    """A task that waits for its turn."""

    task_id: int
    owner: str
    priority: Priority
    queued_at: datetime


@dataclass(frozen=True)
class Admitted:
    """A task of this owner was admitted at that time."""

    owner: str
    admitted_at: datetime


@dataclass(frozen=True)
class Place:
    """Where a task that waits stands: ``position`` from 1, and how many tasks run side by side."""

    position: int
    side_by_side: int


@dataclass(frozen=True)
class Share:
    """What a user has of the system: tasks under way, and until when it was their turn (None: not of late)."""

    running: int = 0
    served_until: datetime | None = None


NOTHING = Share()


def shares(running: Mapping[str, int], admitted: Iterable[Admitted], now: datetime) -> dict[str, Share]:
    """By owner. A turn lasts until the next one, whosever it is; the last one lasts until now."""
    turns = sorted(admitted, key=lambda turn: (turn.admitted_at, turn.owner))
    served = {turn.owner: after.admitted_at if after else now for turn, after in zip_longest(turns, turns[1:])}
    return {owner: Share(running.get(owner, 0), served.get(owner)) for owner in {*running, *served}}


def next_to_admit(
    waiting: Iterable[Waiting], share_of: Mapping[str, Share], limits: Limits, now: datetime
) -> Waiting | None:
    """The task whose turn it is; None when there is no place for any."""
    if sum(share.running for share in share_of.values()) >= limits.running_tasks:
        return None
    most = limits.running_tasks_per_user or limits.running_tasks
    heads: dict[str, Waiting] = {}
    oldest: dict[str, datetime] = {}
    for task in waiting:
        if share_of.get(task.owner, NOTHING).running < most:
            heads[task.owner] = min(heads.get(task.owner, task), task, key=_own_order)
            oldest[task.owner] = min(oldest.get(task.owner, task.queued_at), task.queued_at)

    def turn(head: Waiting) -> Turn:
        return _turn(head, oldest[head.owner], share_of.get(head.owner, NOTHING), limits, now)

    return min(heads.values(), key=turn, default=None)


def in_turn(
    waiting: Collection[Waiting], share_of: Mapping[str, Share], limits: Limits, now: datetime
) -> Sequence[Waiting]:
    """All that wait, in the order in which they would be admitted one after the other, if places came free now.

    What a user's own limit keeps back comes last.
    """
    most = limits.running_tasks_per_user or len(waiting) + limits.running_tasks
    queues: dict[str, list[Waiting]] = {}
    for task in sorted(waiting, key=_own_order, reverse=True):
        queues.setdefault(task.owner, []).append(task)
    line: list[Waiting] = []
    turns: list[tuple[bool, Turn, str, Share]] = []

    def line_up(owner: str, oldest: datetime, share: Share) -> None:
        turn = _turn(queues[owner][-1], oldest, share, limits, now)
        heappush(turns, (share.running >= most, turn, owner, share))

    for owner, queue in queues.items():
        line_up(owner, min(task.queued_at for task in queue), share_of.get(owner, NOTHING))
    while turns:
        _, _, owner, share = heappop(turns)
        line.append(queues[owner].pop())
        if queues[owner]:
            turn_ends = now + len(line) * _TICK
            line_up(owner, turn_ends, Share(share.running + 1, turn_ends))
    return line


def admit(task: Task, now: datetime) -> Task:
    """The task's turn has come: start what is ordered and ready. It keeps its place until nothing of it is under way.

    A task that does not wait, or no longer, stays as it is.
    """
    if task.queued_at is None:
        return task
    draft = Draft(task, now)
    draft.task = draft.task.model_copy(update={"state": TaskState.RUNNING, "queued_at": None, "admitted_at": now})
    for stage, status in task.stages.items():
        for key, unit in status.units.items():
            if unit.state is UnitState.QUEUED:
                _order_at_last(draft, Ref(stage, key))
    return settle(draft)


def _turn(head: Waiting, oldest: datetime, share: Share, limits: Limits, now: datetime) -> Turn:
    """The turn of a user whose next task is ``head`` and who has waited since ``oldest``, or since their last turn."""
    since = max(oldest, share.served_until) if share.served_until else oldest
    steps = max(0, int((now - since).total_seconds() // limits.ageing_s))
    return max(0, _RANKS[head.priority] - steps), share.running, since, head.queued_at, head.task_id


def _own_order(task: Waiting) -> tuple[int, datetime, int]:
    """The order among one user's own."""
    return _RANKS[task.priority], task.queued_at, task.task_id


def _order_at_last(draft: Draft, ref: Ref) -> None:
    """Make the order of a unit that was queued while the task had no place."""
    try:
        draft.request(ref, draft.task.stages[ref.stage].units[ref.key].ordered)
    except freshness.UNMADE as error:
        problem = freshness.cannot_start(ref.stage, error)
        draft.set_unit(ref, state=UnitState.FAILED, problem=problem, finished_at=draft.now)
