"""The stage runner: takes orders from a stage's topic, one at a time a slot, and carries each to a durable outcome.

A partition gives its next order when the last one has its outcome. The offset is committed once the outcome is in the
database. SIGTERM drains: what runs is finished, or handed back when it takes too long.
"""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias

import structlog
import uvicorn
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from schemas import CONTROL_TOPIC, CancelTask, LookAgain, Problem, Request, Task, UnitState
from talestream import direct, rules
from talestream.attempt import Attempt, FencedOff, HandedBack
from talestream.bus import Undecodable, decode_request, envelope, parse
from talestream.dead_letters import DeadLetters
from talestream.draft import Ref
from talestream.endings import end
from talestream.errors import Cancelled, StageError
from talestream.health import health_app
from talestream.metrics import UNIT_SECONDS, UNITS_FINISHED, UNITS_RUNNING
from talestream.offsets import Offsets
from talestream.priority import give_way
from talestream.providers import Providers
from talestream.retries import limited
from talestream.reuse import Reuse
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings, settings
from talestream.stage import Stage
from talestream.telemetry import logger

POLL_S = 0.2
"""How often a worker that waits for orders looks whether it must stop."""
BUSY_S = 1.0
"""How long after an order the next one is expected at any moment."""
LOOK_AGAIN_S = 1.0
"""How often a worker looks whether a unit that another holds has ended."""

Message: TypeAlias = "ConsumerRecord[bytes, bytes]"
_log = logger(__name__)


class StoppedInVain(Exception):
    """An attempt was stopped that holds its unit."""


def run(stage: "Stage[Any, Any]") -> None:
    """Run a stage's worker until SIGTERM or SIGINT. What its provider has to load is loaded meanwhile, in a thread."""
    configured = settings()
    give_way(configured.worker.niceness)
    asyncio.run(_run(stage, configured))


