"""Events as the objects that clients are told."""

from datetime import UTC, datetime
from typing import Any

from schemas import (
    Artifact,
    Event,
    Problem,
    StageCancelled,
    StageCompleted,
    StageFailed,
    TaskCreated,
    TaskFailed,
    UnitCompleted,
    UnitProgressed,
)
from talestream.event_log import LoggedEvent
from talestream.notifications import live_notification, notification, resources_of

NOW = datetime(2026, 1, 1, 12, 0, 0, 250_000, tzinfo=UTC)
OF_TASK: dict[str, Any] = {"task_id": 7, "owner": "user:1", "workflow": "story-video"}
BROKEN = Problem(code="timeout", message="it took too long")


def artifact(path: str, role: str) -> Artifact:
    return Artifact(
        uri=f"s3://talestream/x/{path}",
        path=f"generated_stories/7/{path}",
        role=role,
        mime="application/octet-stream",
        size_bytes=1,
        sha256="0" * 64,
    )


def logged(event: Event) -> LoggedEvent:
    data = event.model_dump(mode="json")
    return LoggedEvent(id="e-1", owner="user:1", sequence=42, task_id=7, type=type(event).__name__, time=NOW, data=data)


def test_a_finished_segment_is_exactly_as_the_contract_says_with_fields_added() -> None:
    artifacts = (artifact("output.mp4", "film"), artifact("output.srt", "captions"))
    told = notification(logged(StageCompleted(**OF_TASK, stage="video", segment=5, artifacts=artifacts)))
    assert told == {
        "type": "segment_finished",
        "task_id": 7,
        "segment_id": 5,
        "status": "completed",
        "resources": ["generated_stories/7/output.mp4"],
        "progress": 1.0,
        "stage": "video",
        "event_id": "e-1",
        "cursor": 42,
        "time": "2026-01-01T12:00:00.250Z",
    }


def test_a_failed_segment_is_exactly_as_the_contract_says_with_fields_added() -> None:
    told = notification(logged(StageFailed(**OF_TASK, stage="music", segment=5, problem=BROKEN)))
    assert told == {
        "type": "segment_failed",
        "task_id": 7,
        "segment_id": 5,
        "status": "failed",
        "error": "it took too long",
        "code": "timeout",
        "stage": "music",
        "event_id": "e-1",
        "cursor": 42,
        "time": "2026-01-01T12:00:00.250Z",
    }


def test_a_cancelled_segment_failed_because_it_was_cancelled() -> None:
    told = notification(logged(StageCancelled(**OF_TASK, stage="image", segment=2)))
    assert told is not None
    assert (told["type"], told["segment_id"], told["error"]) == ("segment_failed", 2, "cancelled")


def test_a_helper_stage_does_not_finish_its_segment() -> None:
    event = logged(StageCompleted(**OF_TASK, stage="music", segment=5, is_segment_result=False))
    assert notification(event) is None
    told = notification(event, detail=True)
    assert told is not None
    assert told["type"] == "stage_completed"


def test_a_stage_without_a_segment_is_told_in_detail_alone() -> None:
    for event in (StageCompleted(**OF_TASK, stage="review"), StageFailed(**OF_TASK, stage="review", problem=BROKEN)):
        assert notification(logged(event)) is None
        assert notification(logged(event), detail=True) is not None


def test_everything_else_is_told_to_those_who_ask_for_detail() -> None:
    for event in (TaskCreated(**OF_TASK), TaskFailed(**OF_TASK, problem=BROKEN)):
        assert notification(logged(event)) is None
    told = notification(logged(TaskFailed(**OF_TASK, problem=BROKEN)), detail=True)
    assert told is not None
    assert told["type"] == "task_failed"
    assert told["problem"]["message"] == "it took too long"
    assert told["cursor"] == 42


def test_no_notification_tells_of_owners_object_keys_or_a_stages_raw_result() -> None:
    event = UnitCompleted(
        **OF_TASK, stage="image", page=2, attempt=1, artifacts=(artifact("image/p2.png", "picture"),), result={"a": 1}
    )
    told = notification(logged(event), detail=True)
    assert told is not None
    assert told["resources"] == ["generated_stories/7/image/p2.png"]
    assert not {"owner", "result", "artifacts"} & set(told)
    assert "s3://" not in str(told)


def test_progress_is_live_and_has_no_cursor() -> None:
    told = live_notification(UnitProgressed(**OF_TASK, stage="image", page=2, attempt=1, progress=0.5, note="sky"), NOW)
    assert told["type"] == "unit_progressed"
    assert (told["page"], told["progress"], told["note"]) == (2, 0.5, "sky")
    assert "cursor" not in told


def test_an_event_of_a_later_version_is_stepped_over() -> None:
    unknown = logged(TaskCreated(**OF_TASK)).model_copy(update={"type": "TaskAdmired"})
    assert notification(unknown, detail=True) is None


def test_the_resources_of_a_stage_are_its_results_or_else_everything() -> None:
    clip, words, track = (artifact(path, role) for path, role in (("a", "narration"), ("b", "words"), ("c", "music")))
    assert resources_of([clip, words]) == [clip]
    assert resources_of([track]) == [track]
    assert resources_of([]) == []
