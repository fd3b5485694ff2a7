"""Whether a unit is still what its order would be now, and what follows when it is not.

Parts of the rules of a task (:mod:`talestream.rules`), and as pure. Every unit keeps the hash of the inputs that it was
last ordered from. After an edit the order of some would be another one: they are ordered anew. One whose new inputs
are not known yet, because what it needs is made first, is stale until they are.
"""

from collections.abc import Iterable

from pydantic import ValidationError

from schemas import CONTROL_TOPIC, LookAgain, Problem, Request, StageSpec, StageState, Task, Unit, UnitState, unit_order
from talestream.draft import Draft, Ref
from talestream.inputs import inputs_hash

UNMADE = (LookupError, TypeError, ValueError, ValidationError)
"""What making an order raises when its inputs are not there, or do not fit."""


def cannot_start(stage: str, error: Exception) -> Problem:
    """Why a stage, or a unit of it, fails whose order cannot be made."""
    return Problem(code="cannot-start", message=f"the order for {stage} could not be made: {error}"[:2000])


def refs(task: Task, spec: StageSpec) -> list[Ref]:
    """The units of a stage, in page order."""
    return [Ref(spec.name, key) for key in sorted(task.stages[spec.name].units, key=unit_order)]


def is_fresh(task: Task, ref: Ref) -> bool:
    """Whether the unit's order, made now, says the same as the one that it was given."""
    known = task.stages[ref.stage].units[ref.key].inputs_hash
    return known is not None and known == _inputs_now(task, ref)


def is_there(task: Task, spec: StageSpec, ref: Ref) -> bool:
    """Whether everything is finished that the unit's order is made from: what its stage needs, and pages of others."""
    if not all(task.stages[need].state is StageState.COMPLETED for need in spec.needs):
        return False
    if ref.page is None:
        return all(task.stages[name].state is StageState.COMPLETED for name in spec.follows)
    first = max(1, ref.page - Request.registry[spec.name].pages_before)
    pages = [str(number) for number in range(first, ref.page + 1)]
    return all(_is_finished(task.stages[name].units.get(page)) for name in spec.follows for page in pages)


def refresh(draft: Draft, spec: StageSpec) -> None:
    """What the stage needs is finished: order anew each unit whose order is another one now, and keep the others."""
    for ref in refs(draft.task, spec):
        unit = draft.task.stages[ref.stage].units[ref.key]
        if not is_fresh(draft.task, ref):
            draft.set_stage(spec.name, state=StageState.RUNNING, finished_at=None)
            order_anew(draft, ref)
        elif unit.state is UnitState.STALE:
            draft.set_stage(spec.name, state=StageState.RUNNING, finished_at=None)
            draft.set_unit(ref, state=UnitState.COMPLETED, progress=1.0)


def take_up(draft: Draft, ref: Ref) -> None:
    """Order a stale unit whose inputs are known now; one that they are the same for after all is finished as it is."""
    if is_fresh(draft.task, ref):
        draft.set_unit(ref, state=UnitState.COMPLETED, progress=1.0)
        return
    before = draft.task
    try:
        order_anew(draft, ref)
    except UNMADE as error:
        draft.task = before
        draft.set_unit(ref, state=UnitState.FAILED, problem=cannot_start(ref.stage, error), finished_at=draft.now)


def redo(draft: Draft, planned: Iterable[Ref], execution_id: str) -> None:
    """Order these units anew, or note them as stale where something that they need has to be made first."""
    for ref in planned:
        is_ready = is_there(draft.task, draft.task.workflow.stage(ref.stage), ref)
        draft.set_stage(ref.stage, state=StageState.RUNNING, execution_id=execution_id, finished_at=None)
        if is_ready:
            order_anew(draft, ref)
        else:
            set_aside(draft, ref)


def order_anew(draft: Draft, ref: Ref) -> None:
    """Order the unit under the next attempt, as if for the first time. A former result stays until the new one."""
    unit = draft.task.stages[ref.stage].units[ref.key]
    attempt = unit.attempt + 1 if unit.ordered else unit.attempt
    former = {"result": unit.result, "artifacts": unit.artifacts, "jobs_forgotten": _jobs_in_vain(unit)}
    inputs = _inputs_now(draft.task, ref)
    draft.put_unit(ref, Unit(attempt=attempt, ordered=attempt, inputs_hash=inputs, **former))
    draft.request(ref, attempt)
    _fence(draft, unit)


def set_aside(draft: Draft, ref: Ref) -> None:
    """Note the unit as stale. A result whose inputs turn out to be the same after all is taken as it is."""
    unit = draft.task.stages[ref.stage].units[ref.key]
    has_result = unit.state in {UnitState.COMPLETED, UnitState.STALE}
    known = unit.inputs_hash if has_result else None
    left = {"worker": None, "lease_until": None, "progress": 0.0, "note": "", "problem": None, "job": None}
    draft.set_unit(ref, state=UnitState.STALE, inputs_hash=known, jobs_forgotten=_jobs_in_vain(unit), **left)
    draft.withdraw(ref)
    _fence(draft, unit)


def _is_finished(unit: Unit | None) -> bool:
    return unit is not None and unit.state is UnitState.COMPLETED


def _inputs_now(task: Task, ref: Ref) -> str | None:
    """The hash of what the unit would be ordered from now; None while that is not there."""
    try:
        return inputs_hash(Request.registry[ref.stage].of(task, ref.page, attempt=1))
    except UNMADE:
        return None


def _jobs_in_vain(unit: Unit) -> int:
    """Jobs of the unit that came to nothing: the one that a provider does now is for inputs that are no longer."""
    return unit.jobs_forgotten + (unit.job is not None)


def _fence(draft: Draft, unit: Unit) -> None:
    """Let whoever runs the unit learn at once that it does so in vain."""
    if unit.state is UnitState.RUNNING:
        key = f"control-look-again-{draft.task.revision}"
        draft.send(CONTROL_TOPIC, LookAgain(task_id=draft.task.id), key=key)
