"""How a task is cancelled: what is stopped, what is finished first, and what was kept and what was wasted.

Parts of the rules of a task (:mod:`talestream.rules`), and as pure.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from schemas import (
    Cancellation,
    CancelMode,
    StageCancelled,
    StageSpec,
    StageState,
    Task,
    TaskCancelled,
    TaskState,
    Unit,
    UnitState,
    WorkedUnit,
    unit_order,
    unit_page,
)
from talestream.draft import Draft, Ref

_UNFINISHED = frozenset({StageState.WAITING, StageState.RUNNING})
_OPEN = frozenset({UnitState.QUEUED, UnitState.RUNNING, UnitState.STALE})


def stop(draft: Draft) -> None:
    """Cancel at once everything that has not ended."""
    draft.task = draft.task.model_copy(update={"cancel_mode": CancelMode.NOW})
    _drop(draft, lambda unit: unit.state in _OPEN)
    update = {"state": TaskState.CANCELLED, "queued_at": None, "finished_at": draft.now}
    draft.task = draft.task.model_copy(update=update)
    tell(draft)


def wind_down(draft: Draft) -> None:
    """Cancel everything that nobody runs and nobody was paid for.

    The rest goes on, and the task with it, until it has an outcome: what runs, and a job at a provider that waits to be
    resumed by the next attempt.
    """
    draft.task = draft.task.model_copy(update={"cancel_mode": CancelMode.KEEP})
    _drop(draft, lambda unit: unit.state is UnitState.STALE or (unit.state is UnitState.QUEUED and unit.job is None))


def end_stage(draft: Draft, spec: StageSpec) -> None:
    """Cancel a stage of which nothing runs any more."""
    status = draft.task.stages[spec.name]
    draft.set_stage(spec.name, state=StageState.CANCELLED, finished_at=draft.now)
    if status.state is StageState.RUNNING and not draft.task.is_direct:
        draft.emit(StageCancelled, stage=spec.name, segment=spec.segment)


def tell(draft: Draft) -> None:
    """Tell that the task is cancelled, with the account of it."""
    draft.emit(TaskCancelled, cancellation=cancellation(draft.task))


def is_cancelled(task: Task) -> bool:
    """Whether it is cancelled, or will be when what still runs has ended."""
    return task.cancel_mode is not None or task.state is TaskState.CANCELLED


def cancellation(task: Task) -> Cancellation:
    """What became of the work on a task that was cancelled."""
    units = list(_units(task))
    wasted = tuple(_worked(ref, unit, unit.finished_at) for ref, unit in units if _is_wasted(unit))
    return Cancellation(
        mode=task.cancel_mode or CancelMode.NOW,
        kept=tuple(_worked(ref, unit, unit.finished_at) for ref, unit in units if unit.state is UnitState.COMPLETED),
        finishing=tuple(_worked(ref, unit, task.updated_at) for ref, unit in units if _is_active(unit)),
        wasted=wasted,
        wasted_s=round(sum(unit.seconds for unit in wasted), 3),
        unstarted_units=sum(unit.state is UnitState.CANCELLED and unit.started_at is None for _, unit in units),
        unstarted_stages=()
        if task.is_direct
        else tuple(
            name for name, status in task.stages.items() if status.state is StageState.CANCELLED and not status.units
        ),
    )


def _drop(draft: Draft, is_doomed: Callable[[Unit], bool]) -> None:
    """Cancel these of the units, withdraw their orders, and cancel each stage that has no active one then."""
    for spec in draft.task.workflow.stages:
        status = draft.task.stages.get(spec.name)
        if status is None or status.state not in _UNFINISHED:
            continue
        for key, unit in status.units.items():
            if not is_doomed(unit):
                continue
            ref = Ref(spec.name, key)
            began = unit.started_at if unit.state is UnitState.RUNNING else None
            ended = {"worker": None, "lease_until": None, "started_at": began, "finished_at": draft.now}
            draft.set_unit(ref, state=UnitState.CANCELLED, **ended)
            draft.withdraw(ref)
        if not any(_is_active(unit) for unit in draft.task.stages[spec.name].units.values()):
            end_stage(draft, spec)


def _units(task: Task) -> Iterator[tuple[Ref, Unit]]:
    for stage, status in task.stages.items():
        for key in sorted(status.units, key=unit_order):
            yield Ref(stage, key), status.units[key]


def _is_active(unit: Unit) -> bool:
    return unit.state in {UnitState.QUEUED, UnitState.RUNNING}


def _is_wasted(unit: Unit) -> bool:
    """Whether work on the unit came to nothing. One that was cancelled in the queue does not tell when it began."""
    return unit.state is UnitState.FAILED or (unit.state is UnitState.CANCELLED and unit.started_at is not None)


def _worked(ref: Ref, unit: Unit, until: datetime | None) -> WorkedUnit:
    seconds = (until - unit.started_at).total_seconds() if until and unit.started_at else 0.0
    return WorkedUnit(stage=ref.stage, page=unit_page(ref.key), seconds=round(max(0.0, seconds), 3))
