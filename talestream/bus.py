"""Kafka: messages as CloudEvents 1.0 in binary mode, and a process's connection through restarts of the broker."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiokafka.errors import KafkaError
from pydantic import TypeAdapter, ValidationError

from schemas import CONTROL_TOPIC, EVENTS_TOPIC, Event, LookAtJob, OutboxEntry, Record, Request
from talestream.clock import Clock
from talestream.doorbells import Doorbells, fetch_when_rung
from talestream.endings import end
from talestream.incarnation import LARGEST_MESSAGE, find_incarnation
from talestream.metrics import BROKER_INCARNATIONS
from talestream.settings import KafkaSettings
from talestream.telemetry import logger
from talestream.waiting import at_most, within

SOURCE = "/talestream"
"""The ``ce_source`` of everything that Talestream publishes; the service's name follows."""

Headers = list[tuple[str, bytes]]

R = TypeVar("R", bound=Record)

FIRST_LOOK_S, LONGEST_LOOK_S = 5.0, 60.0
"""How long it may take to find out which broker this is before that is given up and begun again. Doubled each time: a
broker that has just come back may leave a request without an answer, and a busy machine needs longer."""
LOOK_AGAIN_S = 0.3
ANSWER_S = 10.0
"""How long the broker has for an answer, where it need not wait for others to give it."""
CLOSE_S = 2.0
LONGEST_UNIT_MS = 7 * 24 * 3600 * 1000
"""While all its slots are taken, a worker asks for nothing. That it lives, its heartbeat tells."""

_ANY: TypeAdapter[Any] = TypeAdapter(Any)
_log = logger(__name__)


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


class Broker:
    """The connection of one process to Kafka, through restarts of the broker."""

    def __init__(self, settings: KafkaSettings, service: str, clock: Clock) -> None:
        self.settings = settings
        self.service = service
        self.incarnation = ""
        self._clock = clock
        self._producer: AIOKafkaProducer | None = None
        self._watch: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[], None]] = []
        self._doorbells = Doorbells(settings.doorbells) if settings.doorbells else None

    def on_new_incarnation(self, listener: Callable[[], None]) -> None:
        """Call ``listener`` whenever the broker turns out to be new and empty, once its topics are there."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Wait for the broker, create the topics, and start the producer."""
        await self._see()
        self._watch = asyncio.create_task(self._watch_incarnation(), name="broker-watch")

    async def stop(self) -> None:
        """Flush and close."""
        if self._watch is not None:
            await end(self._watch)
        if self._producer is not None:
            await within(5, self._producer.stop())
        if self._doorbells is not None:
            self._doorbells.close()

    def is_ready(self) -> bool:
        """Whether the broker was seen and its topics exist."""
        return bool(self.incarnation)

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> asyncio.Future[Any]:
        """Hand a message to the producer. The future is done when the broker has it, or fails with KafkaError."""
        if self._producer is None:
            raise KafkaError("the producer is not started")
        sent: asyncio.Future[Any] = await self._producer.send(topic, value=value, key=key, headers=headers)
        if self._doorbells is not None:
            sent.add_done_callback(partial(self._ring, self._doorbells, topic))
        return sent

    @staticmethod
    def _ring(doorbells: Doorbells, topic: str, sent: "asyncio.Future[Any]") -> None:
        if not sent.cancelled() and sent.exception() is None:
            doorbells.ring(topic)

    async def send_live(self, event: Event) -> None:
        """Publish an event that is worth nothing later: not logged, not repeated, lost without harm."""
        await self._send_once(EVENTS_TOPIC, event, event.task_id)

    async def broadcast(self, message: LookAtJob) -> None:
        """Tell every worker something that is worth nothing later. Lost without harm, also while the broker is away."""
        await self._send_once(CONTROL_TOPIC, message, message.task_id)

    async def _send_once(self, topic: str, message: Record, task_id: int) -> None:
        entry = OutboxEntry(
            id=uuid.uuid4().hex,
            type=type(message).__name__,
            topic=topic,
            key=str(task_id),
            data=message.model_dump(mode="json"),
            not_before=self._clock.now(),
        )
        value, headers = encode(entry, self.service, entry.not_before)
        with suppress(KafkaError):
            await self.send(topic, entry.key.encode(), value, headers)

    def group(self, stage: str) -> str:
        """The consumer group of a stage's workers, on this incarnation of the broker alone.

        A consumer that outlives its broker joins its group again on the new one, before anybody knows that it is new,
        and commits there how far it had read on the old one. Read on from such an offset, the new broker's messages
        before it would never be seen.
        """
        return f"talestream-{stage}-{self.incarnation[:8]}"

    def consumer(self, topics: Sequence[str], group: str | None, *, from_start: bool = True) -> AIOKafkaConsumer:
        """A consumer that commits nothing by itself. Without a group it sees every message of its topics."""
        return AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self.settings.bootstrap,
            client_id=f"talestream-{self.service}",
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if from_start else "latest",
            fetch_max_wait_ms=self.settings.fetch_max_wait_ms,
            session_timeout_ms=int(self.settings.session_timeout_s * 1000),
            heartbeat_interval_ms=int(self.settings.heartbeat_s * 1000),
            request_timeout_ms=int((ANSWER_S + self.settings.session_timeout_s) * 1000),
            metadata_max_age_ms=30_000,
            max_poll_interval_ms=LONGEST_UNIT_MS,
        )

    @asynccontextmanager
    async def attending(self, consumer: AIOKafkaConsumer, topic: str) -> AsyncIterator[None]:
        """Let a consumer, started but not subscribed yet, fetch when rung for the topic, where there are doorbells."""
        if self._doorbells is None:
            yield
            return
        async with self._doorbells.answering(topic) as bell:
            fetch_when_rung(consumer, bell, self.settings.fetch_max_wait_ms / 1000)
            yield

    async def _watch_incarnation(self) -> None:
        while True:
            await self._clock.sleep(self.settings.incarnation_check_s)
            await self._see()

    async def _see(self) -> None:
        """Look which broker this is, as often as it takes to be told. What is away is logged once."""
        look_s, is_away = FIRST_LOOK_S, False
        while True:
            try:
                await at_most(look_s, self._look())
                break
            except (KafkaError, OSError, TimeoutError) as error:
                if not is_away:
                    _log.warning("waiting for the broker", address=self.settings.bootstrap, reason=repr(error))
                is_away = True
                if isinstance(error, TimeoutError):
                    look_s = min(2 * look_s, LONGEST_LOOK_S)
            await self._clock.sleep(LOOK_AGAIN_S)
        if is_away:
            _log.info("the broker answers", address=self.settings.bootstrap)

    async def _look(self) -> None:
        found, known = await find_incarnation(self.settings), self.incarnation
        if found == known:
            return
        await self._renew_producer()
        self.incarnation = found
        if known:
            _log.warning("the broker is a new one: everything under way is published again", incarnation=found)
            BROKER_INCARNATIONS.inc()
            for listener in self._listeners:
                listener()

    async def _renew_producer(self) -> None:
        """Start a new producer: one that has known an earlier broker keeps what it learned of it."""
        old = self._producer
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.bootstrap,
            client_id=f"talestream-{self.service}",
            acks="all",
            enable_idempotence=self.settings.idempotent_producer,
            request_timeout_ms=int(ANSWER_S * 1000),
            max_request_size=LARGEST_MESSAGE,
        )
        try:
            await producer.start()
        except BaseException:
            await within(CLOSE_S, producer.stop())
            raise
        self._producer = producer
        if old is not None:
            await within(CLOSE_S, old.stop())


def json_bytes(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _ANY.dump_json(data)
