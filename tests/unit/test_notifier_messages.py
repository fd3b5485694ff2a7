"""What the notifier reads from the events topic, and what it tells clients of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from schemas import EVENTS_TOPIC, Artifact, Event, OutboxEntry, StageCompleted, StageFailed, TaskCreated, UnitProgressed
from schemas.base import Problem
from services.notifier.fanout import decode
from services.notifier.message import told
from services.notifier.subscription import Progress
from talestream.cloud_events import Undecodable, encode
from talestream.event_log import LoggedEvent

WHEN = datetime(2024, 5, 1, 12, 30, 0, 250_000, tzinfo=UTC)
PICTURE = Artifact(
    uri="s3://talestream/generated_stories/5/image/p1.a1.png",
    path="generated_stories/5/image/p1.png",
    role="picture",
    mime="image/png",
    size_bytes=10,
    sha256="0" * 64,
)


def record(event: Event, sequence: int | None, **changes: Any) -> "ConsumerRecord[bytes, bytes]":
    entry = OutboxEntry(
        id="e-1",
        type=type(event).__name__,
        topic=EVENTS_TOPIC,
        key="5",
        data=event.model_dump(mode="json"),
        not_before=WHEN,
    )
    value, headers = encode(entry, "test", WHEN, sequence)
    fields: dict[str, Any] = {"value": value, "headers": tuple(headers), "timestamp": 0} | changes
    return ConsumerRecord(
        topic=EVENTS_TOPIC,
        partition=0,
        offset=3,
        timestamp_type=0,
        key=b"5",
        checksum=None,
        serialized_key_size=1,
        serialized_value_size=len(value),
        **fields,
    )


def logged(event: Event) -> LoggedEvent:
    item = decode(record(event, 9))
    assert isinstance(item, LoggedEvent)
    return item


def test_a_durable_event_is_read_as_it_stands_in_the_log() -> None:
    event = StageCompleted(task_id=5, owner="user:7", stage="image", segment=2, artifacts=(PICTURE,))
    found = logged(event)
    assert (found.id, found.owner, found.sequence, found.task_id, found.time) == ("e-1", "user:7", 9, 5, WHEN)
    assert found.event == event


def test_progress_is_read_without_a_number() -> None:
    event = UnitProgressed(task_id=5, owner="user:7", stage="image", page=2, attempt=1, progress=0.5)
    assert decode(record(event, None)) == Progress(event, WHEN)


def test_a_durable_event_without_a_number_says_nothing_to_clients() -> None:
    assert decode(record(TaskCreated(task_id=5, owner="user:7"), None)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"value": b"\xff{"},
        {"value": None},
        {"value": b"[]"},
        {"headers": ()},
        {"headers": (("ce_type", b"NeverHeardOf"),)},
    ],
)
def test_what_is_no_event_is_refused_as_undecodable(changes: dict[str, Any]) -> None:
    with pytest.raises(Undecodable):
        decode(record(TaskCreated(task_id=5, owner="user:7"), 1, **changes))


def test_a_message_with_a_broken_time_happened_when_it_was_published() -> None:
    headers = (("ce_type", b"TaskCreated"), ("ce_sequence", b"4"), ("ce_time", b"yesterday"))
    published = int((WHEN + timedelta(seconds=1)).timestamp())
    found = decode(record(TaskCreated(task_id=5, owner="user:7"), 4, headers=headers, timestamp=published))
    assert isinstance(found, LoggedEvent)
    assert found.time == datetime.fromtimestamp(published, UTC)


def test_the_end_of_a_segment_is_told_in_the_words_of_the_contract() -> None:
    event = StageCompleted(task_id=5, owner="user:7", stage="image", segment=2, artifacts=(PICTURE,))
    message = told(logged(event), with_detail=False)
    assert message is not None
    assert (
        message.items()
        >= {
            "type": "segment_finished",
            "task_id": 5,
            "segment_id": 2,
            "status": "completed",
            "resources": ["generated_stories/5/image/p1.png"],
            "cursor": 9,
        }.items()
    )


def test_a_failed_segment_is_told_with_its_error() -> None:
    problem = Problem(code="timeout", message="took too long")
    message = told(
        logged(StageFailed(task_id=5, owner="user:7", stage="image", segment=2, problem=problem)), with_detail=False
    )
    assert message is not None
    assert (
        message.items()
        >= {"type": "segment_failed", "segment_id": 2, "status": "failed", "error": "took too long"}.items()
    )


def test_detail_and_progress_are_told_only_to_who_asks() -> None:
    created = logged(TaskCreated(task_id=5, owner="user:7"))
    progress = Progress(UnitProgressed(task_id=5, owner="user:7", stage="image", attempt=1, progress=0.5), WHEN)
    assert told(created, with_detail=False) is None
    assert told(progress, with_detail=False) is None
    assert (told(created, with_detail=True) or {})["type"] == "task_created"
    assert (told(progress, with_detail=True) or {})["progress"] == 0.5


def test_an_event_of_a_later_version_is_stepped_over() -> None:
    later = logged(TaskCreated(task_id=5, owner="user:7")).model_copy(update={"type": "TaskApplauded"})
    assert told(later, with_detail=True) is None
