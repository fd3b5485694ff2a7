"""Settling a task: what the end of a unit does to its stage, to the task, and to the stages that waited for it.

Parts of the rules of a task (:mod:`talestream.rules`), and as pure. Every rule that changes units ends here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from schemas import (
    Artifact,
    Problem,
    StageCompleted,
    StageFailed,
    StageSpec,
    StageStarted,
    StageState,
    Task,
    TaskCompleted,
    TaskFailed,
    TaskState,
    Unit,
    UnitFailed,
    UnitState,
    unit_order,
)
from talestream import cancelling, following, freshness
from talestream.draft import Draft, Ref

ACTIVE = frozenset({UnitState.QUEUED, UnitState.RUNNING})
"""States of a unit that is under way: somebody works on it, or is ordered to."""


def settle(draft: Draft) -> Task:
    """After units changed: finish the stages that are finished, start those that are ready, say where the task is.

    Without a place nothing starts: then the task waits for one.
    """
    before = draft.task.state
    finished: set[str] = set()
    for spec in draft.task.workflow.stages:
        is_new_input = not finished.isdisjoint(spec.needs)
        _start_stage(draft, spec, is_new_input=is_new_input)
        following.go_on(draft, spec, is_new_input=is_new_input)
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


def give_up(draft: Draft, ref: Ref, problem: Problem) -> Task:
    """End the unit without a result, and settle."""
    attempt = draft.task.stages[ref.stage].units[ref.key].attempt
    state = UnitState.FAILED if draft.task.cancel_mode is None else UnitState.CANCELLED
    ended = {"worker": None, "lease_until": None, "progress": 0.0, "finished_at": draft.now}
    draft.set_unit(ref, state=state, problem=problem, **ended)
    draft.withdraw(ref)
    draft.emit(UnitFailed, stage=ref.stage, page=ref.page, attempt=attempt, problem=problem, will_retry=False)
    return settle(draft)


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
        if not following.waits_for_pages(draft.task, spec):
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
    seconds = seconds_between(status.started_at, draft.now)
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
    if not task.has_place or task.cancel_mode is not None or (spec.follows and status.units):
        return
    if not _is_ready(task, spec) and not (is_new_input and status.units and _has_inputs(task, spec)):
        return
    before = draft.task
    try:
        if status.units:
            freshness.refresh(draft, spec)
            return
        units = following.first_units(before, spec)
        draft.set_stage(spec.name, state=StageState.RUNNING, units=units, started_at=draft.now, finished_at=None)
        for key in () if spec.follows else units:
            draft.request(Ref(spec.name, key), attempt=1)
    except freshness.UNMADE as error:
        draft.task = before
        for key in status.units:
            draft.withdraw(Ref(spec.name, key))
        draft.set_stage(spec.name, state=StageState.FAILED, units={}, finished_at=draft.now)
        problem = freshness.cannot_start(spec.name, error)
        draft.emit(StageFailed, stage=spec.name, segment=spec.segment, problem=problem)
    else:
        draft.emit(StageStarted, stage=spec.name, segment=spec.segment, unit_count=len(units))


def _is_ready(task: Task, spec: StageSpec) -> bool:
    """Whether the stage is ordered, has not started, and has what it needs."""
    status = task.stages[spec.name]
    is_ordered = status.state is StageState.WAITING and status.execution_id is not None
    return is_ordered and _has_inputs(task, spec) and following.can_start(task, spec)


def _has_inputs(task: Task, spec: StageSpec) -> bool:
    return all(task.stages[need].state is StageState.COMPLETED for need in spec.needs)


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


def _artifacts(task: Task) -> Iterable[Artifact]:
    for status in task.stages.values():
        for key in sorted(status.units, key=unit_order):
            yield from status.units[key].artifacts


def _first_problem(task: Task) -> Problem:
    units: list[Mapping[str, Unit]] = [status.units for status in task.stages.values()]
    problems = [unit.problem for group in units for unit in group.values() if unit.state is UnitState.FAILED]
    return next((problem for problem in problems if problem), Problem(code="failed", message="a stage failed"))


def seconds_between(start: datetime | None, end: datetime) -> float:
    """Never negative: clocks differ. 0 when it never began."""
    return max(0.0, (end - start).total_seconds()) if start else 0.0
