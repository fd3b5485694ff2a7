"""The sweep goes on, whatever goes wrong in it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from schemas import OutboxEntry, TaskInput
from talestream import admission, rules, sweeping
from talestream.event_log import LoggedEvent
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.runner_bench import STORY_ONLY

GOOD, BAD = 2, 1


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process committed is published at once, and sweeps follow each other."""
    monkeypatch.setattr(sweeping, "GRACE_S", 0.0)
    monkeypatch.setattr(sweeping, "SWEEP_S", 0.05)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():
            await asyncio.sleep(0.05)


async def commit_silently(runtime: Runtime, task_id: int) -> None:
    """An ordered task, committed by a process that died before it published anything."""
    silent, now = TaskStore(runtime.database), runtime.clock.now()
    task = rules.order(rules.create(task_id, "user:1", STORY_ONLY, TaskInput(topic="plain"), now), ["story"], "x", now)
    await silent.insert(admission.admit(task, now))


async def is_published(runtime: Runtime, task_id: int) -> bool:
    task = await runtime.tasks.find(task_id)
    return task is not None and all(entry.published_in for entry in task.outbox.values())


async def test_a_sweep_that_breaks_off_is_told_and_followed_by_others(own_database: Settings) -> None:
    async with Runtime.open("test", own_database) as runtime:

        async def break_off() -> None:
            raise KeyError("nobody foresaw this")

        async def is_told() -> bool:
            return (await runtime.readiness())["relay"] == "KeyError: 'nobody foresaw this'"

        async def is_well() -> bool:
            return (await runtime.readiness())["relay"] is True

        works, runtime.relay.sweeper.on_sweep = runtime.relay.sweeper.on_sweep, break_off
        await until(is_told)
        await commit_silently(runtime, GOOD)
        await until(lambda: is_published(runtime, GOOD))
        runtime.relay.sweeper.on_sweep = works
        await until(is_well)


async def test_nobody_waits_for_a_task_that_cannot_be_published(
    own_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Runtime.open("test", own_database) as runtime:
        publish, tried = runtime.events.append, 0

        async def refuse_bad(entries: Sequence[OutboxEntry]) -> list[LoggedEvent]:
            nonlocal tried
            if entries[0].data["task_id"] == BAD:
                tried += 1
                raise KeyError("nobody foresaw this")
            return await publish(entries)

        monkeypatch.setattr(runtime.events, "append", refuse_bad)
        await commit_silently(runtime, BAD)
        await commit_silently(runtime, GOOD)
        await until(lambda: is_published(runtime, GOOD))
        assert tried > 0
        assert not await is_published(runtime, BAD)
        assert (await runtime.readiness())["relay"] is True
        monkeypatch.setattr(runtime.events, "append", publish)
        await until(lambda: is_published(runtime, BAD))
