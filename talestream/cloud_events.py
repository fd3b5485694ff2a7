"""Messages on Kafka: CloudEvents 1.0 in binary mode, with bodies of JSON."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from aiokafka import ConsumerRecord
from pydantic import TypeAdapter, ValidationError

from schemas import Event, OutboxEntry, Record, Request

SOURCE = "/talestream"
"""The ``ce_source`` of everything that Talestream publishes; the service's name follows."""

Headers = list[tuple[str, bytes]]

R = TypeVar("R", bound=Record)

_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class Undecodable(ValueError):
    """The message is not what its topic carries. The text says why."""


class Received(Protocol):
    """A message as it lies on its topic, or lay there before it was set aside."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True)
class Shipment:
    """What an order says of the outbox that it comes from: whoever takes it can mark that with the claim."""

    incarnation: str
    """Of the broker to which it was published."""
    told: tuple[str, ...] = ()
    """Keys of its task's events that are out."""


@dataclass(frozen=True)
class Envelope:
    """The CloudEvents attributes of a message. What the publisher left out is filled from where it lies."""

    id: str
    type: str
    source: str
    sequence: int | None = None
    owner: str | None = None
    shipment: Shipment | None = None
    """Of an order that Talestream published."""

    @property
    def is_ours(self) -> bool:
        """Whether Talestream published it, rather than another system."""
        return self.source.startswith(SOURCE)


def encode(
    entry: OutboxEntry,
    service: str,
    time: datetime,
    sequence: int | None = None,
    shipment: Shipment | None = None,
) -> tuple[bytes, Headers]:
    """The value and headers of a message on the wire. ``sequence`` is an event's place in its owner's log."""
    task_id = int(entry.data["task_id"])
    headers = {
        "ce_specversion": "1.0",
        "ce_id": entry.id,
        "ce_type": entry.type,
        "ce_source": f"{SOURCE}/{service}",
        "ce_subject": entry.key,
        "ce_time": time.isoformat().replace("+00:00", "Z"),
        "content-type": "application/json",
        "traceparent": traceparent(task_id, entry.id),
    }
    if sequence is not None:
        headers |= {"ce_sequence": str(sequence), "ce_owner": str(entry.data["owner"])}
    if shipment is not None:
        headers |= {"ce_incarnation": shipment.incarnation, "ce_told": ",".join(shipment.told)}
    return json_bytes(entry.data), [(name, value.encode()) for name, value in headers.items()]


def envelope(record: Received) -> Envelope:
    """The CloudEvents attributes of a record."""
    found = {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}
    sequence = found.get("ce_sequence", "")
    told = tuple(filter(None, found.get("ce_told", "").split(",")))
    is_ours = found.get("ce_source", "").startswith(SOURCE)
    return Envelope(
        id=found.get("ce_id") or f"{record.topic}/{record.partition}/{record.offset}",
        type=found.get("ce_type", ""),
        source=found.get("ce_source", ""),
        sequence=int(sequence) if sequence.isdecimal() else None,
        owner=found.get("ce_owner"),
        shipment=Shipment(found["ce_incarnation"], told) if is_ours and "ce_incarnation" in found else None,
    )


def decode_request(record: Received, kind: type[Request]) -> Request:
    """The request in a record. Undecodable says what is wrong with it."""
    declared = envelope(record).type
    if declared not in {"", kind.__name__}:
        raise Undecodable(f"ce_type is {declared!r}, but this topic carries {kind.__name__}")
    return parse(kind, record.value)


def decode_event(record: "ConsumerRecord[bytes, bytes]") -> Event:
    """The event in a record. Undecodable says what is wrong with it."""
    declared = envelope(record).type
    if declared not in Event.registry:
        raise Undecodable(f"unknown event type {declared!r}")
    return parse(Event.registry[declared], record.value)


def parse(kind: type[R], value: bytes | None) -> R:
    """The message of that type in a value. Undecodable names each place that is wrong."""
    if value is None:
        raise Undecodable("the message has no value")
    try:
        return kind.model_validate_json(value)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'value'}: {item['msg']}" for item in error.errors())
        raise Undecodable(f"not a {kind.__name__}: {places}"[:2000]) from error


def traceparent(task_id: int, message_id: str) -> str:
    """The W3C trace context of a message: one trace a task, one span a message."""
    trace = hashlib.blake2b(str(task_id).encode(), digest_size=16, person=b"talestream-trace").hexdigest()
    span = hashlib.blake2b(message_id.encode(), digest_size=8, person=b"talestream-span").hexdigest()
    return f"00-{trace}-{span}-01"


def json_bytes(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _ANY.dump_json(data)
