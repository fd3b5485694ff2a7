"""The stage runner against a real broker, database and object store."""

import json
import os
import secrets
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from schemas import (
    Story,
    StoryRequested,
    TaskInput,
    TaskState,
)
from talestream import marking, rules
from talestream.dead_letters import DeadLetters
from talestream.embedded.stack import Stack
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.runner_bench import STORY_ONLY, Author, Bench, ordered, working


@pytest.fixture(scope="module")
async def bench(infrastructure: Settings) -> AsyncIterator[Bench]:
    async with working(infrastructure, Author()) as bench:
        yield bench


async def test_an_order_becomes_a_result_with_its_artifact_in_its_public_place(bench: Bench) -> None:
    task = await bench.ended(await bench.order("plain"), TaskState.COMPLETED)
    artifact = task.stages["story"].units["whole"].artifacts[0]
    assert await bench.runtime.blobs.get(artifact.uri) == b"plain"

    async def is_public() -> bool:
        return await bench.runtime.blobs.stat(artifact.path) is not None

    await bench.until(is_public)
    assert artifact.path == f"generated_stories/{task.id}/script_data.json"


async def test_the_outbox_empties_and_the_log_has_every_event_once(bench: Bench) -> None:
    task_id = await bench.order("plain")
    await bench.ended(task_id, TaskState.COMPLETED)

    async def is_empty() -> bool:
        task = await bench.runtime.tasks.find(task_id)
        return task is not None and not task.outbox

    await bench.until(is_empty)
    expected = ["TaskCreated", "StageStarted", "UnitStarted", "UnitCompleted", "StageCompleted", "TaskCompleted"]
    assert await bench.told("user:1", task_id) == expected
    numbers = [event.sequence for event in await bench.runtime.events.after("user:1", 0, 10_000)]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_the_claim_marks_the_order_and_the_events_that_are_out_by_then(
    bench: Bench, infrastructure: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "MARK_S", 60)  # whoever published it marks nothing
    async with Runtime.open("api", infrastructure) as api:
        bench.author.started.clear()
        task_id = await ordered(api, "waits")
        await bench.author.started.wait()
        task = await bench.runtime.tasks.find(task_id)
        assert task is not None
        assert {(entry.type, entry.published_in) for entry in task.outbox.values()} == {
            ("StoryRequested", api.broker.incarnation),
            ("UnitStarted", None),
        }
        bench.author.proceed.set()
        await bench.ended(task_id, TaskState.COMPLETED)
        bench.author.proceed.clear()


async def test_a_retryable_failure_is_tried_again_under_the_next_attempt(bench: Bench) -> None:
    task = await bench.ended(await bench.order("fails once"), TaskState.COMPLETED)
    unit = task.stages["story"].units["whole"]
    assert (unit.attempt, unit.failures) == (2, 1)


async def test_a_message_that_keeps_failing_becomes_a_dead_letter_that_can_be_replayed(bench: Bench) -> None:
    task_id = await bench.order("fails always")
    await bench.ended(task_id, TaskState.FAILED)
    letters = DeadLetters(bench.runtime.database, bench.runtime.broker, bench.runtime.clock)

    async def letter() -> Any:
        found = [letter async for letter in letters.all("talestream.story.v1")]
        return [entry for entry in found if entry.value and json.loads(entry.value)["task_id"] == task_id]

    (found,) = await bench.until(letter)
    assert "it cannot be told" in found.reason
    await letters.replay(found.id, bench.runtime.tasks, bench.runtime.blobs)

    async def was_tried_again() -> bool:
        return [order.task_id for order in bench.author.asked].count(task_id) == 2

    await bench.until(was_tried_again)


async def test_the_same_message_twice_is_worked_once(bench: Bench) -> None:
    task_id = await bench.order("plain")
    task = await bench.ended(task_id, TaskState.COMPLETED)
    request = StoryRequested.of(task, None, 1).model_dump_json().encode()
    for _ in range(3):
        await bench.publish(request, ce_source="/talestream/test", ce_type="StoryRequested")
    await bench.ended(await bench.order("plain"), TaskState.COMPLETED)
    assert [order.task_id for order in bench.author.asked].count(task_id) == 1


