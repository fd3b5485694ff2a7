"""The rules of a task: which stage is ready, when it is finished, what a failure does.

Pure functions from a task and something that happens to the next task, whose outbox holds the messages that this
causes. No clock and no I/O: the time is given. A rule that changes nothing returns the very task it was given; one that
must not be applied raises. The shell commits old and new task by one compare-and-set write (:mod:`talestream.store`).
"""

from collections.abc import Iterable, Mapping
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
    ProviderJob,
    Record,
    Request,
    StageCompleted,
    StageFailed,
    StageSpec,
    StageStarted,
    StageState,
    StageStatus,
    Task,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskFailed,
    TaskInput,
    TaskState,
    Unit,
    UnitCompleted,
    UnitFailed,
    UnitStarted,
    UnitState,
    Workflow,
    unit_key,
    unit_order,
)
from talestream import cancelling, freshness
from talestream.draft import Draft, Ref
from talestream.retries import back_off_s

MAX_TAKEOVERS = 5
"""Workers that a unit may lose before it is given up: it is probably what ends them."""

EXECUTIONS_KNOWN = 100
"""How many of its executions a task remembers: one of them ordered again changes nothing."""
LATE_PURGE_S = 90.0
"""When the objects of a deleted task are removed once more: a worker may have been storing one at that moment."""


