"""What becomes of messages that arrived, or cannot go out as they are: rules, pure as the others."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from schemas import EVENTS_TOPIC, Artifact, Problem, Task, UnitState
from talestream.draft import Draft, Ref
from talestream.settling import give_up


def arrived(task: Task, ref: Ref, incarnation: str, told: Collection[str]) -> Task:
    """Mark the order of a unit, which has come from this broker, and the events of which it says that they are out."""
    outbox = {key: entry for key, entry in task.outbox.items() if key not in told or entry.topic != EVENTS_TOPIC}
    if ref.outbox_key in outbox:
        outbox[ref.outbox_key] = outbox[ref.outbox_key].model_copy(update={"published_in": incarnation})
    return task.model_copy(update={"outbox": outbox})


def publish_without(task: Task, key: str, entry_id: str, lost: Mapping[str, str], now: datetime) -> Task:
    """Let an event go out without these copies, and label the artifacts: in the task, and in every event still to come.

    ``lost`` says why, by the URI of the object that should have been copied. A task whose outbox has no such copy, any
    longer, stays as it is.
    """
    entry = task.outbox.get(key)
    if entry is None or entry.id != entry_id or not any(copy.source in lost for copy in entry.copies):
        return task
    draft = Draft(task, now)
    for stage, status in task.stages.items():
        for unit_key, unit in status.units.items():
            if any(artifact.uri in lost for artifact in unit.artifacts):
                artifacts = tuple(_labelled(artifact, lost) for artifact in unit.artifacts)
                draft.set_unit(Ref(stage, unit_key), artifacts=artifacts)
    for waiting_key, waiting in task.outbox.items():
        if not any(made["uri"] in lost for made in waiting.data.get("artifacts", ())):
            continue
        made = [
            _labelled(Artifact.model_validate(one), lost).model_dump(mode="json") for one in waiting.data["artifacts"]
        ]
        changes: dict[str, Any] = {"data": {**waiting.data, "artifacts": made}}
        if waiting_key == key:
            changes["copies"] = tuple(copy for copy in entry.copies if copy.source not in lost)
        draft.put_entry(waiting_key, waiting.model_copy(update=changes))
    return draft.done()


def give_up_unsent(task: Task, key: str, entry_id: str, problem: Problem, now: datetime) -> Task:
    """Give up the unit whose order the broker will never take. A task with another order by now stays as it is."""
    entry = task.outbox.get(key)
    if entry is None or entry.id != entry_id:
        return task
    for stage, status in task.stages.items():
        for unit_key, unit in status.units.items():
            ref = Ref(stage, unit_key)
            if ref.outbox_key == key and unit.state is UnitState.QUEUED:
                return give_up(Draft(task, now), ref, problem)
    return task


def _labelled(artifact: Artifact, lost: Mapping[str, str]) -> Artifact:
    if artifact.uri not in lost:
        return artifact
    reasons = [artifact.degraded, f"it could not be published: {lost[artifact.uri]}"]
    return artifact.model_copy(update={"degraded": "; ".join(filter(None, reasons))})
