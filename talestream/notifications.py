"""What clients are told: an event as the JSON object that streams push and polling lists.

Two types are the contract with clients in the field: ``segment_finished`` and ``segment_failed``. They alone are sent
unless a client asks for detail, in which case every other durable event comes as an object of its own type
(``unit_completed``, ``task_failed``, ...), and progress as ``unit_progressed``.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from schemas import (
    Artifact,
    Event,
    StageCancelled,
    StageCompleted,
    StageFailed,
    Task,
    TaskState,
    UnitCompleted,
    UnitProgressed,
)
from talestream import standing
from talestream.event_log import LoggedEvent
from talestream.log_reading import Gap, Interruption
from talestream.snapshot import Snapshot

Notification = dict[str, Any]
SegmentStatus = Literal["pending", "running", "completed", "failed"]

RESULT_ROLES = frozenset({"script", "picture", "narration", "film"})
"""What a segment is run for. Whatever else its stage makes, such as captions, can be had but is not listed."""

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


def resources_of(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """The artifacts of a finished stage that clients are shown as its resources: its results, else everything."""
    everything = list(artifacts)
    return [artifact for artifact in everything if artifact.role in RESULT_ROLES] or everything


def notification(logged: LoggedEvent, *, detail: bool = False) -> Notification | None:
    """The object for one event of the durable log; None when clients are told nothing of it.

    ``cursor`` is where a stream resumes behind it, ``event_id`` is unique, ``progress`` is that of what is told about.
    An event that only a later version of Talestream knows is stepped over.
    """
    if logged.type not in Event.registry:
        return None
    event = logged.event
    told = _segment_message(event) or (_detail_message(event) if detail else None)
    return told and {**told, "event_id": logged.id, "cursor": logged.sequence, "time": _iso(logged.time)}


def live_notification(event: UnitProgressed, time: datetime) -> Notification:
    """The object for progress, which is in no log: without a cursor, and sent to those alone who ask for detail."""
    return {**_detail_message(event), "time": _iso(time)}


def interruption_notification(interruption: Interruption) -> Notification:
    """The object that tells a client that it cannot go on where it left off: what it missed is gone.

    ``cursor`` is where it goes on, ``asked`` the cursor that it came with.
    """
    match interruption.gap:
        case Gap.TOO_OLD:
            detail = f"events up to {interruption.cursor} are no longer kept"
        case Gap.UNKNOWN:
            detail = f"this cursor was never given: the last one is {interruption.cursor}"
    return {
        "type": interruption.gap.value,
        "cursor": interruption.cursor,
        "asked": interruption.asked,
        "detail": f"{detail}; ask for the tasks themselves, or for a snapshot",
    }


def snapshot_notification(snapshot: Snapshot) -> Notification:
    """The object that tells where every active task stands; what follows its ``cursor`` is not in it."""
    return {
        "type": "snapshot",
        "cursor": snapshot.cursor,
        "time": _iso(snapshot.time),
        "tasks": [
            {
                "task_id": task.id,
                "state": task.state.value,
                "current_segment": standing.finished_segments(task),
                "status": status_of(task),
                "progress": round(standing.progress(task), 4),
            }
            for task in snapshot.tasks
        ],
    }


def status_of(task: Task) -> SegmentStatus:
    """The task's state in the four words that clients know: a cancelled task has failed.

    One that waits for its turn is running: to its clients, ``pending`` means that they must order the next segment.
    """
    return "running" if task.queued_at is not None else _STATUS[task.state]


_STATUS: dict[TaskState, SegmentStatus] = {
    TaskState.PENDING: "pending",
    TaskState.RUNNING: "running",
    TaskState.COMPLETED: "completed",
    TaskState.FAILED: "failed",
    TaskState.CANCELLED: "failed",
}


def _segment_message(event: Event) -> Notification | None:
    match event:
        case StageCompleted(segment=int(segment), is_segment_result=True):
            return {
                "type": "segment_finished",
                "task_id": event.task_id,
                "segment_id": segment,
                "status": "completed",
                "resources": [artifact.path for artifact in resources_of(event.artifacts)],
                "progress": 1.0,
                "stage": event.stage,
            }
        case StageFailed(segment=int(segment)):
            problem = event.problem
            told = _failed(event, segment, event.stage, problem.message, problem.code)
            return told | ({"remedy": problem.remedy} if problem.remedy else {})
        case StageCancelled(segment=int(segment)):
            return _failed(event, segment, event.stage, "cancelled", "cancelled")
    return None


def _failed(event: Event, segment: int, stage: str, error: str, code: str) -> Notification:
    return {
        "type": "segment_failed",
        "task_id": event.task_id,
        "segment_id": segment,
        "status": "failed",
        "error": error,
        "code": code,
        "stage": stage,
    }


def _detail_message(event: Event) -> Notification:
    told: Notification = {"type": _WORD.sub("_", type(event).__name__).lower()}
    told |= event.model_dump(mode="json", exclude={"owner", "artifacts", "result"}, exclude_none=True)
    match event:
        case StageCompleted() | UnitCompleted():
            told |= {"resources": [artifact.path for artifact in event.artifacts], "progress": 1.0}
    return told


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
