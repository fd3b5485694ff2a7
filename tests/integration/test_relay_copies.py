"""What the relay does when an artifact cannot be copied to its public place: order holds, nothing waits for ever."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from schemas import TaskInput, TaskState
from talestream import admission, rules
from talestream.dead_letters import OUTBOX, DeadLetters
from talestream.draft import Ref
from talestream.errors import StageError
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.runner_bench import STORY_ONLY
from tests.stage_hand import StageHand, written

STORY = Ref("story", "whole")
PATIENCE_S = 30


@pytest.fixture
async def runtime(own_database: Settings) -> AsyncIterator[Runtime]:
    async with Runtime.open("test", own_database) as runtime:
        yield runtime


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
        return found


async def finished_with_lost_artifact(runtime: Runtime) -> int:
    """A task whose only artifact was removed from the store before its result was taken."""
    now, task_id = runtime.clock.now, secrets.randbelow(2**53 - 1) + 1
    task = rules.create(task_id, "user:1", STORY_ONLY, TaskInput(topic="a fox", page_count=3), now())
    await runtime.tasks.insert(admission.admit(rules.order(task, ["story"], "x", now()), now()))
    hand = StageHand(runtime.tasks, runtime.blobs, runtime.clock)
    task = await hand.start(task_id, STORY)
    result, artifacts = await hand.made(task, STORY)
    await runtime.blobs.remove_prefix(f"{task.prefix}/.attempts")
    await runtime.tasks.change(task_id, lambda task: rules.complete(task, STORY, 1, result, artifacts, now()))
    return task_id


async def test_a_lost_artifact_is_set_aside_and_its_event_and_those_behind_it_go_out_labelled(
    runtime: Runtime,
) -> None:
    task_id = await finished_with_lost_artifact(runtime)

    async def events() -> Any:
        logged = [event for event in await runtime.events.after("user:1", 0, 1000) if event.task_id == task_id]
        return logged if logged and logged[-1].type == "TaskCompleted" else None

    logged = await until(events)
    assert [event.type for event in logged][-3:] == ["UnitCompleted", "StageCompleted", "TaskCompleted"]
    assert all("could not be published" in event.data["artifacts"][0]["degraded"] for event in logged[-3:])

    async def emptied() -> bool:
        task = await runtime.tasks.find(task_id)
        return task is not None and not task.outbox

    await until(emptied)
    task = await runtime.tasks.find(task_id)
    assert task is not None
    assert task.state is TaskState.COMPLETED
    assert task.stages["story"].units["whole"].artifacts[0].degraded
    letters = DeadLetters(runtime.database, runtime.broker, runtime.clock)
    (letter,) = [letter async for letter in letters.all(OUTBOX)]
    assert letter.reason.startswith("missing-object")
    with pytest.raises(StageError):
        await letters.replay(letter.id, runtime.tasks, runtime.blobs)
    script = written(task).model_dump_json().encode()
    await runtime.blobs.put(runtime.blobs.key(task.stages["story"].units["whole"].artifacts[0].uri), script, "x/y")
    assert "1 copies" in await letters.replay(letter.id, runtime.tasks, runtime.blobs)
    assert await runtime.blobs.stat(task.stages["story"].units["whole"].artifacts[0].path)
    assert [letter async for letter in letters.all(OUTBOX)] == []


async def test_a_task_deleted_before_its_copies_were_made_leaves_no_letter_and_tells_its_end(runtime: Runtime) -> None:
    relayed, runtime.tasks.on_commit = runtime.tasks.on_commit, lambda _task, _keys: None
    task_id = await finished_with_lost_artifact(runtime)
    runtime.tasks.on_commit = relayed
    await runtime.tasks.change(task_id, lambda task: rules.delete(task, runtime.clock.now()))

    async def is_told() -> bool:
        logged = await runtime.events.after("user:1", 0, 1000)
        return any(event.type == "TaskDeleted" and event.task_id == task_id for event in logged)

    await until(is_told)
    letters = DeadLetters(runtime.database, runtime.broker, runtime.clock)
    assert [letter async for letter in letters.all(OUTBOX)] == []