ACTIVE = frozenset({UnitState.QUEUED, UnitState.RUNNING})


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
    that does not run yet waits for its turn first: see :func:`admit`. NotAllowed once the task is cancelled.
    """
    if execution_id in task.executions:
        return task
    refuse_ended(task, "run")
    draft = Draft(task, now)
    executions = (*task.executions[1 - EXECUTIONS_KNOWN :], execution_id)
    draft.task = draft.task.model_copy(update={"executions": executions})
    for name in stages:
        status = task.stages[name]
        if status.state is StageState.FAILED:
            _restart(draft, name, execution_id)
        elif status.state is StageState.WAITING and status.execution_id is None:
            draft.set_stage(name, execution_id=execution_id)
    return settle(draft)


def retry(task: Task, execution_id: str, now: datetime) -> Task:
    """Run again what failed, and nothing else, once for each execution. NotAllowed when nothing failed."""
    if execution_id in task.executions:
        return task
    refuse_ended(task, "be retried")
    failed = [name for name, status in task.stages.items() if status.state is StageState.FAILED]
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


# What the scheduler does


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
            return _give_up(draft, ref, lost)
        holds |= {"attempt": unit.attempt + 1, "takeovers": unit.takeovers + 1}
    draft.set_unit(ref, **holds)
    held = draft.task.stages[ref.stage].units[ref.key]
    draft.emit(UnitStarted, stage=ref.stage, page=ref.page, attempt=held.attempt, worker=worker)
    return draft.done()


def note_job(task: Task, ref: Ref, attempt: int, job: ProviderJob, now: datetime) -> Task:
    """Keep the id of the paid work that was submitted for the unit. Superseded when the attempt does not hold it.

    Every later attempt finds it, however this one ends, until the unit has ended or the job is forgotten.
    """
    if _held(task, ref, attempt).job == job:
        return task
    draft = Draft(task, now)
    draft.set_unit(ref, job=job)
    return draft.done()


def forget_job(task: Task, ref: Ref, attempt: int, now: datetime) -> Task:
    """The job came to nothing: the next one is submitted anew, under a key of its own. Superseded as above."""
    unit = _held(task, ref, attempt)
    if unit.job is None:
        return task
    draft = Draft(task, now)
    draft.set_unit(ref, job=None, jobs_forgotten=unit.jobs_forgotten + 1)
    return draft.done()


def hand_back(task: Task, ref: Ref, attempt: int, now: datetime) -> Task:
    """Give a running unit back, unfinished: the next worker may take it at once. Superseded when it is not held."""
    unit = _held(task, ref, attempt)
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
    unit = _held(task, ref, attempt)
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
        duration_s=_seconds(unit.started_at, now),
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
    unit = _held(task, ref, attempt)
    draft = Draft(task, now)
    failures = unit.failures + 1
    spec = task.workflow.stage(ref.stage)
    is_last = not problem.is_retryable or failures >= spec.attempts
    if is_last or (task.cancel_mode is not None and unit.job is None):
        draft.set_unit(ref, failures=failures)
        return _give_up(draft, ref, problem)
    delay_s = defer_s if defer_s is not None else back_off_s(spec, task.id, ref, failures)
    draft.emit(UnitFailed, stage=ref.stage, page=ref.page, attempt=attempt, problem=problem, will_retry=True)
    _requeue(draft, ref, failures=failures, problem=problem, delay_s=delay_s)
    return draft.done()


# How it is done


def settle(draft: Draft) -> Task:
    """After units changed: finish the stages that are finished, start those that are ready, say where the task is.

    Without a place nothing starts: then the task waits for one.
    """
    before = draft.task.state
    finished: set[str] = set()
    for spec in draft.task.workflow.stages:
        _start_stage(draft, spec, is_new_input=not finished.isdisjoint(spec.needs))
        if _finish_stage(draft, spec):
            finished.add(spec.name)
    if not draft.task.is_direct or draft.task.cancel_mode is not None:
        state = _task_state(draft.task)
        finished_at = None if state in {TaskState.PENDING, TaskState.RUNNING} else draft.now
        mode = None if state is TaskState.COMPLETED else draft.task.cancel_mode
        waits = state is TaskState.PENDING and _is_wanted(draft.task)
        queued_at = (draft.task.queued_at or draft.now) if waits else None
        update = {"state": state, "finished_at": finished_at, "cancel_mode": mode, "queued_at": queued_at}
        draft.task = draft.task.model_copy(update=update)
        if state is TaskState.COMPLETED and before is not state:
            draft.emit(TaskCompleted, artifacts=tuple(_artifacts(draft.task)))
        if state is TaskState.FAILED and before is not state:
            draft.emit(TaskFailed, problem=_first_problem(draft.task))
        if state is TaskState.CANCELLED:
            cancelling.tell(draft)
    return draft.done()


def _finish_stage(draft: Draft, spec: StageSpec) -> bool:
    """End the stage if nothing of it is under way. Whether it is completed by that."""
    status = draft.task.stages[spec.name]
    units = status.units.values()
    if status.state is not StageState.RUNNING or any(unit.state in ACTIVE for unit in units):
        return False
    if any(unit.state is UnitState.CANCELLED for unit in units):
        cancelling.end_stage(draft, spec)
        return False
    if any(unit.state is UnitState.STALE for unit in units):
        draft.set_stage(spec.name, state=StageState.WAITING)
        return False
    failed = [unit for unit in units if unit.state is UnitState.FAILED]
    state = StageState.FAILED if failed else StageState.COMPLETED
    draft.set_stage(spec.name, state=state, finished_at=draft.now)
    if draft.task.is_direct:
        return not failed
    if failed:
        problem = failed[0].problem or Problem(code="unknown", message="the unit failed")
        draft.emit(StageFailed, stage=spec.name, segment=spec.segment, problem=problem)
        return False
    artifacts = tuple(
        artifact for key in sorted(status.units, key=unit_order) for artifact in status.units[key].artifacts
    )
    seconds = _seconds(status.started_at, draft.now)
    draft.emit(
        StageCompleted,
        stage=spec.name,
        segment=spec.segment,
        is_segment_result=spec.is_segment_result,
        duration_s=seconds,
        artifacts=artifacts,
    )
    return True


def _start_stage(draft: Draft, spec: StageSpec, *, is_new_input: bool) -> None:
    """Start the stage if it is ready. One that was started before an edit goes on with what is another now."""
    status, task = draft.task.stages[spec.name], draft.task
    if not task.has_place or task.cancel_mode is not None:
        return
    if not _is_ready(task, spec) and not (is_new_input and status.units and _has_inputs(task, spec)):
        return
    before = draft.task
    try:
        if status.units:
            freshness.refresh(draft, spec)
            return
        keys = [unit_key(page) for page in Request.registry[spec.name].units_of(before)]
        units = {key: Unit() for key in keys}
        draft.set_stage(spec.name, state=StageState.RUNNING, units=units, started_at=draft.now, finished_at=None)
        for key in keys:
            draft.request(Ref(spec.name, key), attempt=1)
    except freshness.UNMADE as error:
        draft.task = before
        for key in status.units:
            draft.withdraw(Ref(spec.name, key))
        problem = Problem(code="cannot-start", message=f"the order for {spec.name} could not be made: {error}"[:2000])
        draft.set_stage(spec.name, state=StageState.FAILED, units={}, finished_at=draft.now)
        draft.emit(StageFailed, stage=spec.name, segment=spec.segment, problem=problem)
    else:
        draft.emit(StageStarted, stage=spec.name, segment=spec.segment, unit_count=len(keys))


def _is_ready(task: Task, spec: StageSpec) -> bool:
    """Whether the stage is ordered, has not started, and has what it needs."""
    status = task.stages[spec.name]
    is_ordered = status.state is StageState.WAITING and status.execution_id is not None
    return is_ordered and _has_inputs(task, spec)


def _has_inputs(task: Task, spec: StageSpec) -> bool:
    return all(task.stages[need].state is StageState.COMPLETED for need in spec.needs)


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


def _order_at_last(draft: Draft, ref: Ref) -> None:
    """Make the order of a unit that was queued while the task had no place."""
    try:
        draft.request(ref, draft.task.stages[ref.stage].units[ref.key].ordered)
    except freshness.UNMADE as error:
        problem = Problem(code="cannot-start", message=f"the order for {ref.stage} could not be made: {error}"[:2000])
        draft.set_unit(ref, state=UnitState.FAILED, problem=problem, finished_at=draft.now)


def _give_up(draft: Draft, ref: Ref, problem: Problem) -> Task:
    attempt = draft.task.stages[ref.stage].units[ref.key].attempt
    state = UnitState.FAILED if draft.task.cancel_mode is None else UnitState.CANCELLED
    ended = {"worker": None, "lease_until": None, "progress": 0.0, "finished_at": draft.now}
    draft.set_unit(ref, state=state, problem=problem, **ended)
    draft.withdraw(ref)
    draft.emit(UnitFailed, stage=ref.stage, page=ref.page, attempt=attempt, problem=problem, will_retry=False)
    return settle(draft)


def _task_state(task: Task) -> TaskState:
    states = {status.state for status in task.stages.values()}
    if states == {StageState.COMPLETED} and not task.is_direct:
        return TaskState.COMPLETED
    if _is_wanted(task):
        return TaskState.RUNNING if task.has_place else TaskState.PENDING
    if task.cancel_mode is not None:
        return TaskState.CANCELLED
    return TaskState.FAILED if StageState.FAILED in states else TaskState.PENDING


def _is_wanted(task: Task) -> bool:
    """Whether something of it is under way, or would be if it had a place."""
    return any(
        task.stages[spec.name].state is StageState.RUNNING or _is_ready(task, spec) for spec in task.workflow.stages
    )


def _unit(task: Task, ref: Ref) -> Unit:
    status = task.stages.get(ref.stage)
    if status is None or ref.key not in status.units:
        raise Superseded(f"task {task.id} has no unit {ref.key} of {ref.stage}")
    return status.units[ref.key]


def _held(task: Task, ref: Ref, attempt: int) -> Unit:
    unit = _unit(task, ref)
    if unit.state is not UnitState.RUNNING or unit.attempt != attempt:
        raise Superseded(f"attempt {attempt} does not hold the unit: it is {unit.state} in attempt {unit.attempt}")
    return unit


def to_public_place(artifacts: Iterable[Artifact]) -> tuple[ObjectCopy, ...]:
    return tuple(ObjectCopy(source=artifact.uri, target=artifact.path) for artifact in artifacts)


def _artifacts(task: Task) -> Iterable[Artifact]:
    for status in task.stages.values():
        for key in sorted(status.units, key=unit_order):
            yield from status.units[key].artifacts


def _first_problem(task: Task) -> Problem:
    units: list[Mapping[str, Unit]] = [status.units for status in task.stages.values()]
    problems = [unit.problem for group in units for unit in group.values() if unit.state is UnitState.FAILED]
    return next((problem for problem in problems if problem), Problem(code="failed", message="a stage failed"))


def _seconds(start: datetime | None, end: datetime) -> float:
    return max(0.0, (end - start).total_seconds()) if start else 0.0
