"""One attempt of one unit while it runs."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import PyMongoError

from schemas import Artifact, ProviderJob, Record, Request, Task, UnitProgressed
from talestream import job_rules, rules
from talestream.draft import Ref
from talestream.endings import end
from talestream.errors import Cancelled
from talestream.fallback import in_turn
from talestream.paid_job import PaidJob
from talestream.providers import Providers
from talestream.reuse import Reuse
from talestream.runtime import Runtime
from talestream.stage import Stage, StageContext
from talestream.telemetry import logger
from talestream.work_folder import work_folder

PROGRESS_S = 1.0
"""How often progress is passed on at most."""

_log = logger(__name__)


class FencedOff(Exception):
    """The attempt no longer holds its unit: it was cancelled or taken over."""


class HandedBack(Exception):
    """The worker is being drained and the attempt did not finish in time."""


class Withheld(HandedBack):
    """The attempt failed by a fault of ours, beyond what may be set aside: it does not count, and is left to others."""


class StoppedInVain(Exception):
    """An attempt was stopped that holds its unit."""


class Attempt:
    """One running attempt: the handler, beside a heartbeat that renews its lease and notices when it is fenced off.

    Keeps the id of the unit's paid job in the task document, as the :class:`~talestream.paid_job.JobStore` of its
    :class:`~talestream.paid_job.PaidJob`.
    """

    def __init__(
        self,
        stage: "Stage[Any, Any]",
        runtime: Runtime,
        providers: Providers,
        task: Task,
        request: Request,
        reuse: Reuse,
    ) -> None:
        """``task`` is as it was claimed: the attempt's number is its unit's."""
        self.task = task
        self.ref = Ref.of(request)
        unit = task.stages[self.ref.stage].units[self.ref.key]
        self.number = unit.attempt
        self.timeout_s = task.workflow.stage(self.ref.stage).timeout_s
        self.reuse = reuse
        self._stage = stage
        self._runtime = runtime
        self._providers = providers
        self.request = request.model_copy(update={"attempt": self.number})
        self._lease_until = unit.lease_until or runtime.clock.now()
        self._job = PaidJob(self.request, self, unit.job, unit.jobs_forgotten, runtime.clock)
        self._cancelled = threading.Event()
        self._handler: asyncio.Task[Record] | None = None
        self._why: Exception | None = None
        self._progress = (0.0, "")
        self._moved = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def name(self) -> str:
        """The unit of all units."""
        return f"{self.task.id}/{self.ref.stage}/{self.ref.key}"

    def look_again(self) -> None:
        """Renew the lease soon: the unit may have been ordered anew."""
        self._moved.set()

    def look_at_job(self) -> None:
        """The provider says that the unit's job is over: let whoever waits for it ask at once."""
        self._job.news.set()

    def stop(self, why: Exception) -> None:
        """Stop the handler at its next step; :meth:`run` then raises ``why``."""
        self._why = self._why or why
        self._cancelled.set()
        if self._handler is not None:
            self._handler.cancel()

    async def run(self) -> tuple[Record, tuple[Artifact, ...]]:
        """The result and its artifacts; or what the handler raised, TimeoutError, or why it was stopped."""
        runtime = self._runtime
        with work_folder(self.ref.stage, runtime.settings.worker.workdir) as folder:
            context = StageContext(
                request=self.request,
                store=runtime.blobs,
                providers=self._providers,
                workdir=folder,
                object_prefix=f"{self.task.prefix}/.attempts/{self.ref.stage}-{self.ref.key}-{self.number}",
                kept_prefix=f"{self.task.prefix}/.kept/{self._stage.provider_stage}",
                public_prefix=self.task.prefix,
                on_progress=self._note_progress,
                cancelled=self._cancelled,
                paid_job=self._job,
                prices=runtime.settings.prices.get(self.ref.stage, {}),
            )
            self._handler = asyncio.ensure_future(self._work(context))
            beating = asyncio.create_task(self._beat(), name="heartbeat")
            try:
                async with asyncio.timeout(self.timeout_s) as limit:
                    result = await self._handler
            except TimeoutError:
                if limit.expired():
                    await self._drop_job()
                raise
            except asyncio.CancelledError:
                if self._why is None:
                    raise
                if isinstance(self._why, FencedOff) and await self._is_job_unwanted():
                    await self._job.cancel()
                raise self._why from None
            finally:
                self._cancelled.set()
                await end(beating)
            return result, tuple(context.artifacts)

    async def _work(self, context: StageContext) -> Record:
        """Take over the result of equal work, or do the work."""
        taken = await self.reuse.take(self._stage.gives, context.object_prefix, context.public_prefix)
        if taken is None:
            chain = self._providers.chain(self._stage.provider_stage, self.request.provider)
            return await in_turn(self._stage, context, chain)
        context.artifacts.extend(taken[1])
        return taken[0]

    async def _renew(self, progress: float, note: str) -> bool:
        """Renew the lease. False, and the handler is stopped, when the attempt no longer holds its unit."""
        until = self._runtime.clock.now() + timedelta(seconds=self._runtime.settings.lease_s)
        holds = await self._runtime.tasks.renew_lease(
            self.task.id, self.ref, self.number, until=until, progress=progress, note=note
        )
        if holds:
            self._lease_until = until
        else:
            self.stop(FencedOff())
        return holds

    async def confirm(self) -> None:
        """See :class:`talestream.paid_job.JobStore`. Costs nothing while the lease runs."""
        is_overdue = self._runtime.clock.now() >= self._lease_until
        if is_overdue:
            await self._runtime.patiently(lambda: self._renew(*self._progress))
        if self._cancelled.is_set():
            raise Cancelled

    async def note(self, job: ProviderJob) -> None:
        """See :class:`talestream.paid_job.JobStore`."""
        await self._change(lambda task, now: job_rules.note_job(task, self.ref, self.number, job, now))

    async def forget(self) -> None:
        """See :class:`talestream.paid_job.JobStore`."""
        await self._change(lambda task, now: job_rules.forget_job(task, self.ref, self.number, now))

    async def _change(self, rule: Callable[[Task, datetime], Task]) -> None:
        tasks, now = self._runtime.tasks, self._runtime.clock.now()
        try:
            await self._runtime.patiently(lambda: tasks.change(self.task.id, lambda task: rule(task, now)))
        except rules.Superseded as error:
            self.stop(FencedOff())
            raise Cancelled from error

    async def _drop_job(self) -> None:
        """The unit's time is over: whatever its provider still does, the next attempt begins anew.

        A job that is done and paid for is kept: it was something else, such as the object store, that took too long.
        """
        if self._job.is_delivered:
            return
        await self._job.cancel()
        with suppress(Cancelled):
            await self._job.forget()

    async def _is_job_unwanted(self) -> bool:
        """Whether nobody resumes the job: the unit was cancelled, or its inputs changed, rather than taken over."""
        task = await self._runtime.patiently(lambda: self._runtime.tasks.find(self.task.id))
        return (
            task is None or task.is_deleted or task.stages[self.ref.stage].units[self.ref.key].job != self._job.stored
        )

    def _note_progress(self, fraction: float, note: str) -> None:
        self._progress = (fraction, note)
        self._loop.call_soon_threadsafe(self._moved.set)

    async def _beat(self) -> None:
        """Renew the lease in time, and pass progress on, at most once a second."""
        runtime, lease_s = self._runtime, self._runtime.settings.lease_s
        while True:
            with suppress(TimeoutError):  # not wait_for: before Python 3.12 it may swallow a cancellation
                async with asyncio.timeout(lease_s / 3):
                    await self._moved.wait()
            has_moved, (fraction, note) = self._moved.is_set(), self._progress
            self._moved.clear()
            try:
                if not await self._renew(fraction, note):
                    return
            except PyMongoError as error:
                _log.warning("the lease could not be renewed", reason=type(error).__name__)
            if has_moved:
                await runtime.broker.send_live(
                    UnitProgressed(
                        task_id=self.task.id,
                        owner=self.task.owner,
                        workflow=self.task.workflow.name,
                        stage=self.ref.stage,
                        page=self.ref.page,
                        attempt=self.number,
                        progress=fraction,
                        note=note,
                    )
                )
            await runtime.clock.sleep(PROGRESS_S)