async def _run(stage: "Stage[Any, Any]", configured: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Runtime.open(stage.name, configured) as runtime:
        worker = StageWorker(stage, runtime)
        health = _Server(uvicorn.Config(health_app(stage.name, worker.readiness), **graceful({})))
        listener = socket.create_server((configured.worker.health_host, configured.worker.health_port))
        runtime.log.info("health", port=listener.getsockname()[1])
        serving = asyncio.create_task(health.serve([listener]), name="health")
        warming = asyncio.create_task(worker.warm_up(), name="warm-up")
        try:
            await worker.run(stop)
        finally:
            health.should_exit = True
            await asyncio.gather(serving, warming, return_exceptions=True)


class _Server(uvicorn.Server):
    """Leaves the process's signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class StageWorker:
    """One process's share of a stage."""

    def __init__(self, stage: "Stage[Any, Any]", runtime: Runtime) -> None:
        self.stage = stage
        self.runtime = runtime
        self._patiently = runtime.patiently
        self._providers = Providers(runtime.settings.providers)
        self._letters = DeadLetters(runtime.database, runtime.broker, runtime.clock)
        self._slots = runtime.settings.worker.slots or stage.slots
        self._running: dict[TopicPartition, asyncio.Task[None]] = {}
        self._left_over: set[asyncio.Task[None]] = set()
        """What still runs of an earlier consumer's messages, after the broker was lost."""
        self._attempts: dict[int, set[Attempt]] = {}
        self._spec = limited(stage.limits, runtime.settings.retries)
        """What holds for orders that came in by topic; a task's workflow has its own."""
        self._freed = asyncio.Event()
        """Set when a message got its outcome: its partition, and a slot, are free."""
        self._is_assigned = False
        self._is_draining = False
        self._renew = asyncio.Event()

    async def warm_up(self) -> None:
        """Let the configured provider load what it needs."""
        try:
            await asyncio.to_thread(self._providers.warm_up, self.stage.name)
        except Exception:
            _log.exception("the provider is not ready for orders; each of them will say why")

    async def readiness(self) -> dict[str, bool]:
        """What this worker needs, for ``/readyz``."""
        return {**await self.runtime.readiness(), "assigned": self._is_assigned, "accepting": not self._is_draining}

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until ``stop``, then drain."""

        async def renew() -> None:
            self._renew.set()

        self.runtime.broker.on_new_incarnation(renew)
        control = asyncio.create_task(self._follow_control(), name="control")
        try:
            while not stop.is_set():
                self._renew.clear()
                consumer = self.runtime.broker.consumer((), self.runtime.broker.group(self.stage.name))
                offsets = Offsets(consumer, self.runtime.clock)
                committing = asyncio.create_task(offsets.keep_up(), name="offsets")
                try:
                    await consumer.start()
                    topic = self.stage.consumes.topic_name()
                    consumer.subscribe([topic], listener=_Rebalance(self, offsets))
                    await self._consume(consumer, offsets, stop)
                except (KafkaError, OSError) as error:
                    _log.warning("the broker failed this consumer; it begins anew", reason=repr(error))
                    await self.runtime.clock.sleep(1)
                finally:
                    committing.cancel()
                    await self._leave(consumer, offsets, is_final=stop.is_set())
        finally:
            await end(control)

    async def _consume(self, consumer: AIOKafkaConsumer, offsets: Offsets, stop: asyncio.Event) -> None:
        busy_until = self.runtime.clock.now()
        while not stop.is_set() and not self._renew.is_set():
            self._freed.clear()
            self.runtime.broker.pace(consumer, is_busy=self.runtime.clock.now() < busy_until)
            for place, records in (await self._next(consumer)).items():
                busy_until = self.runtime.clock.now() + timedelta(seconds=BUSY_S)
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
        is_full = len(self._running) + len(self._left_over) >= self._slots
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._freed.wait())]
        if not is_full and (free or not places):
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
            self._is_draining = True
            await self._drain()
        self._is_assigned = False
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(offsets.commit(), 5)
        with suppress(KafkaError, TimeoutError):
            await asyncio.wait_for(consumer.stop(), 5)

    async def _drain(self) -> None:
        if not self._left_over:
            return
        _log.info("draining", units=len(self._left_over))
        await asyncio.wait(self._left_over, timeout=self.runtime.settings.worker.drain_s)
        for attempt in [attempt for peers in self._attempts.values() for attempt in peers]:
            attempt.stop(HandedBack())
        if self._left_over:
            await asyncio.wait(self._left_over, timeout=10)

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
        except Exception:
            _log.exception("the message could not be handled; it will be delivered again")
            await self.runtime.clock.sleep(1)
            with suppress(KafkaError, ValueError):
                consumer.seek(place, record.offset)
            return
        offsets.passed(place, record.offset)

    async def _carry_out(self, record: Message) -> None:
        try:
            request = decode_request(record, self.stage.consumes)
        except Undecodable as error:
            reason = str(error)
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
            task = await self._claim(request, ref, reuse)
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

    async def _claim(self, request: Request, ref: Ref, reuse: Reuse) -> Task | None:
        """Take the unit, waiting while another worker holds it. None when there is nothing to do."""
        clock, worker = self.runtime.clock, self.runtime.worker
        lease = timedelta(seconds=self.runtime.settings.worker.lease_s)

        def take(task: Task) -> Task:
            claimed = rules.claim(task, ref, request.attempt, worker, clock.now() + lease, clock.now())
            reuse.begin(claimed, ref)
            return claimed

        while not self._is_draining:
            try:
                task: Task = await self._patiently(lambda: self.runtime.tasks.change(request.task_id, take))
            except rules.Held:
                await clock.sleep(LOOK_AGAIN_S)
                continue
            except (rules.Superseded, LookupError) as error:
                _log.info("message dropped", reason=str(error))
                UNITS_FINISHED.labels(self.stage.name, "superseded").inc()
                return None
            is_mine = task.stages[ref.stage].units[ref.key].state is UnitState.RUNNING
            return task if is_mine else None
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
                await self._patiently(
                    lambda: tasks.change(
                        attempt.task.id, lambda task: rules.hand_back(task, attempt.ref, attempt.number, clock.now())
                    )
                )
                UNITS_FINISHED.labels(name, "handed_back").inc()
                raise
            except Exception as error:
                _log.exception("the stage failed unexpectedly")
                message = f"{type(error).__name__}: {error}"[:500]
                await self._record_failure(
                    record, attempt, Problem(code="internal", message=message, is_retryable=True)
                )
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
            await self._patiently(
                lambda: self._letters.put(record, f"{problem.code}: {problem.message}", unit.failures)
            )

    async def _follow_control(self) -> None:
        """Stop what is cancelled, as soon as it is. Whoever misses the broadcast learns it by its lease."""
        while True:
            consumer = self.runtime.broker.consumer((CONTROL_TOPIC,), None, from_start=False)
            try:
                await consumer.start()
                async for record in consumer:
                    with suppress(Undecodable):
                        await self._control(record)
            except (KafkaError, OSError) as error:
                _log.warning("lost the control topic for a moment", reason=repr(error))
                await self.runtime.clock.sleep(1)
            finally:
                with suppress(KafkaError, TimeoutError):
                    await asyncio.wait_for(consumer.stop(), 5)

    async def _control(self, record: Message) -> None:
        kind = envelope(record)
        if kind.type == LookAgain.__name__ and kind.is_ours:
            for attempt in self._attempts.get(parse(LookAgain, record.value).task_id, ()):
                attempt.look_again()
            return
        await self._cancel(parse(CancelTask, record.value), is_ours=kind.is_ours)

    async def _cancel(self, order: CancelTask, *, is_ours: bool) -> None:
        """Stop what runs here for a task that was cancelled; or cancel it, when another system asks for that."""
        if is_ours:
            for attempt in list(self._attempts.get(order.task_id, ())):
                attempt.stop(FencedOff())
            return

        def cancel(task: Task | None) -> Task:
            return direct.cancel_by_topic(task, order, self._spec, self.runtime.clock.now())

        try:
            await self._patiently(lambda: self.runtime.tasks.change_or_insert(order.task_id, cancel))
        except rules.NotAllowed as error:
            _log.warning("foreign cancel refused", task=order.task_id, reason=error.message)


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
