"""Waiting comes to an end: for an event, or after its time."""

import asyncio
from contextlib import suppress

import pytest

from talestream.waiting import at_most, unless, within


async def test_work_is_given_up_once_an_event_is_set() -> None:
    stop, has_ended = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        try:
            stop.set()
            await asyncio.Event().wait()
        finally:
            has_ended.set()
        return "done"

    assert await unless(work(), asyncio.Event(), stop) is None
    assert has_ended.is_set()


async def test_work_that_no_event_interrupts_gives_its_result_or_its_error() -> None:
    async def work() -> str:
        return "done"

    async def broken() -> str:
        raise OSError("gone")

    assert await unless(work(), asyncio.Event()) == "done"
    with pytest.raises(OSError, match="gone"):
        await unless(broken(), asyncio.Event())


async def test_an_end_that_swallows_its_cancellation_or_fails_holds_nobody_up() -> None:
    released = asyncio.Event()

    async def stubborn() -> None:
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()

    async def broken() -> None:
        raise OSError("gone")

    await within(0.01, stubborn())
    await within(5, broken())
    released.set()


async def test_an_answer_that_is_late_is_given_up_even_by_who_swallows_its_cancellation() -> None:
    released = asyncio.Event()

    async def stubborn() -> str:
        while not released.is_set():
            with suppress(asyncio.CancelledError):
                await released.wait()
        return "late"

    async def prompt() -> str:
        return "here"

    with pytest.raises(TimeoutError):
        await at_most(0.01, stubborn())
    released.set()
    assert await at_most(5, prompt()) == "here"
