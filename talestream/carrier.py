"""What happens to one message of a stage: its order is claimed, run, and brought to a durable outcome.

Undecodable messages and units that have failed for good are set aside as dead letters, unless what fails says that the
fault is ours: then they are withheld (:mod:`talestream.dead_letter_limit`).
"""

from datetime import timedelta
from typing import Any

import structlog

from schemas import Problem, Request, Task, UnitState
from talestream import direct, rules
from talestream.attempt import Attempt, FencedOff, HandedBack, StoppedInVain, Withheld
from talestream.cloud_events import Undecodable, decode_request, envelope
from talestream.dead_letter_limit import INTERNAL, DeadLetterLimit, is_our_fault
from talestream.dead_letters import DeadLetters
from talestream.draft import Ref
from talestream.errors import Cancelled, StageError
from talestream.metrics import CONSUMPTION_STOPPED, UNIT_SECONDS, UNITS_FINISHED, UNITS_RUNNING
from talestream.providers import Providers
from talestream.publication import arrived
from talestream.reading import Message
from talestream.retries import limited
from talestream.reuse import Reuse
from talestream.runtime import Runtime
from talestream.stage import Stage
from talestream.telemetry import logger

LOOK_AGAIN_S = 1.0
"""How often a worker looks whether a unit that another holds has ended."""

_log = logger(__name__)


