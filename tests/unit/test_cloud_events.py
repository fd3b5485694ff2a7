"""Messages on the wire: CloudEvents in binary mode, and what is said of those that are none."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import EVENTS_TOPIC, ImageRequested, OutboxEntry, StoryRequested, UnitProgressed
from talestream.cloud_events import Shipment, Undecodable, decode_event, decode_request, encode, envelope, traceparent

NOW = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def record(value: bytes | None, headers: list[tuple[str, bytes]] | None = None) -> Any:
    return SimpleNamespace(topic="t", partition=1, offset=2, key=None, value=value, headers=headers or [])


def entry(message: Any, topic: str) -> OutboxEntry:
    data = message.model_dump(mode="json")
    return OutboxEntry(id="7-x", type=type(message).__name__, topic=topic, key="7/1", data=data, not_before=NOW)


def test_a_message_travels_as_a_cloudevent_and_comes_back_the_same() -> None:
    sent = ImageRequested(task_id=7, page=1, prompt="狐狸")
    value, headers = encode(entry(sent, ImageRequested.topic_name()), "api", NOW)
    by_name = {name: text.decode() for name, text in headers}
    assert by_name["ce_specversion"] == "1.0"
    assert by_name["ce_id"] == "7-x"
    assert by_name["ce_type"] == "ImageRequested"
    assert by_name["ce_source"] == "/talestream/api"
    assert by_name["ce_subject"] == "7/1"
    assert by_name["ce_time"] == "2026-01-01T12:30:00Z"
    assert by_name["content-type"] == "application/json"
    assert "狐狸" in value.decode("utf-8")
    assert decode_request(record(value, headers), ImageRequested) == sent
    assert envelope(record(value, headers)).is_ours


def test_an_event_carries_its_owner_and_its_place_in_their_log() -> None:
    event = UnitProgressed(task_id=7, owner="user:1", stage="image", page=1, attempt=1, progress=0.5)
    value, headers = encode(entry(event, EVENTS_TOPIC), "image", NOW, sequence=12)
    found = envelope(record(value, headers))
    assert (found.owner, found.sequence, found.type) == ("user:1", 12, "UnitProgressed")
    assert decode_event(record(value, headers)) == event


def test_an_order_says_what_of_its_outbox_is_out_and_is_believed_if_it_is_ours() -> None:
    order = entry(ImageRequested(task_id=7, page=1, prompt="x"), ImageRequested.topic_name())
    shipment = Shipment("broker-1", ("event-00000001-0000", "event-00000001-0001"))
    value, headers = encode(order, "story", NOW, shipment=shipment)
    assert envelope(record(value, headers)).shipment == shipment
    foreign = [(name, text) for name, text in headers if name != "ce_source"]
    assert envelope(record(value, foreign)).shipment is None
    assert envelope(record(*encode(order, "story", NOW))).shipment is None


def test_a_foreign_message_needs_no_headers() -> None:
    found = envelope(record(b"{}"))
    assert (found.id, found.type, found.is_ours) == ("t/1/2", "", False)
    request = decode_request(record(b'{"task_id": 5, "topic": "a fox"}'), StoryRequested)
    assert request == StoryRequested(task_id=5, topic="a fox")


def test_fields_of_a_later_version_are_stepped_over() -> None:
    assert decode_request(record(b'{"task_id": 5, "topic": "x", "lens": 1}'), StoryRequested).task_id == 5


@pytest.mark.parametrize(
    ("value", "headers", "said"),
    [
        (None, [], "no value"),
        (b"{", [], "Invalid JSON"),
        (b"{}", [], "task_id: Field required"),
        (b'{"task_id": 9007199254740992, "topic": "x"}', [], "task_id"),
        (b'{"task_id": 1, "topic": ""}', [], "topic"),
        (b'{"task_id": 1, "topic": "x"}', [("ce_type", b"ImageRequested")], "carries StoryRequested"),
    ],
)
def test_what_cannot_be_decoded_says_where_and_why(value: bytes | None, headers: Any, said: str) -> None:
    with pytest.raises(Undecodable, match=said):
        decode_request(record(value, headers), StoryRequested)


json_values = st.recursive(st.none() | st.integers() | st.text(), st.lists)


@given(st.binary(max_size=200) | json_values.map(json.dumps).map(str.encode))
def test_bytes_that_are_no_request_are_undecodable(value: bytes) -> None:
    with pytest.raises(Undecodable):
        decode_request(record(value), StoryRequested)


def test_all_messages_of_a_task_belong_to_one_trace() -> None:
    first, second = traceparent(7, "a"), traceparent(7, "b")
    assert first.split("-")[1] == second.split("-")[1] != traceparent(8, "a").split("-")[1]
    assert first.split("-")[2] != second.split("-")[2]
    assert [len(part) for part in first.split("-")] == [2, 32, 16, 2]
