"""The stage runner: takes orders from a stage's topic, one at a time a slot, and carries each to a durable outcome.

A partition gives its next order when the last one has its outcome. The offset is committed once the outcome is in the
database. SIGTERM drains: what runs is finished, or handed back when it takes too long. When what fails says that the
fault is ours, no work is taken for a while (:mod:`talestream.dead_letter_limit`).
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas import Problem, Request, Task, UnitState
from talestream import direct, rules
from talestream.attempt import Attempt, FencedOff, HandedBack, StoppedInVain, Withheld
from talestream.bus import Undecodable, decode_request, envelope
from talestream.cancels import Cancels
from talestream.dead_letter_limit import INTERNAL, DeadLetterLimit, is_our_fault
from talestream.dead_letters import DeadLetters
from talestream.draft import Ref
from talestream.endings import end
from talestream.errors import Cancelled, StageError
from talestream.metrics import CONSUMPTION_STOPPED, UNIT_SECONDS, UNITS_FINISHED, UNITS_RUNNING
from talestream.offsets import Offsets
from talestream.providers import DEFAULT, Providers
from talestream.retries import limited
from talestream.reuse import Reuse
from talestream.runtime import Runtime
from talestream.stage import Stage
from talestream.telemetry import logger
from talestream.waiting import unless, within

POLL_S = 0.2
"""How often a worker that waits for orders looks whether it must stop."""
BUSY_S = 1.0
"""How long after an order the next one is expected at any moment."""
LOOK_AGAIN_S = 1.0
"""How often a worker looks whether a unit that another holds has ended."""
LAST_CHOICE_POLLS = 10
"""Polls without a message after which one that was withheld is tried again."""
TRIES = 7
"""How often a message may break the runner itself, over about two minutes, before it is set aside."""
STOP_S = 3.0
"""How long a drained attempt may take to stop, and each further step of leaving."""

Message: TypeAlias = "ConsumerRecord[bytes, bytes]"
_log = logger(__name__)


class StageWorker:
    """One process's share of a stage."""

    def __init__(self, stage: "Stage[Any, Any]", runtime: Runtime) -> None:
        self.stage = stage
        self.runtime = runtime
        self._patiently = runtime.patiently
        self._providers = Providers(runtime.settings.providers)
        self._letters = DeadLetters(runtime.database, runtime.broker, runtime.clock)
        self._limit = DeadLetterLimit(runtime.settings.dead_letters, runtime.clock)
        self._slots = runtime.settings.worker.slots or self._providers.slots(stage.name) or stage.slots
        self._running: dict[TopicPartition, asyncio.Task[None]] = {}
        self._left_over: set[asyncio.Task[None]] = set()
        """What still runs of an earlier consumer's messages, after the broker was lost."""
        self._attempts: dict[int, set[Attempt]] = {}
        self._spec = limited(stage.limits, runtime.settings.retries)
        """What holds for orders that came in by topic; a task's workflow has its own."""
        self._freed = asyncio.Event()
        """Set when a message got its outcome: its partition, and a slot, are free."""
        self._broke_at: dict[TopicPartition, tuple[int, int]] = {}
        """The message of each partition that broke the runner itself, and how often it did."""
        self._withheld_at: set[TopicPartition] = set()
        """Partitions whose next message was withheld since the last success: others are tried before them."""
        self._is_ready_cold = self._providers.default(stage.name) == DEFAULT
        """What the embedded providers load takes seconds: a first order may wait for it."""
        self._warmth: bool | str = self._is_ready_cold or "what it needs is being loaded"
        """True once the configured provider is ready for orders, else why it is not."""
        self._idle_polls = 0
        self._is_assigned = False
        self._is_draining = False
        self._renew = asyncio.Event()

    async def warm_up(self) -> None:
        """Let the configured provider load what it needs."""
        try:
            await asyncio.to_thread(self._providers.warm_up, self.stage.name)
        except Exception as error:
            if not self._is_ready_cold:
                self._warmth = f"not ready for orders: {error}"
            _log.exception("the provider is not ready for orders; each of them will say why")
        else:
            self._warmth = True

    async def readiness(self) -> dict[str, bool | str]:
        """What this worker needs, for ``/readyz``."""
        return {
            **await self.runtime.readiness(),
            "assigned": self._is_assigned,
            "accepting": not self._is_draining,
            "dead_letters": self._limit.reason or True,
            "provider": self._warmth,
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``, then drain."""

        async def renew() -> None:
            self._renew.set()

        self.runtime.broker.on_new_incarnation(renew)
        control = asyncio.create_task(Cancels(self.runtime, self._spec, self._attempts).follow(), name="control")
        try:
            while not stop.is_set():
                if pause_s := self._limit.pause_s():
                    await unless(self.runtime.clock.sleep(pause_s), stop)
                    continue
                self._renew.clear()
                consumer = self.runtime.broker.consumer((), self.runtime.broker.group(self.stage.name))
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
            if not self._is_draining:  # told to stop during a pause
                await self._drain()
        finally:
            await end(control)

    async def _consume(self, consumer: AIOKafkaConsumer, offsets: Offsets) -> None:
        """Take messages until cancelled: a poll may last as long as the broker is away or the group changes."""
        await consumer.start()
        consumer.subscribe([self.stage.consumes.topic_name()], listener=_Rebalance(self, offsets))
        busy_until = self.runtime.clock.now()
        while True:
            self._freed.clear()
            self.runtime.broker.pace(consumer, is_busy=self.runtime.clock.now() < busy_until)
            for place, records in (await self._next(consumer)).items():
                busy_until = self.runtime.clock.now() + timedelta(seconds=BUSY_S)
                self._idle_polls = 0
                for record in records:
                    handling = asyncio.create_task(
                        self._handle(consumer, offsets, place, record), name=f"{place}@{record.offset}"
                    )
                    self._running[place] = handling
                    handling.add_done_callback(partial(self._forget, place))

    async def _next(self, consumer: AIOKafkaConsumer) -> dict[TopicPartition, list[Message]]:
        """One message of a partition of which none is under way, if there is one, and a slot for it.

        Partitions are not paused meanwhile: aiokafka throws away what it has fetched of a paused one.
        """
        places = consumer.assignment()
        free = places - self._running.keys()
        if self._idle_polls < LAST_CHOICE_POLLS:
            free -= self._withheld_at
        is_full = len(self._running) + len(self._left_over) >= self._limit.room(self._slots)
        self._idle_polls = 0 if is_full else self._idle_polls + 1
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._freed.wait())]
        if not is_full and not self._renew.is_set() and (free or not places):
            waits.append(asyncio.ensure_future(consumer.getmany(*free, timeout_ms=int(POLL_S * 1000), max_records=1)))
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
        records: dict[TopicPartition, list[Message]] = found[0]
        return records

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
        self._is_draining = True
        if not self._left_over:
            return
        _log.info("draining", units=len(self._left_over))
        await asyncio.wait(self._left_over, timeout=self.runtime.settings.worker.drain_s)
        for attempt in self._under_way():
            attempt.stop(HandedBack())
        if self._left_over:
            await asyncio.wait(self._left_over, timeout=STOP_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):  # their work does not stop; its late results will be dropped
                await asyncio.gather(*map(self._hand_back, self._under_way()), return_exceptions=True)

    def _under_way(self) -> list[Attempt]:
        return [attempt for peers in self._attempts.values() for attempt in peers]

    def rebalanced(self, *, is_assigned: bool) -> None:
        """Told by the consumer's group."""
        self._is_assigned = is_assigned

    async def _handle(
        self, consumer: AIOKafkaConsumer, offsets: Offsets, place: TopicPartition, record: Message
    ) -> None:
        """Carry one message to a durable outcome; only then is its offset one to commit."""
        try:
            await self._carry_out(record)
        except HandedBack:
            return
        except Exception as error:
            _log.exception("the message could not be handled")
            try:
                is_set_aside = await self._give_up_in_time(place, record, error)
            except Withheld:
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
        problem = Problem(code=INTERNAL, message=f"{type(error).__name__}: {error}"[:500])
        self._refuse_beyond_limit(record, _name(record), problem.message)
        await self._set_aside(record, problem, tries)
        return True

    async def _carry_out(self, record: Message) -> None:
        try:
            request = decode_request(record, self.stage.consumes)
        except Undecodable as error:
            reason = str(error)
            if envelope(record).is_ours:
                self._refuse_beyond_limit(record, _name(record), reason)
            _log.warning("undecodable message set aside", topic=record.topic, offset=record.offset, reason=reason)
            await self._patiently(lambda: self._letters.put(record, reason, 1))
            return
        ref = Ref.of(request)
        with structlog.contextvars.bound_contextvars(
            task=request.task_id, stage=ref.stage, unit=ref.key, attempt=request.attempt
        ):
            if not await self._admit(record, request):
                return
            provider = request.provider or self._providers.default(self.stage.name)
            reuse = Reuse(self.runtime.results, self.runtime.blobs, provider)
            task = await self._claim(record, request, ref, reuse)
            if task is None:
                reuse.end()
                return
            held = task.stages[ref.stage].units[ref.key]
            with structlog.contextvars.bound_contextvars(attempt=held.attempt):
                attempt = Attempt(self.stage, self.runtime, self._providers, task, request, reuse)
                peers = self._attempts.setdefault(task.id, set())
                peers.add(attempt)
                UNITS_RUNNING.labels(self.stage.name).inc()
                try:
                    await self._outcome(record, attempt)
                finally:
                    UNITS_RUNNING.labels(self.stage.name).dec()
                    peers.discard(attempt)
                    if not peers:
                        self._attempts.pop(task.id, None)

    async def _admit(self, record: Message, request: Request) -> bool:
        """Take in an order of another system. False when it cannot be taken and was set aside."""
        if envelope(record).is_ours:
            return True

        def adopt(task: Task | None) -> Task:
            return direct.adopt(task, request, self._spec, self.runtime.broker.incarnation, self.runtime.clock.now())

        try:
            await self._patiently(lambda: self.runtime.tasks.change_or_insert(request.task_id, adopt))
        except rules.NotAllowed as error:
            _log.warning("foreign order set aside", reason=error.message)
            reason = error.message
            await self._patiently(lambda: self._letters.put(record, reason, 1))
            return False
        return True

    async def _claim(self, record: Message, request: Request, ref: Ref, reuse: Reuse) -> Task | None:
        """Take the unit, waiting while another worker holds it. None when there is nothing to do."""
        clock, worker = self.runtime.clock, self.runtime.worker
        lease = timedelta(seconds=self.runtime.settings.lease_s)

        def take(task: Task) -> Task:
            claimed = rules.claim(task, ref, request.attempt, worker, clock.now() + lease, clock.now())
            reuse.begin(claimed, ref)
            return claimed

        while not self._is_draining:
            try:
                task: Task = await self._patiently(lambda: self.runtime.tasks.change(request.task_id, take))
            except rules.Held as held:
                left_s = (held.until - clock.now()).total_seconds()
                await clock.sleep(min(LOOK_AGAIN_S, max(0.01, left_s)))
                continue
            except (rules.Superseded, LookupError) as error:
                _log.info("message dropped", reason=str(error))
                UNITS_FINISHED.labels(self.stage.name, "superseded").inc()
                return None
            unit = task.stages[ref.stage].units[ref.key]
            if unit.state is UnitState.RUNNING:
                return task
            if unit.problem is not None:  # the workers that it has lost were one too many
                await self._set_aside(record, unit.problem, unit.takeovers + 1)
            return None
        raise HandedBack

    async def _outcome(self, record: Message, attempt: Attempt) -> None:
        """Run the attempt and make its outcome durable."""
        name, tasks, clock = self.stage.name, self.runtime.tasks, self.runtime.clock
        started = clock.now()
        try:
            try:
                result, artifacts = await attempt.run()
            except StageError as error:
                await self._record_failure(record, attempt, error.problem, error.defer_s)
            except TimeoutError:
                limit = attempt.timeout_s
                problem = Problem(code="timeout", message=f"not finished within {limit:g} s", is_retryable=True)
                await self._record_failure(record, attempt, problem)
            except (FencedOff, Cancelled):
                await self._check_stopped(attempt)
                _log.info("attempt stopped: its unit was cancelled or taken over")
                UNITS_FINISHED.labels(name, "cancelled").inc()
            except HandedBack:
                await self._hand_back(attempt)
                UNITS_FINISHED.labels(name, "handed_back").inc()
                raise
            except Exception as error:
                _log.exception("the stage failed unexpectedly")
                message = f"{type(error).__name__}: {error}"[:500]
                await self._record_failure(record, attempt, Problem(code=INTERNAL, message=message, is_retryable=True))
            else:
                is_reused = attempt.reuse.is_hit

                def complete(task: Task) -> Task:
                    done, now = (attempt.ref, attempt.number, result, artifacts), clock.now()
                    return rules.complete(task, *done, now, is_reused=is_reused)

                await self._patiently(lambda: tasks.change(attempt.task.id, complete))
                attempt.reuse.keep(attempt.task, result, artifacts)
                seconds = (clock.now() - started).total_seconds()
                UNITS_FINISHED.labels(name, "reused" if is_reused else "completed").inc()
                if not is_reused:
                    UNIT_SECONDS.labels(name).observe(seconds)
                _log.info("unit completed", seconds=round(seconds, 3), is_reused=is_reused)
                self._note_success(attempt)
        except rules.Superseded as error:
            UNITS_FINISHED.labels(name, "superseded").inc()
            _log.info("late result dropped", reason=str(error))

    async def _check_stopped(self, attempt: Attempt) -> None:
        """StoppedInVain when the unit is still this attempt's: a cancel that came again, or to the wrong task.

        Its message must then be handled again. Taken for done, it would leave a unit that nobody works on.
        """
        task: Task | None = await self._patiently(lambda: self.runtime.tasks.find(attempt.task.id))
        if task is None:
            return
        unit = task.stages[attempt.ref.stage].units[attempt.ref.key]
        if unit.state is UnitState.RUNNING and unit.attempt == attempt.number:
            raise StoppedInVain("the attempt was stopped although its unit is neither cancelled nor taken over")

    async def _record_failure(
        self,
        record: Message,
        attempt: Attempt,
        problem: Problem,
        defer_s: float | None = None,
    ) -> None:
        clock = self.runtime.clock
        if is_our_fault(problem, attempt.request):
            try:
                self._refuse_beyond_limit(record, attempt.name, f"{problem.code}: {problem.message}")
            except Withheld:
                await self._hand_back(attempt)
                UNITS_FINISHED.labels(self.stage.name, "withheld").inc()
                raise
        task = await self._patiently(
            lambda: self.runtime.tasks.change(
                attempt.task.id,
                lambda task: rules.fail(task, attempt.ref, attempt.number, problem, clock.now(), defer_s=defer_s),
            )
        )
        unit = task.stages[attempt.ref.stage].units[attempt.ref.key]
        outcome = {UnitState.QUEUED: "retried", UnitState.CANCELLED: "cancelled"}.get(unit.state, "failed")
        _log.warning("attempt failed", code=problem.code, reason=problem.message, outcome=outcome)
        UNITS_FINISHED.labels(self.stage.name, outcome).inc()
        if outcome == "failed":
            await self._set_aside(record, problem, unit.failures)

    async def _set_aside(self, record: Message, problem: Problem, attempts: int) -> None:
        await self._patiently(lambda: self._letters.put(record, f"{problem.code}: {problem.message}", attempts))

    async def _hand_back(self, attempt: Attempt) -> None:
        clock = self.runtime.clock
        await self._patiently(
            lambda: self.runtime.tasks.change(
                attempt.task.id, lambda task: rules.hand_back(task, attempt.ref, attempt.number, clock.now())
            )
        )

    def _refuse_beyond_limit(self, record: Message, message: str, reason: str) -> None:
        """Count a failure that says that we are broken. Withheld when no more of them may be set aside."""
        was_well = self._limit.reason is None
        if not self._limit.withholds(message, reason):
            return
        pause_s = round(self._limit.pause_s(), 1)
        say = _log.error if was_well else _log.warning
        say("no more work is taken: the fault is ours", reason=self._limit.reason, pause_s=pause_s)
        CONSUMPTION_STOPPED.labels(self.stage.name).set(1)
        self._withheld_at.add(TopicPartition(record.topic, record.partition))
        self._renew.set()
        raise Withheld

    def _note_success(self, attempt: Attempt) -> None:
        if self._limit.succeeded(attempt.name):
            _log.info("work is taken again")
            self._withheld_at.clear()
            CONSUMPTION_STOPPED.labels(self.stage.name).set(0)


def _name(record: Message) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


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
