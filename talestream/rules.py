"""The rules of a task: which stage is ready, when it is finished, what a failure does.

Pure functions from a task and something that happens to the next task, whose outbox holds the messages that this
causes. No clock and no I/O: the time is given. A rule that changes nothing returns the very task it was given; one that
must not be applied raises. The shell commits old and new task by one compare-and-set write (:mod:`talestream.store`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from schemas import (
    CONTROL_TOPIC,
    Artifact,
    CancelMode,
    CancelTask,
    ObjectCopy,
    Priority,
    Problem,
    Record,
    StageState,
    StageStatus,
    Task,
    TaskCreated,
    TaskDeleted,
    TaskInput,
    TaskState,
    Unit,
    UnitCompleted,
    UnitFailed,
    UnitStarted,
    UnitState,
    Workflow,
)
from talestream import cancelling
from talestream.draft import Draft, Ref
from talestream.following import has_failed
from talestream.retries import back_off_s
from talestream.settling import ACTIVE, give_up, seconds_between, settle

MAX_TAKEOVERS = 5
"""Workers that a unit may lose before it is given up: it is probably what ends them."""

EXECUTIONS_KNOWN = 100
"""How many of its executions a task remembers: one of them ordered again changes nothing."""
LATE_PURGE_S = 90.0
"""When the objects of a deleted task are removed once more: a worker may have been storing one at that moment."""


class NotAllowed(Exception):
    """The task's state does not permit this. ``code`` is machine-readable, ``message`` is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Superseded(Exception):
    """The message or result is not, or no longer, of the attempt that holds the unit. It is dropped."""


class Held(Exception):
    """Another worker holds the unit until ``until``, unless it renews its lease."""

    def __init__(self, worker: str, until: datetime) -> None:
        super().__init__(f"held by {worker} until {until:%H:%M:%S}")
        self.until = until


def refuse_ended(task: Task, verb: str) -> None:
    """Raise NotAllowed for a task that was cancelled, or is about to be: nothing more may start in it."""
    if task.is_deleted or cancelling.is_cancelled(task):
        raise NotAllowed("cancelled", f"this task was cancelled and cannot {verb}")


# What users do


def create(
    task_id: int,
    owner: str,
    workflow: Workflow,
    order: TaskInput,
    now: datetime,
    priority: Priority = Priority.NORMAL,
) -> Task:
    """A new task, none of whose stages has been ordered to run."""
    stages = {spec.name: StageStatus() for spec in workflow.stages}
    task = Task(
        id=task_id,
        version=0,
        owner=owner,
        workflow=workflow,
        input=order,
        stages=stages,
        priority=priority,
        created_at=now,
        updated_at=now,
    )
    draft = Draft(task, now)
    draft.emit(TaskCreated)
    return draft.done()


def order(task: Task, stages: Iterable[str], execution_id: str, now: datetime) -> Task:
    """Order these stages to run, each as soon as what it needs is finished. Failed ones run again, where they failed.

    A stage that is under way, or finished, stays as it is, and the same execution ordered again changes nothing. A task
    that does not run yet waits for its turn first: see :func:`talestream.admission.admit`. NotAllowed once the task is
    cancelled.
    """
    if execution_id in task.executions:
        return task
    refuse_ended(task, "run")
    draft = Draft(task, now)
    executions = (*task.executions[1 - EXECUTIONS_KNOWN :], execution_id)
    draft.task = draft.task.model_copy(update={"executions": executions})
    for name in stages:
        status = task.stages[name]
        if has_failed(status):
            _restart(draft, name, execution_id)
        elif status.state is StageState.WAITING and status.execution_id is None:
            draft.set_stage(name, execution_id=execution_id)
    return settle(draft)


def retry(task: Task, execution_id: str, now: datetime) -> Task:
    """Run again what failed, and nothing else, once for each execution. NotAllowed when nothing failed."""
    if execution_id in task.executions:
        return task
    refuse_ended(task, "be retried")
    failed = [name for name, status in task.stages.items() if has_failed(status)]
    if not failed:
        raise NotAllowed("nothing-failed", "nothing in this task has failed")
    return order(task, failed, execution_id, now)


