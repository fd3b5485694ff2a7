"""Edits: a page is changed after the fact, and only what depends on it is redone.

Rules as pure as those in :mod:`talestream.rules`. What an edit makes necessary is found by comparison: the units whose
orders would be others now (:mod:`talestream.freshness`), and so on through the workflow.
"""

from collections.abc import Iterable
from datetime import datetime

from schemas import WHOLE, Artifact, PageEdit, RedoneUnit, Task, TaskEdited, UnitState
from talestream.draft import Draft, Ref
from talestream.freshness import is_fresh, redo, refs
from talestream.rules import NotAllowed, refuse_ended, to_public_place
from talestream.settling import settle


def edit(
    task: Task, page: int, change: PageEdit, execution_id: str, now: datetime, script: Artifact | None = None
) -> Task:
    """Change a page and redo what depends on it, nothing else: the task's next revision begins.

    ``script`` is the story's script with the change, stored already. Raises as :func:`edited`.
    """
    changed = edited(task, page, change)
    if changed is task:
        return task
    planned = plan(changed)
    draft = Draft(changed, now)
    stored = (script,) if script else ()
    if script:
        story = Ref("story", WHOLE)
        others = [
            artifact for artifact in changed.stages["story"].units[WHOLE].artifacts if artifact.path != script.path
        ]
        draft.set_unit(story, artifacts=(*others, script))
    draft.emit(
        TaskEdited,
        revision=changed.revision,
        page=page,
        redone=tuple(RedoneUnit(stage=ref.stage, page=ref.page) for ref in planned),
        artifacts=stored,
        copies=to_public_place(stored),
    )
    redo(draft, planned, execution_id)
    return settle(draft) if planned else draft.done()


def edited(task: Task, page: int, change: PageEdit) -> Task:
    """The next revision of the task, in which the page is changed; the very task when nothing would be another.

    Only the fields that ``change`` was given count; None takes back what was changed before. NotAllowed: the task was
    cancelled, its story is not written yet, or has no such page.
    """
    refuse_ended(task, "be edited")
    try:
        pages, order = task.written_script.pages, task.order
    except LookupError as error:
        raise NotAllowed("not-written", "the story of this task is not written yet") from error
    if not 1 <= page <= len(pages):
        raise NotAllowed("unknown-page", f"there is no page {page}: the story has pages 1 to {len(pages)}")
    written = pages[page - 1]
    as_it_was = {"story": written.story, "image_prompt": written.image_prompt, "voice": order.voice}
    before = task.edit_of(page)
    given = change.model_dump(exclude_unset=True)
    after = before.model_copy(
        update={name: None if value == as_it_was.get(name) else value for name, value in given.items()}
    )
    if after == before:
        return task
    edits = {key: known for key, known in task.edits.items() if key != str(page)}
    if after != PageEdit():
        edits[str(page)] = after
    return task.model_copy(update={"revision": task.revision + 1, "edits": edits})


def plan_edit(task: Task, page: int, change: PageEdit) -> tuple[Ref, ...]:
    """What the edit makes necessary once more, in the order of the workflow. Raises as :func:`edited`."""
    return plan(edited(task, page, change))


def plan(task: Task) -> tuple[Ref, ...]:
    """The units whose orders would be others now, as far as can be foreseen; those that are stale already are left out.

    What is made anew is not known yet, so whatever reads it counts as changed. Only a script is foreseen: its texts
    are those of the task, and a narration that is the same keeps its segments.
    """
    planned: list[Ref] = []
    for spec in task.workflow.stages:
        old = [ref for ref in refs(task, spec) if not is_fresh(task, ref)]
        task = _without_results(task, old)
        planned += [ref for ref in old if task.stages[ref.stage].units[ref.key].state is not UnitState.STALE]
    return tuple(planned)


def _without_results(task: Task, unknown: Iterable[Ref]) -> Task:
    stages = dict(task.stages)
    for ref in unknown:
        units = dict(stages[ref.stage].units)
        if "script" not in (units[ref.key].result or {}):
            units[ref.key] = units[ref.key].model_copy(update={"result": None, "artifacts": ()})
            stages[ref.stage] = stages[ref.stage].model_copy(update={"units": units})
    return task.model_copy(update={"stages": stages})
