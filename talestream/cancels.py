"""Cancels, and the like, as a worker hears of them on the control topic."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas import CONTROL_TOPIC, CancelTask, LookAgain, LookAtJob, StageSpec, Task, unit_key
from talestream import direct, rules
from talestream.attempt import Attempt, FencedOff
from talestream.cloud_events import Undecodable, envelope, parse
from talestream.draft import Ref
from talestream.reading import Reader
from talestream.runtime import Runtime
from talestream.telemetry import logger
from talestream.waiting import within

STOP_S = 3.0
LOOK_S = 0.5
"""How often it is looked for messages of which nobody rang, where there are doorbells."""

_log = logger(__name__)


class Cancels:
    """Ours stop what this worker runs of the task; those of other systems cancel what they have ordered."""

    def __init__(self, runtime: Runtime, spec: StageSpec, attempts: Mapping[int, set[Attempt]]) -> None:
        """``attempts``: what this worker runs at the moment, by task. ``spec``: for orders that came in by topic."""
        self._runtime = runtime
        self._spec = spec
        self._attempts = attempts

    async def follow(self) -> None:
        """Stop what is cancelled, as soon as it is. Whoever misses the broadcast learns it by its lease."""
        while True:
            broker = self._runtime.broker
            consumer = broker.consumer((CONTROL_TOPIC,), None, from_start=False, is_attended=True)
            try:
                await consumer.start()
                async with broker.attending(consumer, CONTROL_TOPIC) as reader:
                    while True:
                        await self._obey_next(reader, consumer.assignment())
            except (KafkaError, OSError) as error:
                _log.warning("lost the control topic for a moment", reason=repr(error))
                await self._runtime.clock.sleep(1)
            except Exception:
                _log.exception("lost the control topic for a moment")
                await self._runtime.clock.sleep(1)
            finally:
                await within(STOP_S, consumer.stop())

    async def _obey_next(self, reader: Reader, places: Collection[TopicPartition]) -> None:
        for records in (await reader.next_of(places, LOOK_S)).values():
            for record in records:
                with suppress(Undecodable):
                    await self._obey(record)

    async def _obey(self, record: "ConsumerRecord[bytes, bytes]") -> None:
        kind = envelope(record)
        if kind.type == LookAgain.__name__ and kind.is_ours:
            for attempt in self._attempts.get(parse(LookAgain, record.value).task_id, ()):
                attempt.look_again()
            return
        if kind.type == LookAtJob.__name__ and kind.is_ours:
            news = parse(LookAtJob, record.value)
            for attempt in self._attempts.get(news.task_id, ()):
                if attempt.ref == Ref(news.stage, unit_key(news.page)):
                    attempt.look_at_job()
            return
        if kind.type in {CancelTask.__name__, ""}:
            await self._cancel(parse(CancelTask, record.value), is_ours=kind.is_ours)

    async def _cancel(self, order: CancelTask, *, is_ours: bool) -> None:
        if is_ours:
            for attempt in list(self._attempts.get(order.task_id, ())):
                attempt.stop(FencedOff())
            return

        def cancel(task: Task | None) -> Task:
            return direct.cancel_by_topic(task, order, self._spec, self._runtime.clock.now())

        try:
            await self._runtime.patiently(lambda: self._runtime.tasks.change_or_insert(order.task_id, cancel))
        except rules.NotAllowed as error:
            _log.warning("foreign cancel refused", task=order.task_id, reason=error.message)