class Carrier:
    """Carries the messages of one worker to their outcomes, any number side by side."""

    def __init__(self, stage: "Stage[Any, Any]", runtime: Runtime, providers: Providers) -> None:
        self.attempts: dict[int, set[Attempt]] = {}
        """What runs, by task."""
        self.limit = DeadLetterLimit(runtime.settings.dead_letters, runtime.clock)
        self.spec = limited(stage.limits, runtime.settings.retries)
        """What holds for orders that came in by topic; a task's workflow has its own."""
        self.is_draining = False
        """Set when nothing more is to be claimed."""
        self._stage = stage
        self._runtime = runtime
        self._patiently = runtime.patiently
        self._providers = providers
        self._letters = DeadLetters(runtime.database, runtime.broker, runtime.clock)

    async def carry(self, record: Message) -> None:
        """Take one message to its outcome. HandedBack when it is left to others, Withheld when the fault is ours."""
        try:
            request = decode_request(record, self._stage.consumes)
        except Undecodable as error:
            reason = str(error)
            if envelope(record).is_ours:
                self._refuse_beyond_limit(_name(record), reason)
            _log.warning("undecodable message set aside", topic=record.topic, offset=record.offset, reason=reason)
            await self._patiently(lambda: self._letters.put(record, reason, 1))
            return
        ref = Ref.of(request)
        with structlog.contextvars.bound_contextvars(
            task=request.task_id, stage=ref.stage, unit=ref.key, attempt=request.attempt
        ):
            if not await self._admit(record, request):
                return
            provider = self._providers.chain(self._stage.provider_stage, request.provider)[0]
            reuse = Reuse(self._runtime.results, self._runtime.blobs, provider)
            task = await self._claim(record, request, ref, reuse)
            if task is None:
                reuse.end()
                return
            held = task.stages[ref.stage].units[ref.key]
            with structlog.contextvars.bound_contextvars(attempt=held.attempt):
                attempt = Attempt(self._stage, self._runtime, self._providers, task, request, reuse)
                peers = self.attempts.setdefault(task.id, set())
                peers.add(attempt)
                UNITS_RUNNING.labels(self._stage.name).inc()
                try:
                    await self._outcome(record, attempt)
                finally:
                    UNITS_RUNNING.labels(self._stage.name).dec()
                    peers.discard(attempt)
                    if not peers:
                        self.attempts.pop(task.id, None)

    async def give_up(self, record: Message, error: Exception, tries: int) -> None:
        """Set a message aside that broke the runner itself so many times. Withheld when no more may be set aside."""
        problem = Problem(code=INTERNAL, message=f"{type(error).__name__}: {error}"[:500])
        self._refuse_beyond_limit(_name(record), problem.message)
        await self._set_aside(record, problem, tries)

    def under_way(self) -> list[Attempt]:
        """The attempts that run."""
        return [attempt for peers in self.attempts.values() for attempt in peers]

    async def hand_back(self, attempt: Attempt) -> None:
        """Leave the unit of an attempt to others."""
        clock = self._runtime.clock
        await self._patiently(
            lambda: self._runtime.tasks.change(
                attempt.task.id, lambda task: rules.hand_back(task, attempt.ref, attempt.number, clock.now())
            )
        )

    async def _admit(self, record: Message, request: Request) -> bool:
        """Take in an order of another system. False when it cannot be taken and was set aside."""
        if envelope(record).is_ours:
            return True

        def adopt(task: Task | None) -> Task:
            return direct.adopt(task, request, self.spec, self._runtime.broker.incarnation, self._runtime.clock.now())

        try:
            await self._patiently(lambda: self._runtime.tasks.change_or_insert(request.task_id, adopt))
        except rules.NotAllowed as error:
            _log.warning("foreign order set aside", reason=error.message)
            reason = error.message
            await self._patiently(lambda: self._letters.put(record, reason, 1))
            return False
        return True

    async def _claim(self, record: Message, request: Request, ref: Ref, reuse: Reuse) -> Task | None:
        """Take the unit, waiting while another worker holds it. None when there is nothing to do."""
        clock, worker = self._runtime.clock, self._runtime.worker
        lease = timedelta(seconds=self._runtime.settings.lease_s)
        shipment = envelope(record).shipment

        def take(task: Task) -> Task:
            claimed = rules.claim(task, ref, request.attempt, worker, clock.now() + lease, clock.now())
            reuse.begin(claimed, ref)
            return claimed if shipment is None else arrived(claimed, ref, shipment.incarnation, shipment.told)

        while not self.is_draining:
            try:
                task: Task = await self._patiently(lambda: self._runtime.tasks.change(request.task_id, take))
            except rules.Held as held:
                left_s = (held.until - clock.now()).total_seconds()
                await clock.sleep(min(LOOK_AGAIN_S, max(0.01, left_s)))
                continue
            except (rules.Superseded, LookupError) as error:
                _log.info("message dropped", reason=str(error))
                UNITS_FINISHED.labels(self._stage.name, "superseded").inc()
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
        name, tasks, clock = self._stage.name, self._runtime.tasks, self._runtime.clock
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
                await self.hand_back(attempt)
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
        task: Task | None = await self._patiently(lambda: self._runtime.tasks.find(attempt.task.id))
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
        clock = self._runtime.clock
        if is_our_fault(problem, attempt.request):
            try:
                self._refuse_beyond_limit(attempt.name, f"{problem.code}: {problem.message}")
            except Withheld:
                await self.hand_back(attempt)
                UNITS_FINISHED.labels(self._stage.name, "withheld").inc()
                raise
        task = await self._patiently(
            lambda: self._runtime.tasks.change(
                attempt.task.id,
                lambda task: rules.fail(task, attempt.ref, attempt.number, problem, clock.now(), defer_s=defer_s),
            )
        )
        unit = task.stages[attempt.ref.stage].units[attempt.ref.key]
        outcome = {UnitState.QUEUED: "retried", UnitState.CANCELLED: "cancelled"}.get(unit.state, "failed")
        _log.warning("attempt failed", code=problem.code, reason=problem.message, outcome=outcome)
        UNITS_FINISHED.labels(self._stage.name, outcome).inc()
        if outcome == "failed":
            await self._set_aside(record, problem, unit.failures)

    async def _set_aside(self, record: Message, problem: Problem, attempts: int) -> None:
        await self._patiently(lambda: self._letters.put(record, f"{problem.code}: {problem.message}", attempts))

    def _refuse_beyond_limit(self, message: str, reason: str) -> None:
        """Count a failure that says that we are broken. Withheld when no more of them may be set aside."""
        was_well = self.limit.reason is None
        if not self.limit.withholds(message, reason):
            return
        pause_s = round(self.limit.pause_s(), 1)
        say = _log.error if was_well else _log.warning
        say("no more work is taken: the fault is ours", reason=self.limit.reason, pause_s=pause_s)
        CONSUMPTION_STOPPED.labels(self._stage.name).set(1)
        raise Withheld

    def _note_success(self, attempt: Attempt) -> None:
        if self.limit.succeeded(attempt.name):
            _log.info("work is taken again")
            CONSUMPTION_STOPPED.labels(self._stage.name).set(0)


def _name(record: Message) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"
