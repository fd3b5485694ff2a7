"""Cancelling what a worker runs: at its next step, or once it is finished; by a user, or by who ordered it by topic."""

import json
import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from schemas import (
    CONTROL_TOPIC,
    CancelMode,
    CancelTask,
    StageSpec,
    StageState,
    TaskInput,
    TaskState,
    UnitState,
    Workflow,
)
from talestream import rules
from talestream.cancelling import cancellation
from talestream.dead_letters import DeadLetters
from talestream.settings import KafkaSettings, Settings
from tests.runner_bench import Author, Bench, working

STORY_AND_PICTURES = Workflow(
    name="story-and-pictures", stages=(StageSpec(name="story", segment=1), StageSpec(name="image", needs=("story",)))
)


@pytest.fixture
async def bench(infrastructure: Settings) -> AsyncIterator[Bench]:
    async with working(infrastructure, Author()) as bench:
        yield bench


def new_id(partition: int) -> int:
    """A task whose orders lie on that partition: two on one partition would run one after the other."""
    while True:
        task_id = secrets.randbelow(2**53 - 1) + 1
        if (murmur2(str(task_id).encode()) & 0x7FFFFFFF) % KafkaSettings().partitions == partition:
            return task_id


async def order(bench: Bench, topic: str, partition: int = 0) -> int:
    """A task with a stage more than this worker has, whose story has begun when this returns."""
    now = bench.runtime.clock.now
    task_id = new_id(partition)
    bench.author.started.clear()
    await bench.runtime.tasks.insert(
        rules.create(
            task_id, "user:1", STORY_AND_PICTURES, TaskInput(topic=topic, seed=secrets.randbelow(2**32)), now()
        )
    )
    await bench.runtime.tasks.change(task_id, lambda task: rules.order(task, ["story", "image"], "x", now()))
    await bench.author.started.wait()
    return task_id


async def order_by_topic(bench: Bench, topic: str, partition: int = 0) -> int:
    """An order of another system, which has begun when this returns."""
    task_id = new_id(partition)
    bench.author.started.clear()
    await bench.publish(json.dumps({"task_id": task_id, "topic": topic}).encode(), key=str(task_id).encode())
    await bench.author.started.wait()
    return task_id


async def cancel(bench: Bench, task_id: int, mode: CancelMode) -> None:
    await bench.runtime.tasks.change(task_id, lambda task: rules.cancel(task, bench.runtime.clock.now(), mode))


async def cancel_by_topic(bench: Bench, task_id: int, **fields: str) -> None:
    value = json.dumps({"task_id": task_id, **fields}).encode()
    await (await bench.runtime.broker.send(CONTROL_TOPIC, str(task_id).encode(), value, []))


async def until_stopped(bench: Bench) -> None:
    async def is_stopped() -> bool:
        return bench.author.steps_after_cancel == 1

    await bench.until(is_stopped)


async def test_cancelling_now_reaches_the_running_step_of_that_task_alone(bench: Bench) -> None:
    other = await order(bench, "waits")
    task_id = await order(bench, "steps", partition=1)
    await cancel(bench, task_id, CancelMode.NOW)
    await until_stopped(bench)
    task = await bench.ended(task_id, TaskState.CANCELLED)
    assert task.stages["story"].units["whole"].artifacts == ()
    assert [unit.stage for unit in cancellation(task).wasted] == ["story"]
    running = await bench.runtime.tasks.find(other)
    assert running is not None
    assert running.stages["story"].units["whole"].state is UnitState.RUNNING
    bench.author.proceed.set()

    async def is_told() -> bool:
        found = await bench.runtime.tasks.find(other)
        return found is not None and found.stages["story"].state is StageState.COMPLETED

    await bench.until(is_told)


