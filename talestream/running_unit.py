"""What blocking work may use of the unit that it works for: its order, its progress, its paid job, its kept pieces.

A provider runs in a thread and asks :func:`this_unit`, as it asks ``check_cancelled()``::

    unit = this_unit()
    job = unit.job("acme", lambda key: acme.submit(prompt, idempotency_key=key), acme.cancel)
    while not (state := acme.look(job)).is_done:
        unit.progress(state.fraction)
        unit.pause(1.0)
    if state.is_failed:
        unit.forget_job()
        raise StageError("acme-failed", state.reason, retryable=True)
"""

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from schemas import Request
from talestream.errors import Cancelled
from talestream.kept_work import KeptWork
from talestream.paid_job import PaidJob

T = TypeVar("T")
STEP_S = 0.2
"""How soon whoever waits for news learns that the unit was cancelled."""


@dataclass(frozen=True)
class RunningUnit:
    """The unit that a thread works for. Its methods block; none may be called on the event loop."""

    request: Request
    """Its order; ``attempt`` is the number of the attempt that runs."""
    paid_job: PaidJob
    kept: KeptWork
    progress: Callable[[float, str], None]
    """Tells how far the unit is, 0 to 1, with a short note."""
    cancelled: threading.Event
    loop: asyncio.AbstractEventLoop

    def job(self, provider: str, submit: Callable[[str], str], cancel: Callable[[str], None] | None = None) -> str:
        """The id of the provider's job that does this unit's work: of the one that an earlier attempt submitted, else
        of a new one, stored before this returns.

        ``submit`` gets an idempotency key. ``cancel`` is called with the id when the job is not wanted any more: the
        task was cancelled or the unit's time is over. Cancelled when the attempt no longer holds the unit.
        """
        self._check()
        canceller = None if cancel is None else _in_thread(cancel)
        known = self.paid_job.resume(provider, canceller)
        if known is not None:
            return known
        self._wait(self.paid_job.confirm())
        job_id = submit(self.paid_job.key)
        self._wait(self.paid_job.note(provider, job_id, canceller))
        return job_id

    def job_delivered(self) -> None:
        """For a provider that has what its job made: a time-out after this does not give the job up."""
        self.paid_job.deliver()

    def forget_job(self) -> None:
        """For a provider whose job failed or is unknown: the next attempt submits anew."""
        self._wait(self.paid_job.forget())

    def take_piece(self, name: str, target: Path) -> bool:
        """Write a piece of the unit's work that an earlier attempt kept to ``target``. False when there is none."""
        self._check()
        return self._wait(self.kept.take(name, target))

    def keep_piece(self, name: str, piece: Path, mime: str) -> None:
        """Keep a piece of the unit's work for later attempts. ``name`` says all that it is made from."""
        self._check()
        self._wait(self.kept.keep(name, piece, mime))

    def drop_other_pieces(self) -> None:
        """Remove the pieces that this attempt neither took nor kept."""
        self._wait(self.kept.drop_others())

    def await_news(self, seconds: float) -> None:
        """Wait for the provider to call back that the job is over, no longer than ``seconds``.

        Cancelled as soon as the unit is cancelled.
        """
        news, until = self.paid_job.news, time.monotonic() + seconds
        while (left_s := until - time.monotonic()) > 0 and not news.wait(min(left_s, STEP_S)):
            self._check()
        news.clear()
        self._check()

    def pause(self, seconds: float) -> None:
        """Wait; Cancelled as soon as the unit is cancelled."""
        self.cancelled.wait(seconds)
        self._check()

    def _check(self) -> None:
        if self.cancelled.is_set():
            raise Cancelled

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return asyncio.run_coroutine_threadsafe(work, self.loop).result()
        except concurrent.futures.CancelledError as error:  # the process ends
            raise Cancelled from error


def _in_thread(cancel: Callable[[str], None]) -> Callable[[str], Coroutine[Any, Any, None]]:
    async def cancel_in_thread(job_id: str) -> None:
        await asyncio.to_thread(cancel, job_id)

    return cancel_in_thread


_current: ContextVar[RunningUnit | None] = ContextVar("talestream_unit", default=None)


def bind(unit: RunningUnit) -> None:
    """Make ``unit`` the one that this context's blocking work is for."""
    _current.set(unit)


def this_unit() -> RunningUnit:
    """The unit that this thread works for. LookupError where there is none, as on the event loop."""
    unit = _current.get()
    if unit is None:
        raise LookupError("this thread works for no unit: it was not started by StageContext.in_thread")
    return unit
