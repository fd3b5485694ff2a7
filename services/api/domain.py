"""What the API can do, whatever dialect asks: one service over the task store, the rules and the event log.

Every call names the principal for whom it is made. A task of somebody else, a deleted one and one that never was are
the same to it: :class:`~services.api.errors.NotFound`.
"""

import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from pymongo.errors import DuplicateKeyError

from schemas import (
    Artifact,
    CancelMode,
    Priority,
    StageState,
    StageStatus,
    Task,
    TaskInput,
    TaskState,
    Workflow,
    unit_order,
)
from services.api.catalogue import Catalogue
from services.api.errors import Conflict, NotFound, TooMany
from talestream import rules, standing
from talestream.admission import Place
from talestream.auth import Principal
from talestream.cancelling import is_cancelled
from talestream.clock import Clock
from talestream.event_log import EventLog
from talestream.log_reading import PAGE, read_on
from talestream.manifest import Made, public_artifacts
from talestream.metrics import REFUSED_BY_QUOTA
from talestream.notifications import (
    Notification,
    interruption_notification,
    notification,
    resources_of,
    snapshot_notification,
)
from talestream.rules import NotAllowed
from talestream.scheduler import Scheduler, TooManyTasks
from talestream.settings import QuotaSettings
from talestream.snapshot import Snapshots
from talestream.store import Rule, TaskNotFound, TaskStore

LOG_PAGES = 10
"""How much of the log one poll reads at most while it looks for what its client is told of."""
TASK_ENDS_S = 30
"""When whoever has too many tasks should ask again: one of them may have ended by then."""


@dataclass(frozen=True)
class NotificationPage:
    """A stretch of a principal's notifications. ``cursor`` is where the next one begins."""

    notifications: list[Notification]
    cursor: int
    has_more: bool


