"""Stages that follow others page by page: a page starts as soon as those pages are finished that its order speaks of.

Parts of the rules of a task (:mod:`talestream.rules`), and as pure. A page of such a stage that cannot start yet is
stale, as after an edit: what it is made from is not known. Its stage runs on while a stage that it follows does.
"""

from schemas import Request, StageSpec, StageState, StageStatus, Task, Unit, UnitState, unit_key
from talestream import freshness
from talestream.draft import Draft, Ref


def first_units(task: Task, spec: StageSpec) -> dict[str, Unit]:
    """The units of a stage that starts; LookupError when it is not known how many there are.

    In a stage that follows others each waits for its first order.
    """
    unit = Unit(state=UnitState.STALE, ordered=0) if spec.follows else Unit()
    return {unit_key(page): unit for page in Request.registry[spec.name].units_of(task)}


def can_start(task: Task, spec: StageSpec) -> bool:
    """Whether any page of a stage that does not run could be ordered, as far as the stages go that it follows."""
    units = task.stages[spec.name].units
    finished = task.stages[spec.follows[0]].units if spec.follows else {}
    keys = [key for key, unit in (units or finished).items() if not units or unit.state is UnitState.STALE]
    return not spec.follows or any(freshness.is_there(task, spec, Ref(spec.name, key)) for key in keys)


def go_on(draft: Draft, spec: StageSpec, *, is_new_input: bool) -> None:
    """Order the pages whose time has come, in a stage that has started, and set those aside whose order speaks of pages
    that are redone. ``is_new_input``: what the stage needs was redone.
    """
    if not spec.follows or not draft.task.has_place or draft.task.cancel_mode is not None:
        return
    for ref in freshness.refs(draft.task, spec):
        is_stale = draft.task.stages[spec.name].units[ref.key].state is UnitState.STALE
        is_there = freshness.is_there(draft.task, spec, ref)
        is_old = not is_stale and (is_new_input or not is_there) and not freshness.is_fresh(draft.task, ref)
        if is_old or (is_stale and is_there):
            draft.set_stage(spec.name, state=StageState.RUNNING, finished_at=None)
        if is_old:
            freshness.set_aside(draft, ref)
        if is_there and (is_old or is_stale):
            freshness.take_up(draft, ref)


def waits_for_pages(task: Task, spec: StageSpec) -> bool:
    """Whether a stage that it follows may finish more pages without anybody's doing."""
    return any(task.stages[name].state is StageState.RUNNING for name in spec.follows)


def has_failed(status: StageStatus) -> bool:
    """Whether something of a stage has failed that a retry would run again: of one that waits, some pages may have."""
    is_at_rest = status.state is StageState.WAITING
    return status.state is StageState.FAILED or (
        is_at_rest and any(unit.state is UnitState.FAILED for unit in status.units.values())
    )
