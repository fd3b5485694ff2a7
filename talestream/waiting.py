"""Waiting that comes to an end: work that is given up for an event, after a time, or at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from talestream.endings import end
from talestream.telemetry import logger

T = TypeVar("T")

_left: set["asyncio.Task[Any]"] = set()
"""What was given up and has not ended. The event loop alone would not keep it."""
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


async def at_most(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives; TimeoutError after so long, and ``work`` is cancelled and left to end by itself.

    Before Python 3.12 ``wait_for`` waits for what it cancels, and a client that waits for an answer may swallow a
    cancellation and wait on.
    """
    doing = asyncio.create_task(work)
    try:
        await asyncio.wait({doing}, timeout=seconds)
    finally:
        if not doing.done():
            _leave(doing)
    if not doing.done():
        raise TimeoutError(f"no answer within {seconds:g} s")
    return doing.result()


async def within(seconds: float, work: Coroutine[Any, Any, None]) -> None:
    """Give ``work`` this long, whatever comes of it, as :func:`at_most` does. For the end of connections."""
    try:
        await at_most(seconds, work)
    except Exception as error:
        _log.info("an end that went wrong", reason=repr(error))


def _leave(doing: "asyncio.Task[Any]") -> None:
    doing.cancel()
    _left.add(doing)
    doing.add_done_callback(_forget)


def _forget(doing: "asyncio.Task[Any]") -> None:
    _left.discard(doing)
    if not doing.cancelled() and (error := doing.exception()):
        _log.info("what was given up went wrong", reason=repr(error))
