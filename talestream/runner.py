"""The stage runner: takes orders from a stage's topic, one at a time a slot, and has each carried to its outcome.

A partition gives its next order when the last one has its outcome. The offset is committed once the outcome is in the
database. SIGTERM drains: what runs is finished, or handed back when it takes too long. When what fails says that the
fault is ours, no work is taken for a while (:mod:`talestream.dead_letter_limit`). What becomes of a message is told in
:mod:`talestream.carrier`.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from talestream.attempt import HandedBack, Withheld
from talestream.cancels import Cancels
from talestream.carrier import Carrier
from talestream.endings import end
from talestream.health import Checks
from talestream.offsets import Offsets
from talestream.provider_watch import ProviderWatch
from talestream.providers import Providers
from talestream.reading import Found, Message, Reader
from talestream.runtime import Runtime
from talestream.stage import Stage
from talestream.telemetry import logger
from talestream.turns import Turns
from talestream.waiting import unless, within

POLL_S = 0.5
"""How often a worker that waits for orders looks whether it must stop."""
TRIES = 7
"""How often a message may break the runner itself, over about two minutes, before it is set aside."""
STOP_S = 3.0
"""How long a drained attempt may take to stop, and each further step of leaving."""

_log = logger(__name__)


class StageWorker:
    """One process's share of a stage."""

    def __init__(self, stage: "Stage[Any, Any]", runtime: Runtime, providers: Providers | None = None) -> None:
        """``providers`` None: it has its own, as configured."""
        self.stage = stage
        self.runtime = runtime
        providers = providers or Providers(runtime.settings.providers)
        self.providers = ProviderWatch(stage.provider_stage, providers, runtime)
        self._carrier = Carrier(stage, runtime, providers)
        self._slots = runtime.settings.worker.slots or providers.slots(stage.provider_stage) or stage.slots
        self._running: dict[TopicPartition, asyncio.Task[None]] = {}
        self._left_over: set[asyncio.Task[None]] = set()
        """What still runs of an earlier consumer's messages, after the broker was lost."""
        self._freed = asyncio.Event()
        """Set when a message got its outcome: its partition, and a slot, are free."""
        self._broke_at: dict[TopicPartition, tuple[int, int]] = {}
        """The message of each partition that broke the runner itself, and how often it did."""
        self._turns = Turns()
        self._is_assigned = False
        self._renew = asyncio.Event()

    async def readiness(self) -> Checks:
        """What this worker needs, for ``/readyz``."""
        return {**await self.runtime.readiness(), **self.own_checks(), "provider": self.providers.check}

    def own_checks(self) -> Checks:
        """What says whether it takes work, whatever the connections and providers that it may share."""
        return {
            "assigned": self._is_assigned,
            "accepting": not self._carrier.is_draining,
            "dead_letters": self._carrier.limit.reason or True,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``, then drain."""
        self.runtime.broker.on_new_incarnation(self._renew.set)
        control = asyncio.create_task(
            Cancels(self.runtime, self._carrier.spec, self._carrier.attempts).follow(), name="control"
        )
        try:
            while not stop.is_set():
                if pause_s := self._carrier.limit.pause_s():
                    await unless(self.runtime.clock.sleep(pause_s), stop)
                    continue
                self._renew.clear()
                consumer = self.runtime.broker.consumer(
                    (), self.runtime.broker.group(self.stage.name), is_attended=True
                )
                offsets = Offsets(consumer, self.runtime.clock)
                committing = asyncio.create_task(offsets.keep_up(), name="offsets")
                try:
                    await unless(self._consume(consumer, offsets), stop, self._renew)
                except (KafkaError, OSError) as error:
                    _log.warning("the broker failed this consumer; it begins anew", reason=repr(error))
                    await self.runtime.clock.sleep(1)
                finally:
                    committing.cancel()
                    await self._leave(consumer, offsets, is_final=stop.is_set())
            if not self._carrier.is_draining:  # told to stop during a pause
                await self._drain()
        finally:
            await end(control)

    async def _consume(self, consumer: AIOKafkaConsumer, offsets: Offsets) -> None:
        """Take messages until cancelled: a poll may last as long as the broker is away or the group changes."""
        await consumer.start()
        topic = self.stage.consumes.topic_name()
        async with self.runtime.broker.attending(consumer, topic) as reader:
            consumer.subscribe([topic], listener=_Rebalance(self, offsets))
            while True:
                self._freed.clear()
                for place, records in (await self._next(consumer, reader)).items():
                    self._turns.taken()
                    for record in records:
                        handling = asyncio.create_task(
                            self._handle(consumer, offsets, place, record), name=f"{place}@{record.offset}"
                        )
                        self._running[place] = handling
                        handling.add_done_callback(partial(self._forget, place))

    async def _next(self, consumer: AIOKafkaConsumer, reader: Reader) -> Found:
        """One message of a partition of which none is under way, if there is one, and a slot for it."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._freed.wait())]
        if asked := self._asked(consumer):
            waits.append(asyncio.ensure_future(reader.next_of(asked, POLL_S)))
        else:
            reader.rest()
        try:
            await asyncio.wait(waits, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            _, *found = await asyncio.gather(*waits, return_exceptions=True)
        if not found or isinstance(found[0], asyncio.CancelledError):
            return {}
        if isinstance(found[0], BaseException):
            raise found[0]
        records: Found = found[0]
        return records

    def _asked(self, consumer: AIOKafkaConsumer) -> set[TopicPartition]:
        """The partitions to ask for a message; none while there is no room for one."""
        if self._carrier.limit.reason is None:
            self._turns.all_is_well()
        if len(self._running) + len(self._left_over) >= self._carrier.limit.room(self._slots):
            self._turns.taken()
            return set()
        return set() if self._renew.is_set() else self._turns.next(consumer.assignment(), self._running)

    def _forget(self, place: TopicPartition, handled: "asyncio.Task[None]") -> None:
        if self._running.get(place) is handled:
            del self._running[place]
        self._freed.set()

    async def _leave(self, consumer: AIOKafkaConsumer, offsets: Offsets, *, is_final: bool) -> None:
        """Leave the group. At the end, let what runs finish or hand it back; else it runs on, its lease keeps it."""
        for handling in self._running.values():
            self._left_over.add(handling)
            handling.add_done_callback(self._left_over.discard)
        self._running = {}
        if is_final:
            await self._drain()
        self._is_assigned = False
        await within(STOP_S, offsets.commit())
        await within(STOP_S, consumer.stop())

    async def _drain(self) -> None:
        self._carrier.is_draining = True
        if not self._left_over:
            return
        _log.info("draining", units=len(self._left_over))
        await asyncio.wait(self._left_over, timeout=self.runtime.settings.worker.drain_s)
        for attempt in self._carrier.under_way():
            attempt.stop(HandedBack())
        if self._left_over:
            await asyncio.wait(self._left_over, timeout=STOP_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):  # their work does not stop; its late results will be dropped
                await asyncio.gather(*map(self._carrier.hand_back, self._carrier.under_way()), return_exceptions=True)

    def rebalanced(self, *, is_assigned: bool) -> None:
        """Told by the consumer's group."""
        self._is_assigned = is_assigned

    async def _handle(
        self, consumer: AIOKafkaConsumer, offsets: Offsets, place: TopicPartition, record: Message
    ) -> None:
        """Carry one message to a durable outcome; only then is its offset one to commit."""
        try:
            await self._carrier.carry(record)
        except Withheld:
            self._withhold(place)
            return
        except HandedBack:
            return
        except Exception as error:
            _log.exception("the message could not be handled")
            try:
                is_set_aside = await self._give_up_in_time(place, record, error)
            except Withheld:
                self._withhold(place)
                return
            if not is_set_aside:
                with suppress(KafkaError, ValueError):
                    consumer.seek(place, record.offset)
                return
        offsets.passed(place, record.offset)

    async def _give_up_in_time(self, place: TopicPartition, record: Message, error: Exception) -> bool:
        """Wait before a message that broke the runner itself is delivered again. True when it was set aside instead."""
        offset, tries = self._broke_at.get(place, (record.offset, 0))
        tries = tries + 1 if offset == record.offset else 1
        self._broke_at[place] = record.offset, tries
        if tries < TRIES:
            await self.runtime.clock.sleep(min(30.0, 2.0 ** (tries - 1)))
            return False
        await self._carrier.give_up(record, error, tries)
        return True

    def _withhold(self, place: TopicPartition) -> None:
        """Leave the group, and try what others have before this partition, until something succeeds."""
        self._turns.withheld(place)
        self._renew.set()


class _Rebalance(ConsumerRebalanceListener):
    """Tells the worker what its group gave it."""

    def __init__(self, worker: StageWorker, offsets: Offsets) -> None:
        self._worker = worker
        self._offsets = offsets

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """An attempt whose partition moved runs on: its lease keeps the unit, and the new owner waits for it."""
        await self._offsets.commit()

    async def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        self._worker.rebalanced(is_assigned=True)