async def test_anyone_may_order_by_topic_and_gets_artifact_and_event(bench: Bench) -> None:
    task_id = secrets.randbelow(2**53 - 1) + 1
    order = json.dumps({"task_id": task_id, "topic": "from elsewhere"}).encode()
    await bench.publish(order)
    await bench.publish(order)

    async def event() -> Any:
        events = await bench.runtime.events.after("topic", 0, 10_000)
        return [event for event in events if event.task_id == task_id and event.type == "UnitCompleted"]

    (completed,) = await bench.until(event)
    artifact = completed.data["artifacts"][0]
    assert artifact["path"] == f"direct/{task_id}/script_data.json"
    assert await bench.runtime.blobs.get(artifact["uri"]) == b"from elsewhere"
    task = await bench.runtime.tasks.find(task_id)
    assert task is not None
    assert task.results("story", Story)[0].script.title == "T"
    assert [order.task_id for order in bench.author.asked].count(task_id) == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfe not json", "Invalid JSON"),
        (b'{"task_id": 5}', "topic: Field required"),
        (b'{"task_id": -1, "topic": "x"}', "task_id"),
        (b'{"task_id": 5, "topic": "x", "page_count": 1000}', "page_count"),
        (b"[]", "StoryRequested"),
    ],
)
async def test_a_message_that_cannot_be_decoded_is_set_aside_and_blocks_nothing(
    bench: Bench, value: bytes, reason: str
) -> None:
    await bench.publish(value)
    letters = DeadLetters(bench.runtime.database, bench.runtime.broker, bench.runtime.clock)

    async def letter() -> Any:
        return [letter async for letter in letters.all("talestream.story.v1") if letter.value == value]

    (found, *_) = await bench.until(letter)
    assert reason in found.reason
    await bench.ended(await bench.order("plain"), TaskState.COMPLETED)


async def test_an_order_for_somebody_elses_task_is_set_aside(bench: Bench) -> None:
    task_id = await bench.order("plain")
    await bench.ended(task_id, TaskState.COMPLETED)
    await bench.publish(json.dumps({"task_id": task_id, "topic": "intruder"}).encode(), ce_source="/elsewhere")
    letters = DeadLetters(bench.runtime.database, bench.runtime.broker, bench.runtime.clock)

    async def letter() -> Any:
        found = [letter async for letter in letters.all() if letter.value]
        return [entry for entry in found if b"intruder" in (entry.value or b"")]

    (found,) = await bench.until(letter)
    assert "choose another task_id" in found.reason


async def test_deleting_a_task_removes_its_objects(bench: Bench) -> None:
    task_id = await bench.order("plain")
    task = await bench.ended(task_id, TaskState.COMPLETED)
    artifact = task.stages["story"].units["whole"].artifacts[0]
    await bench.runtime.tasks.change(task_id, lambda task: rules.delete(task, bench.runtime.clock.now()))

    async def are_gone() -> bool:
        found = [await bench.runtime.blobs.stat(key) for key in (artifact.path, bench.runtime.blobs.key(artifact.uri))]
        return found == [None, None]

    await bench.until(are_gone)


async def test_what_a_process_committed_and_never_published_is_published_by_another(bench: Bench) -> None:
    silent = TaskStore(bench.runtime.database)  # its commits are told to nobody, as those of a process that died
    now = bench.runtime.clock.now
    task_id = secrets.randbelow(2**53 - 1) + 1
    await silent.insert(
        rules.create(task_id, "user:1", STORY_ONLY, TaskInput(topic="plain", seed=secrets.randbelow(2**32)), now())
    )
    await silent.change(task_id, lambda task: rules.order(task, ["story"], "x", now()))
    await bench.ended(task_id, TaskState.COMPLETED)


async def test_a_broker_that_comes_back_empty_is_given_everything_under_way_again(
    bench: Bench, embedded_servers: Stack
) -> None:
    incarnation = bench.runtime.broker.incarnation
    os.kill(embedded_servers.pids["broker"], signal.SIGKILL)  # the stack starts it again; it keeps nothing
    task_ids = [await bench.order("plain") for _ in range(3)]
    for task_id in task_ids:
        await bench.ended(task_id, TaskState.COMPLETED)

    async def has_noticed() -> bool:
        return bench.runtime.broker.incarnation != incarnation

    await bench.until(has_noticed)  # the first orders may have reached the new broker before it was known as one
    asked = [order.task_id for order in bench.author.asked]
    assert all(asked.count(task_id) == 1 for task_id in task_ids)
