"""Kafka: messages as CloudEvents 1.0 in binary mode, the topics, the producer, and which broker this is.

A broker may come back empty. So that this is noticed, the first record of :data:`INCARNATION_TOPIC` names the broker's
incarnation; whoever finds the topic empty writes a candidate, and the record at offset 0 counts for all.
"""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError
from pydantic import TypeAdapter, ValidationError

from schemas import CONTROL_TOPIC, DEAD_LETTERS_TOPIC, EVENTS_TOPIC, Event, LookAtJob, OutboxEntry, Record, Request
from talestream.clock import Clock
from talestream.endings import end
from talestream.metrics import BROKER_INCARNATIONS
from talestream.settings import KafkaSettings
from talestream.telemetry import logger

INCARNATION_TOPIC = "talestream.incarnation.v1"
SOURCE = "/talestream"
"""The ``ce_source`` of everything that Talestream publishes; the service's name follows."""

Headers = list[tuple[str, bytes]]

R = TypeVar("R", bound=Record)

CHECK_S = 45.0
"""How long a check of the incarnation may take before it is given up and begun again."""
LONGEST_UNIT_MS = 7 * 24 * 3600 * 1000
"""While all its slots are taken, a worker asks for nothing. That it lives, its heartbeat tells."""

_TOPIC_EXISTS = 36
_FOREVER = {"retention.ms": "-1"}
"""A broker that forgot its incarnation after a week would be taken for none at all."""
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
class Envelope:
    """The CloudEvents attributes of a message. What the publisher left out is filled from where it lies."""

    id: str
    type: str
    source: str
    sequence: int | None = None
    owner: str | None = None

    @property
    def is_ours(self) -> bool:
        """Whether Talestream published it, rather than another system."""
        return self.source.startswith(SOURCE)


def encode(entry: OutboxEntry, service: str, time: datetime, sequence: int | None = None) -> tuple[bytes, Headers]:
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
    return json_bytes(entry.data), [(name, value.encode()) for name, value in headers.items()]


