"""One attempt of one unit while it runs."""

import asyncio
import tempfile
import threading
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from pymongo.errors import PyMongoError

from schemas import Artifact, Record, Request, Task, UnitProgressed
from talestream.draft import Ref
from talestream.runtime import Runtime
from talestream.stage import ProviderSource, Stage, StageContext
from talestream.telemetry import logger

PROGRESS_S = 1.0
"""How often progress is passed on at most."""

_log = logger(__name__)


class FencedOff(Exception):
    """The attempt no longer holds its unit: it was cancelled or taken over."""


class HandedBack(Exception):
    """The worker is being drained and the attempt did not finish in time."""


class Attempt:
    """One running attempt: the handler, beside a heartbeat that renews its lease and notices when it is fenced off."""

    def __init__(
        self, stage: "Stage[Any, Any]", runtime: Runtime, providers: ProviderSource, task: Task, request: Request
    ) -> None:
        """``task`` is as it was claimed: the attempt's number is its unit's."""
        self.task = task
        self.ref = Ref.of(request)
        self.number = task.stages[self.ref.stage].units[self.ref.key].attempt
        self.timeout_s = task.workflow.stage(self.ref.stage).timeout_s
        self._stage = stage
        self._runtime = runtime
        self._providers = providers
        self._request = request.model_copy(update={"attempt": self.number})
        self._cancelled = threading.Event()
        self._handler: asyncio.Task[Record] | None = None
        self._why: Exception | None = None
        self._progress = (0.0, "")
        self._moved = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def stop(self, why: Exception) -> None:
        """Stop the handler at its next step; :meth:`run` then raises ``why``."""
        self._why = self._why or why
        self._cancelled.set()
        if self._handler is not None:
            self._handler.cancel()

    async def run(self) -> tuple[Record, tuple[Artifact, ...]]:
        """The result and its artifacts; or what the handler raised, TimeoutError, or why it was stopped."""
        runtime = self._runtime
        with tempfile.TemporaryDirectory(
            prefix=f"talestream-{self.ref.stage}-", dir=runtime.settings.worker.workdir, ignore_cleanup_errors=True
        ) as folder:
            context = StageContext(
                request=self._request,
                store=runtime.blobs,
                providers=self._providers,
                workdir=Path(folder),
                object_prefix=f"{self.task.prefix}/.attempts/{self.ref.stage}-{self.ref.key}-{self.number}",
                public_prefix=self.task.prefix,
                on_progress=self._note_progress,
                cancelled=self._cancelled,
            )
            self._handler = asyncio.ensure_future(self._stage(self._request, context))
            beating = asyncio.create_task(self._beat(), name="heartbeat")
            try:
                async with asyncio.timeout(self.timeout_s):
                    result = await self._handler
            except asyncio.CancelledError:
                if self._why is None:
                    raise
                raise self._why from None
            finally:
                self._cancelled.set()
                beating.cancel()
                await asyncio.gather(beating, return_exceptions=True)
            return result, tuple(context.artifacts)

    def _note_progress(self, fraction: float, note: str) -> None:
        self._progress = (fraction, note)
        self._loop.call_soon_threadsafe(self._moved.set)

    async def _beat(self) -> None:
        """Renew the lease in time, and pass progress on, at most once a second."""
        runtime, lease_s = self._runtime, self._runtime.settings.worker.lease_s
        while True:
            with suppress(TimeoutError):  # not wait_for: before Python 3.12 it may swallow a cancellation
                async with asyncio.timeout(lease_s / 3):
                    await self._moved.wait()
            has_moved, (fraction, note) = self._moved.is_set(), self._progress
            self._moved.clear()
            try:
                holds = await runtime.tasks.renew_lease(
                    self.task.id,
                    self.ref,
                    self.number,
                    until=runtime.clock.now() + timedelta(seconds=lease_s),
                    progress=fraction,
                    note=note,
                )
            except PyMongoError as error:
                _log.warning("the lease could not be renewed", reason=type(error).__name__)
            else:
                if not holds:
                    self.stop(FencedOff())
                    return
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
