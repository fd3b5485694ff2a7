"""Waiting that comes to an end: work that is given up for an event, after a time, or at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from talestream.endings import end
from talestream.telemetry import logger

T = TypeVar("T")

_log = logger(__name__)


async def unless(work: Coroutine[Any, Any, T], *events: asyncio.Event) -> T | None:
    """What ``work`` gives; or None, once one of these events is set, and ``work`` is cancelled."""
    doing = asyncio.create_task(work)
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait([doing, *waiting], return_when=asyncio.FIRST_COMPLETED)
        return await doing if doing.done() else None
    finally:
        await end(doing, *waiting)


async def within(seconds: float, work: Coroutine[Any, Any, None]) -> None:
    """Give ``work`` this long, whatever comes of it; then it is cancelled and left alone.

    For the end of connections: before Python 3.12 ``wait_for`` waits for what it cancels, and a client that is being
    closed may swallow a cancellation and wait on.
    """
    doing = asyncio.create_task(work)
    await asyncio.wait({doing}, timeout=seconds)
    doing.cancel()
    if doing.done() and not doing.cancelled() and (error := doing.exception()):
        _log.info("an end that went wrong", reason=repr(error))