class Productions:
    """Tasks, as their owners order, watch and end them."""

    def __init__(
        self,
        tasks: TaskStore,
        events: EventLog,
        scheduler: Scheduler,
        clock: Clock,
        catalogue: Catalogue,
        quotas: QuotaSettings,
    ) -> None:
        self._tasks = tasks
        self._events = events
        self._scheduler = scheduler
        self._clock = clock
        self._quotas = quotas
        self._snapshots = Snapshots(tasks, events, clock)
        self.catalogue = catalogue

    async def create(
        self,
        principal: Principal,
        order: TaskInput,
        workflow: str | None = None,
        *,
        priority: Priority = Priority.NORMAL,
        task_id: int | None = None,
    ) -> Task:
        """A new task under a random id; nothing of it runs yet. Invalid: unknown workflow, stage or provider.

        With a ``task_id`` that was reserved for it, the task may have been made before: then it is that one.
        """
        graph = self.catalogue.workflow(workflow)
        self.catalogue.check_providers(graph, order.providers)
        while True:
            chosen = task_id or 1 + secrets.randbelow(2**53 - 1)
            task = rules.create(chosen, principal.owner, graph, order, self._clock.now(), priority)
            try:
                await self._tasks.insert(task)
            except DuplicateKeyError:
                if task_id is None:
                    continue
                return await self.find(principal, task_id)
            return task

    async def ids(self, principal: Principal) -> list[int]:
        """The principal's tasks, newest first."""
        return await self._tasks.ids_of(principal.owner)

    async def find(self, principal: Principal, task_id: int) -> Task:
        """The task, if it is the principal's."""
        task = await self._tasks.find(task_id) if 0 < task_id < 2**53 else None
        if task is None:
            raise _unknown(task_id)
        return _owned(task, principal)

    async def place_of(self, task: Task) -> Place | None:
        """Where the task stands among those that wait for their turn; None when it does not wait."""
        return await self._scheduler.place_of(task)

    async def execute_segment(
        self, principal: Principal, task_id: int, number: int, execution_id: str | None = None
    ) -> str:
        """Order the next segment to run and return the execution's id; one under way keeps its own.

        NotFound: no such segment. Conflict: not the next one, or the task was cancelled. TooMany: the principal's quota
        of tasks at once is used up. An ``execution_id`` that the task knows orders nothing again, here and below.
        """
        chosen = execution_id or uuid.uuid4().hex

        def rule(task: Task) -> Task:
            is_under_way = segment_state(task, number) is StageState.RUNNING and not is_cancelled(task)
            if is_under_way or chosen in task.executions:
                return task
            _refuse_out_of_order(task, number)
            return rules.order(task, stages_of_segment(task.workflow, number), chosen, self._clock.now())

        task = await self.order(principal, task_id, rule)
        return _execution_of(task, [spec.name for spec in task.workflow.segments[number]]) or chosen

    async def execute(self, principal: Principal, task_id: int, execution_id: str | None = None) -> str:
        """Order everything that is left to run, what failed included, and return the execution's id."""
        chosen = execution_id or uuid.uuid4().hex

        def rule(task: Task) -> Task:
            if chosen in task.executions:
                return task
            if task.state is TaskState.COMPLETED or is_cancelled(task):
                state = task.state if task.state is TaskState.COMPLETED else TaskState.CANCELLED
                raise Conflict("already-ended", f"this task is already {state}")
            left = [
                name
                for name, status in task.stages.items()
                if status.state is StageState.FAILED or status.execution_id is None
            ]
            return rules.order(task, left, chosen, self._clock.now()) if left else task

        task = await self.order(principal, task_id, rule)
        return _execution_of(task, task.stages) or chosen

    async def retry(self, principal: Principal, task_id: int, execution_id: str | None = None) -> str:
        """Run again what failed, and return the execution's id. Conflict when nothing has failed."""
        chosen = execution_id or uuid.uuid4().hex
        await self.order(principal, task_id, lambda task: rules.retry(task, chosen, self._clock.now()))
        return chosen

    async def cancel(self, principal: Principal, task_id: int, mode: CancelMode) -> Task:
        """Start nothing more of the task, for good. Conflict when it is finished; cancelling twice is no error."""
        return await self._change(principal, task_id, lambda task: rules.cancel(task, self._clock.now(), mode))

    async def delete(self, principal: Principal, task_id: int) -> None:
        """Stop what runs of the task and remove its files. It is unknown from then on."""
        await self._change(principal, task_id, lambda task: rules.delete(task, self._clock.now()))

    async def notifications(
        self, principal: Principal, after: int | None, limit: int, *, detail: bool = False, with_snapshot: bool = False
    ) -> NotificationPage:
        """The next notifications behind a cursor, oldest first; behind none, from the oldest that is kept.

        Tells of it where the log does not go on behind the cursor. ``with_snapshot``: where it does not, or where there
        is no cursor, a snapshot comes instead of what is kept.
        """
        owner, found, cursor = principal.owner, list[Notification](), after or 0
        if with_snapshot and after is None:
            return await self._snapshot_page(owner, found)
        for _ in range(LOG_PAGES):
            stretch = await read_on(self._events, owner, cursor)
            if stretch.interruption is not None:
                if len(found) == limit:
                    return NotificationPage(found, cursor, has_more=True)
                cursor = stretch.interruption.cursor
                if after is not None:
                    found.append(interruption_notification(stretch.interruption))
                    if with_snapshot:
                        return await self._snapshot_page(owner, found)
            for event in stretch.events:
                if len(found) == limit:
                    return NotificationPage(found, cursor, has_more=True)
                cursor = event.sequence
                if told := notification(event, detail=detail):
                    found.append(told)
            if len(stretch.events) < PAGE:
                return NotificationPage(found, cursor, has_more=False)
        return NotificationPage(found, cursor, has_more=True)

    async def _snapshot_page(self, owner: str, found: list[Notification]) -> NotificationPage:
        snapshot = await self._snapshots.of(owner)
        return NotificationPage([*found, snapshot_notification(snapshot)], snapshot.cursor, has_more=False)

    async def order(self, principal: Principal, task_id: int, rule: Rule) -> Task:
        """Change a task by a rule that orders work, within the principal's quota: it may have to wait for its turn."""

        async def order(owned: Rule) -> Task:
            return await self._scheduler.order(principal.owner, task_id, owned, self._quotas.tasks_at_once)

        try:
            return await self._apply(principal, task_id, rule, order)
        except TooManyTasks as error:
            REFUSED_BY_QUOTA.labels("tasks_at_once").inc()
            raise TooMany("too-many-tasks", str(error), retry_after_s=TASK_ENDS_S) from error

    async def _change(self, principal: Principal, task_id: int, rule: Rule) -> Task:
        return await self._apply(principal, task_id, rule, partial(self._tasks.change, task_id))

    @staticmethod
    async def _apply(principal: Principal, task_id: int, rule: Rule, commit: Callable[[Rule], Awaitable[Task]]) -> Task:
        if not 0 < task_id < 2**53:
            raise _unknown(task_id)
        try:
            return await commit(lambda task: rule(_owned(task, principal)))
        except TaskNotFound as error:
            raise _unknown(task_id) from error
        except NotAllowed as error:
            raise Conflict(error.code, error.message) from error