def retry_unit(task: Task, ref: Ref, now: datetime) -> Task:
    """Run one failed unit again. NotAllowed when it has not failed."""
    refuse_ended(task, "be retried")
    status = task.stages.get(ref.stage)
    if status is None or ref.key not in status.units or status.units[ref.key].state is not UnitState.FAILED:
        raise NotAllowed("nothing-failed", f"unit {ref.key} of {ref.stage} has not failed")
    draft = Draft(task, now)
    draft.set_stage(ref.stage, state=StageState.RUNNING, finished_at=None)
    _requeue(draft, ref, failures=0)
    return settle(draft)


def cancel(task: Task, now: datetime, mode: CancelMode = CancelMode.NOW) -> Task:
    """Start nothing more, for good; what runs or is paid for is stopped, or with ``keep`` finished and kept.

    Cancelling twice is no error, and ``now`` may follow ``keep``. NotAllowed once the task is completed. With ``keep``
    it is running until what ran has ended; if that was all that was missing, it is completed all the same.
    """
    if task.state is TaskState.COMPLETED:
        raise NotAllowed("already-finished", "this task is already finished")
    if task.state is TaskState.CANCELLED or task.cancel_mode is mode:
        return task
    draft = Draft(task, now)
    if mode is CancelMode.KEEP:
        cancelling.wind_down(draft)
        return settle(draft)
    cancelling.stop(draft)
    draft.send(CONTROL_TOPIC, CancelTask(task_id=task.id, reason="cancelled"), key="control-cancel")
    return draft.done()


def delete(task: Task, now: datetime) -> Task:
    """Stop the task and remove its files. The document stays as a tombstone, so that late messages find their end."""
    if task.is_deleted:
        return task
    draft = Draft(task, now)
    if task.state not in {TaskState.COMPLETED, TaskState.CANCELLED}:
        cancelling.stop(draft)
    draft.task = draft.task.model_copy(update={"is_deleted": True})
    draft.forget_copies()
    stop = CancelTask(task_id=task.id, reason="deleted")
    draft.send(CONTROL_TOPIC, stop, key="control-delete", purges=task.prefix)
    draft.send(CONTROL_TOPIC, stop, key="control-delete-late", purges=task.prefix, delay_s=LATE_PURGE_S)
    draft.emit(TaskDeleted)
    return draft.done()


# What workers do


def claim(task: Task, ref: Ref, attempt: int, worker: str, lease_until: datetime, now: datetime) -> Task:
    """Give the unit to ``worker``. A unit whose worker fell silent is taken over under the next attempt number.

    Superseded when the message's attempt is not the one ordered or the unit has ended; Held while another worker lives.
    """
    unit = _unit(task, ref)
    if task.is_deleted or unit.state not in ACTIVE:
        raise Superseded(f"the unit is {unit.state}")
    if not task.has_place:
        raise Superseded("the task waits for its turn, and the order will come again")
    if attempt != unit.ordered:
        raise Superseded(f"attempt {attempt} is not the one ordered ({unit.ordered})")
    draft = Draft(task, now)
    holds: dict[str, Any] = {"state": UnitState.RUNNING, "worker": worker, "lease_until": lease_until}
    holds |= {"started_at": now, "progress": 0.0, "note": ""}
    if unit.state is UnitState.RUNNING:
        if unit.lease_until is not None and unit.lease_until > now:
            raise Held(unit.worker or "?", unit.lease_until)
        if unit.takeovers >= MAX_TAKEOVERS:
            lost = Problem(
                code="worker-lost", message=f"{unit.takeovers + 1} workers were lost while they ran this unit"
            )
            return give_up(draft, ref, lost)
        holds |= {"attempt": unit.attempt + 1, "takeovers": unit.takeovers + 1}
    draft.set_unit(ref, **holds)
    held = draft.task.stages[ref.stage].units[ref.key]
    draft.emit(UnitStarted, stage=ref.stage, page=ref.page, attempt=held.attempt, worker=worker)
    return draft.done()


def hand_back(task: Task, ref: Ref, attempt: int, now: datetime) -> Task:
    """Give a running unit back, unfinished: the next worker may take it at once. Superseded when it is not held."""
    unit = held(task, ref, attempt)
    draft = Draft(task, now)
    draft.set_unit(ref, state=UnitState.QUEUED, attempt=unit.attempt + 1, worker=None, lease_until=None, progress=0.0)
    return draft.done()


