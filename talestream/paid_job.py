"""The paid job of one unit: work at a provider whose id is stored before anybody waits for it.

An attempt that finds a stored job resumes it, so that what was paid for is never ordered twice, whatever ends the
attempts before. Between a submission and the storing of its id lies a moment in which a killed process leaves a job
that nobody knows; a provider that honours idempotency keys closes it, because the next attempt submits under the
same key.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Protocol

from schemas import ProviderJob, Request, unit_key
from talestream.clock import Clock, SystemClock
from talestream.errors import Cancelled
from talestream.inputs import inputs_hash
from talestream.telemetry import logger

CANCEL_S = 10.0
"""How long a provider may take to cancel a job."""

Submit = Callable[[str], Awaitable[str]]
"""Submits the unit's work under an idempotency key and returns the provider's id of it."""
Cancel = Callable[[str], Awaitable[None]]
"""Tells the provider that nobody wants the job any more."""

_log = logger(__name__)


class JobStore(Protocol):
    """Where the job of a unit is kept for whoever takes the unit over. The runner's is the task document."""

    async def confirm(self) -> None:
        """Return if the attempt holds its unit; else Cancelled."""
        ...

    async def note(self, job: ProviderJob) -> None:
        """Keep the job, durably. Cancelled when the attempt no longer holds its unit."""
        ...

    async def forget(self) -> None:
        """Keep it no longer: it came to nothing. Cancelled as above."""
        ...


class NoStore:
    """Keeps nothing: for an attempt that nobody can take over, as in a test of a stage."""

    async def confirm(self) -> None:
        """Nobody else holds the unit."""

    async def note(self, job: ProviderJob) -> None:
        """The attempt remembers it by itself."""

    async def forget(self) -> None:
        """There is nothing to forget."""


class PaidJob:
    """The job of one unit, as one attempt sees it."""

    def __init__(
        self,
        request: Request,
        store: JobStore | None = None,
        stored: ProviderJob | None = None,
        forgotten: int = 0,
        clock: Clock | None = None,
    ) -> None:
        """``stored`` is what an earlier attempt left; ``forgotten`` is how many came to nothing before."""
        self._request = request
        self.number = forgotten + 1
        """Counts the unit's submissions."""
        self._store = store or NoStore()
        self._job = stored
        self._cancel: Cancel | None = None
        self._is_delivered = False
        self._clock = clock or SystemClock()
        self.news = threading.Event()
        """Set when the provider calls back: the job is over, and is to be asked for at once."""

    @cached_property
    def inputs(self) -> str:
        """The hash of what is to be made."""
        return inputs_hash(self._request)

    @property
    def key(self) -> str:
        """The idempotency key of the next submission: it changes with the unit's inputs and when a job is forgotten."""
        request = self._request
        unit = unit_key(getattr(request, "page", None))
        return f"{request.task_id}/{request.stage}/{unit}/{self.inputs}/{self.number}"

    @property
    def is_delivered(self) -> bool:
        """Whether the provider has delivered, so that whatever takes long now is not the job."""
        return self._is_delivered

    def deliver(self) -> None:
        """Note that the provider has delivered: should the attempt come to nothing, the next one fetches that again."""
        self._is_delivered = self._job is not None

    @property
    def stored(self) -> ProviderJob | None:
        """The job that a later attempt would resume."""
        return self._job

    async def obtain(self, provider: str, submit: Submit, cancel: Cancel | None = None) -> str:
        """The id of the provider's job: of the one that is stored, else of a new one, stored before this returns."""
        known = self.resume(provider, cancel)
        if known is not None:
            return known
        await self.confirm()
        submitting = asyncio.ensure_future(self._submit(provider, submit, cancel))
        try:
            return await asyncio.shield(submitting)
        except asyncio.CancelledError:  # what is submitted by now is paid for: its id must not be lost
            await asyncio.gather(submitting, return_exceptions=True)
            raise

    def resume(self, provider: str, cancel: Cancel | None = None) -> str | None:
        """The id of the stored job, if it is this provider's and for these inputs."""
        if self._job is None or (self._job.provider, self._job.key) != (provider, self.key):
            return None
        self._cancel = cancel
        return self._job.id

    async def confirm(self) -> None:
        """See :meth:`JobStore.confirm`. To be awaited before a submission."""
        await self._store.confirm()

    async def note(self, provider: str, job_id: str, cancel: Cancel | None = None) -> None:
        """Store the id of a job that was submitted under :attr:`key`. One that comes too late is cancelled."""
        job = ProviderJob(provider=provider, id=job_id, key=self.key, submitted_at=self._clock.now())
        self._job, self._cancel = job, cancel
        try:
            await self._store.note(job)
        except Cancelled:
            await self.cancel()
            raise

    async def forget(self) -> None:
        """The provider says that the job failed, or does not know it: the next attempt submits anew."""
        if self._job is not None:
            await self._store.forget()
            self._job, self._cancel, self._is_delivered = None, None, False
            self.number += 1

    async def cancel(self) -> None:
        """Tell the provider, if it can cancel, that nobody wants the job any more. Best effort."""
        cancel, self._cancel = self._cancel, None
        if self._job is None or cancel is None:
            return
        try:
            async with asyncio.timeout(CANCEL_S):
                await cancel(self._job.id)
        except Exception as error:
            _log.warning("a job could not be cancelled at its provider", job=self._job.id, reason=repr(error))

    async def _submit(self, provider: str, submit: Submit, cancel: Cancel | None) -> str:
        job_id = await submit(self.key)
        await self.note(provider, job_id, cancel)
        return job_id