# What can be read from a task


def segment_state(task: Task, number: int) -> StageState:
    """Where a segment stands. NotFound when the task's workflow has no such segment."""
    segments = task.workflow.segments
    if number not in segments:
        known = ", ".join(map(str, segments)) or "none"
        raise NotFound("unknown-segment", f"{task.workflow.name} has no segment {number}; its segments: {known}")
    return standing.segment_state(task, number)


def segment_resources(task: Task, number: int) -> list[Made]:
    """The files that a finished segment is run for, or what was kept of a cancelled one. NotFound before that.

    While a segment is redone after an edit, each file is the former one until the new one is there.
    """
    return _files_of_segment(task, number, resources_of)


def segment_files(task: Task, number: int) -> list[Made]:
    """Every file that a finished segment made, or what was kept of a cancelled one. NotFound before that."""
    return _files_of_segment(task, number, list)


def stages_of_segment(workflow: Workflow, number: int) -> list[str]:
    """The stages to order for a segment: its own, and whatever they need that no segment of its own runs."""
    wanted = {spec.name for spec in workflow.segments[number]}
    for spec in reversed(workflow.stages):
        if spec.name in wanted:
            wanted |= {need for need in spec.needs if workflow.stage(need).segment is None}
    return [spec.name for spec in workflow.stages if spec.name in wanted]


def _files_of_segment(task: Task, number: int, choose: Callable[[Iterable[Artifact]], list[Artifact]]) -> list[Made]:
    state = segment_state(task, number)
    public = public_artifacts(task)
    results = [spec.name for spec in task.workflow.segments[number] if spec.is_segment_result]
    chosen = [artifact for stage in results for artifact in choose(_artifacts(task.stages[stage]))]
    is_former = task.revision > 1 and all(_has_files(task.stages[stage]) for stage in results)
    if state is not StageState.COMPLETED and not (state is StageState.CANCELLED and chosen) and not is_former:
        raise NotFound("segment-not-finished", f"segment {number} is not finished")
    return [public[artifact.path] for artifact in chosen]


def _has_files(status: StageStatus) -> bool:
    """Whether every unit of the stage has its files, those of before an edit included."""
    return bool(status.units) and all(unit.artifacts for unit in status.units.values())


def _artifacts(status: StageStatus) -> list[Artifact]:
    return [artifact for key in sorted(status.units, key=unit_order) for artifact in status.units[key].artifacts]


def _refuse_out_of_order(task: Task, number: int) -> None:
    finished = standing.finished_segments(task)
    following = next((known for known in task.workflow.segments if known > finished), None)
    if number == following:
        return
    if number <= finished:
        raise Conflict("already-finished", f"segment {number} is already finished")
    raise Conflict("out-of-order", f"segment {number} is out of order: the next one is {following}")


def _execution_of(task: Task, stages: Iterable[str]) -> str | None:
    """The execution that is under way in these stages, or else the one that finished them."""
    statuses = [task.stages[name] for name in stages]
    unfinished = [status for status in statuses if status.state is not StageState.COMPLETED]
    return next((status.execution_id for status in unfinished or reversed(statuses) if status.execution_id), None)


def _owned(task: Task, principal: Principal) -> Task:
    if task.is_deleted or task.owner != principal.owner:
        raise _unknown(task.id)
    return task


def _unknown(task_id: int) -> NotFound:
    return NotFound("unknown-task", f"there is no task {task_id}")
