"""Kafka: the connection of a process, through restarts of the broker."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import CONTROL_TOPIC, EVENTS_TOPIC, Event, LookAtJob, OutboxEntry, Record
from talestream.clock import Clock
from talestream.cloud_events import Headers, encode
from talestream.doorbells import Doorbells
from talestream.endings import end
from talestream.incarnation import LARGEST_MESSAGE, find_incarnation, narrow_topics
from talestream.metrics import BROKER_INCARNATIONS
from talestream.reading import PROMPT_MS, Reader, RungReader
from talestream.settings import KafkaSettings
from talestream.telemetry import logger
from talestream.waiting import at_most, within

FIRST_LOOK_S, LONGEST_LOOK_S = 5.0, 60.0
"""How long it may take to find out which broker this is before that is given up and begun again. Doubled each time: a
broker that has just come back may leave a request without an answer, and a busy machine needs longer."""
LOOK_AGAIN_S = 0.3
ANSWER_S = 10.0
"""How long the broker has for an answer, where it need not wait for others to give it."""
CLOSE_S = 2.0
LONGEST_UNIT_MS = 7 * 24 * 3600 * 1000
"""While all its slots are taken, a worker asks for nothing. That it lives, its heartbeat tells."""

_log = logger(__name__)


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

    def consumer(
        self, topics: Sequence[str], group: str | None, *, from_start: bool = True, is_attended: bool = False
    ) -> AIOKafkaConsumer:
        """A consumer that commits nothing by itself. Without a group it sees every message of its topics.

        ``is_attended``: what it is given is read as :meth:`attending` does.
        """
        is_rung = is_attended and self._doorbells is not None
        return AIOKafkaConsumer(
            *topics,
            bootstrap_servers=self.settings.bootstrap,
            client_id=f"talestream-{self.service}",
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest" if from_start else "latest",
            fetch_max_wait_ms=PROMPT_MS if is_rung else self.settings.fetch_max_wait_ms,
            session_timeout_ms=int(self.settings.session_timeout_s * 1000),
            heartbeat_interval_ms=int(self.settings.heartbeat_s * 1000),
            request_timeout_ms=int((ANSWER_S + self.settings.session_timeout_s) * 1000),
            metadata_max_age_ms=30_000,
            max_poll_interval_ms=LONGEST_UNIT_MS,
        )

    @asynccontextmanager
    async def attending(self, consumer: AIOKafkaConsumer, topic: str) -> AsyncIterator[Reader]:
        """Read a topic by a consumer that was made to be attended: when rung for it, where there are doorbells."""
        if self._doorbells is None:
            yield Reader(consumer)
            return
        async with self._doorbells.answering(topic) as bell:
            yield RungReader(consumer, bell)

    async def _watch_incarnation(self) -> None:
        while True:
            await self._clock.sleep(self.settings.incarnation_check_s)
            try:
                await self._see()
            except Exception:  # whoever looks no more never learns that the broker is a new one
                _log.exception("it could not be seen which broker this is; it is looked again")

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
        if narrow := await narrow_topics(self.settings):
            _log.warning(
                "topics have fewer partitions than configured, and as many workers of a stage have work at once; "
                "give them more, or lower the setting",
                topics=narrow,
                configured=self.settings.partitions,
            )
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