def complete(
    task: Task,
    ref: Ref,
    attempt: int,
    result: Record,
    artifacts: tuple[Artifact, ...],
    now: datetime,
    *,
    is_reused: bool = False,
) -> Task:
    """Take the unit's result, once. Superseded when another attempt holds the unit or it has ended."""
    unit = held(task, ref, attempt)
    draft = Draft(task, now)
    data = result.model_dump(mode="json")
    draft.set_unit(
        ref,
        state=UnitState.COMPLETED,
        worker=None,
        lease_until=None,
        progress=1.0,
        note="",
        problem=None,
        order=None,
        result=data,
        artifacts=artifacts,
        finished_at=now,
    )
    draft.withdraw(ref)
    draft.emit(
        UnitCompleted,
        stage=ref.stage,
        page=ref.page,
        attempt=attempt,
        duration_s=seconds_between(unit.started_at, now),
        artifacts=artifacts,
        result=data,
        is_reused=is_reused,
        copies=to_public_place(artifacts),
    )
    return settle(draft)


def fail(task: Task, ref: Ref, attempt: int, problem: Problem, now: datetime, *, defer_s: float | None = None) -> Task:
    """The attempt failed: order another, later, or give the unit up. Superseded as in :func:`complete`.

    In a task that is being cancelled, another is ordered only to fetch what was paid for.
    """
    unit = held(task, ref, attempt)
    draft = Draft(task, now)
    failures = unit.failures + 1
    spec = task.workflow.stage(ref.stage)
    is_last = not problem.is_retryable or failures >= spec.attempts
    if is_last or (task.cancel_mode is not None and unit.job is None):
        draft.set_unit(ref, failures=failures)
        return give_up(draft, ref, problem)
    delay_s = defer_s if defer_s is not None else back_off_s(spec, task.id, ref, failures)
    draft.emit(UnitFailed, stage=ref.stage, page=ref.page, attempt=attempt, problem=problem, will_retry=True)
    _requeue(draft, ref, failures=failures, problem=problem, delay_s=delay_s)
    return draft.done()


# How it is done


def to_public_place(artifacts: Iterable[Artifact]) -> tuple[ObjectCopy, ...]:
    """What makes accepted artifacts appear where clients look for them."""
    return tuple(ObjectCopy(source=artifact.uri, target=artifact.path) for artifact in artifacts)


def _restart(draft: Draft, stage: str, execution_id: str) -> None:
    status = draft.task.stages[stage]
    if not status.units:
        draft.set_stage(stage, state=StageState.WAITING, execution_id=execution_id, finished_at=None)
        return
    draft.set_stage(stage, state=StageState.RUNNING, execution_id=execution_id, finished_at=None)
    for key, unit in status.units.items():
        if unit.state is UnitState.FAILED:
            _requeue(draft, Ref(stage, key), failures=0)


def _requeue(draft: Draft, ref: Ref, *, failures: int, problem: Problem | None = None, delay_s: float = 0) -> None:
    attempt = draft.task.stages[ref.stage].units[ref.key].attempt + 1
    draft.set_unit(
        ref,
        state=UnitState.QUEUED,
        attempt=attempt,
        ordered=attempt,
        failures=failures,
        takeovers=0,
        worker=None,
        lease_until=None,
        progress=0.0,
        note="",
        problem=problem,
        finished_at=None,
    )
    draft.request(ref, attempt, delay_s)


def _unit(task: Task, ref: Ref) -> Unit:
    status = task.stages.get(ref.stage)
    if status is None or ref.key not in status.units:
        raise Superseded(f"task {task.id} has no unit {ref.key} of {ref.stage}")
    return status.units[ref.key]


def held(task: Task, ref: Ref, attempt: int) -> Unit:
    """The unit, which the attempt holds. Superseded when it does not."""
    unit = _unit(task, ref)
    if unit.state is not UnitState.RUNNING or unit.attempt != attempt:
        raise Superseded(f"attempt {attempt} does not hold the unit: it is {unit.state} in attempt {unit.attempt}")
    return unit