def envelope(record: Received) -> Envelope:
    """The CloudEvents attributes of a record."""
    found = {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}
    sequence = found.get("ce_sequence", "")
    return Envelope(
        id=found.get("ce_id") or f"{record.topic}/{record.partition}/{record.offset}",
        type=found.get("ce_type", ""),
        source=found.get("ce_source", ""),
        sequence=int(sequence) if sequence.isdecimal() else None,
        owner=found.get("ce_owner"),
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
        self._listeners: list[Callable[[], Awaitable[None]]] = []

    def on_new_incarnation(self, listener: Callable[[], Awaitable[None]]) -> None:
        """Call ``listener`` whenever the broker turns out to be new and empty, once its topics are there."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Wait for the broker, create the topics, and start the producer."""
        while True:
            try:
                self.incarnation = await self._find_incarnation()
                await self._renew_producer()
                break
            except (KafkaError, OSError, TimeoutError) as error:
                _log.info("waiting for the broker", address=self.settings.bootstrap, reason=repr(error))
                await self._clock.sleep(0.3)
        self._watch = asyncio.create_task(self._watch_incarnation(), name="broker-watch")

    async def stop(self) -> None:
        """Flush and close."""
        if self._watch is not None:
            await end(self._watch)
        if self._producer is not None:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(self._producer.stop(), 5)

    def is_ready(self) -> bool:
        """Whether the broker was seen and its topics exist."""
        return bool(self.incarnation)

    async def send(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> asyncio.Future[Any]:
        """Hand a message to the producer. The future is done when the broker has it, or fails with KafkaError."""
        if self._producer is None:
            raise KafkaError("the producer is not started")
        sent: asyncio.Future[Any] = await self._producer.send(topic, value=value, key=key, headers=headers)
        return sent

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
            metadata_max_age_ms=30_000,
            max_poll_interval_ms=LONGEST_UNIT_MS,
        )

    def pace(self, consumer: AIOKafkaConsumer, *, is_busy: bool) -> None:
        """Say whether a consumer's next message is expected at any moment, or may as well be long in coming.

        Only for a broker that lets a fetch wait its time even when there is a message (the embedded one does): there
        the wait is the latency. aiokafka fixes it when a consumer is made.
        """
        busy_wait_ms, fetcher = self.settings.fetch_busy_wait_ms, consumer._fetcher
        if busy_wait_ms is not None and fetcher is not None:
            fetcher._fetch_max_wait_ms = busy_wait_ms if is_busy else self.settings.fetch_max_wait_ms

    async def _watch_incarnation(self) -> None:
        while True:
            await self._clock.sleep(self.settings.incarnation_check_s)
            try:
                async with asyncio.timeout(CHECK_S):
                    await self._check_incarnation()
            except (KafkaError, OSError, TimeoutError) as error:
                _log.warning("the broker does not answer", reason=repr(error))

    async def _check_incarnation(self) -> None:
        """Begin anew with a broker that is a new one. What fails half-way is begun again at the next check."""
        found = await self._find_incarnation()
        if found == self.incarnation:
            return
        await self._renew_producer()
        _log.warning("the broker is a new one: everything under way is published again", incarnation=found)
        BROKER_INCARNATIONS.inc()
        self.incarnation = found
        for listener in self._listeners:
            await listener()

    async def _find_incarnation(self) -> str:
        place = TopicPartition(INCARNATION_TOPIC, 0)
        await self._create_topics()
        consumer = self.consumer((), None)
        try:
            await asyncio.wait_for(consumer.start(), 10)
            consumer.assign([place])
            end = (await asyncio.wait_for(consumer.end_offsets([place]), 5))[place]
            if end == 0:
                await self._write_candidate()
            await consumer.seek_to_beginning(place)
            first: ConsumerRecord[bytes, bytes] = await asyncio.wait_for(consumer.getone(place), 5)
            return (first.value or b"").decode()
        finally:
            await consumer.stop()

    async def _create_topics(self) -> None:
        stages = [kind.topic_name() for kind in Request.registry.values()]
        wide = [*stages, EVENTS_TOPIC]
        narrow = [CONTROL_TOPIC, DEAD_LETTERS_TOPIC, INCARNATION_TOPIC]
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        try:
            await asyncio.wait_for(admin.start(), 10)
            missing = {*wide, *narrow} - set(await admin.list_topics())
            if not missing:
                return
            answer: Any = await admin.create_topics(
                [
                    NewTopic(
                        name,
                        self.settings.partitions if name in wide else 1,
                        self.settings.replication,
                        topic_configs=_FOREVER if name == INCARNATION_TOPIC else {},
                    )
                    for name in sorted(missing)
                ]
            )
            for topic, code, *message in answer.topic_errors:
                if code not in {0, _TOPIC_EXISTS}:
                    raise KafkaError(f"topic {topic} could not be created: {code} {message}")
        finally:
            await admin.close()

    async def _write_candidate(self) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.settings.bootstrap, acks="all")
        try:
            await asyncio.wait_for(producer.start(), 10)
            await asyncio.wait_for(producer.send_and_wait(INCARNATION_TOPIC, uuid.uuid4().hex.encode()), 10)
        finally:
            await producer.stop()

    async def _renew_producer(self) -> None:
        """Start a new producer: one that has known an earlier broker keeps what it learned of it."""
        old = self._producer
        producer = AIOKafkaProducer(
            bootstrap_servers=self.settings.bootstrap,
            client_id=f"talestream-{self.service}",
            acks="all",
            enable_idempotence=self.settings.idempotent_producer,
            request_timeout_ms=10_000,
            max_request_size=4 << 20,
        )
        await asyncio.wait_for(producer.start(), 10)
        self._producer = producer
        if old is not None:
            with suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(old.stop(), 2)


def json_bytes(data: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return _ANY.dump_json(data)