async def test_keeping_finishes_what_runs_stores_it_and_starts_nothing_more(bench: Bench) -> None:
    task_id = await order(bench, "waits")
    await cancel(bench, task_id, CancelMode.KEEP)
    running = await bench.runtime.tasks.find(task_id)
    assert running is not None
    assert (running.state, running.cancel_mode) == (TaskState.RUNNING, CancelMode.KEEP)
    bench.author.proceed.set()
    task = await bench.ended(task_id, TaskState.CANCELLED)
    (artifact,) = task.stages["story"].units["whole"].artifacts
    assert await bench.runtime.blobs.get(artifact.uri) == b"waits"
    assert task.stages["image"].units == {}
    assert [unit.stage for unit in cancellation(task).kept] == ["story"]

    async def is_logged() -> bool:
        return "TaskCancelled" in await bench.told("user:1", task_id)

    await bench.until(is_logged)
    assert "UnitCompleted" in await bench.told("user:1", task_id)


async def test_the_system_that_ordered_by_topic_cancels_by_topic(bench: Bench) -> None:
    task_id = await order_by_topic(bench, "steps")
    await cancel_by_topic(bench, task_id)
    await until_stopped(bench)
    await bench.ended(task_id, TaskState.CANCELLED)

    async def is_logged() -> bool:
        return "TaskCancelled" in await bench.told("topic", task_id)

    await bench.until(is_logged)


async def test_it_too_may_keep_what_runs(bench: Bench) -> None:
    task_id = await order_by_topic(bench, "waits")
    await cancel_by_topic(bench, task_id, mode="keep")

    async def is_keeping() -> bool:
        task = await bench.runtime.tasks.find(task_id)
        return task is not None and task.cancel_mode is CancelMode.KEEP

    await bench.until(is_keeping)
    bench.author.proceed.set()
    task = await bench.ended(task_id, TaskState.CANCELLED)
    assert task.stages["story"].units["whole"].state is UnitState.COMPLETED


async def test_a_cancel_by_topic_that_comes_before_its_order_refuses_it(bench: Bench) -> None:
    task_id = secrets.randbelow(2**53 - 1) + 1
    await cancel_by_topic(bench, task_id)
    await bench.ended(task_id, TaskState.CANCELLED)
    order = json.dumps({"task_id": task_id, "topic": "too late"}).encode()
    await bench.publish(order)
    letters = DeadLetters(bench.runtime.database, bench.runtime.broker, bench.runtime.clock)

    async def letter() -> Any:
        return [letter async for letter in letters.all("talestream.story.v1") if letter.value == order]

    (refused,) = await bench.until(letter)
    assert "was cancelled" in refused.reason
    assert task_id not in [request.task_id for request in bench.author.asked]


async def test_no_other_system_cancels_a_users_task(bench: Bench) -> None:
    task_id = await order(bench, "waits")
    theirs = await order_by_topic(bench, "steps", partition=1)
    await cancel_by_topic(bench, task_id)
    await cancel_by_topic(bench, theirs)  # read behind the other, by the same reader
    await until_stopped(bench)
    running = await bench.runtime.tasks.find(task_id)
    assert running is not None
    assert running.stages["story"].units["whole"].state is UnitState.RUNNING
    bench.author.proceed.set()


@pytest.mark.parametrize("value", [b"", b"\xff", b"[]", b'{"task_id": 0}', b'{"task_id": 5, "mode": "later"}'])
async def test_what_is_no_cancel_on_the_control_topic_disturbs_nobody(bench: Bench, value: bytes) -> None:
    await (await bench.runtime.broker.send(CONTROL_TOPIC, None, value, []))
    task_id = await order_by_topic(bench, "steps")
    await cancel_by_topic(bench, task_id)
    await until_stopped(bench)


async def test_a_cancel_that_cancelled_nothing_does_not_leave_its_unit_to_nobody(bench: Bench) -> None:
    task_id = await order(bench, "steps once")
    stray = CancelTask(task_id=task_id).model_dump_json().encode()
    headers = [("ce_source", b"/talestream/test"), ("ce_type", b"CancelTask")]
    await (await bench.runtime.broker.send(CONTROL_TOPIC, str(task_id).encode(), stray, headers))
    await until_stopped(bench)

    async def is_finished() -> bool:
        task = await bench.runtime.tasks.find(task_id)
        return task is not None and task.stages["story"].state is StageState.COMPLETED

    await bench.until(is_finished, seconds=60)
