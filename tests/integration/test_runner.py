"""The stage runner against a real broker, database and object store."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from schemas import (
    Page,
    Script,
    StageSpec,
    Story,
    StoryRequested,
    Task,
    TaskInput,
    TaskState,
    UnitState,
    Workflow,
)
from talestream import rules
from talestream.cancellation import check_cancelled
from talestream.dead_letters import DeadLetters
from talestream.errors import Cancelled, StageError
from talestream.runner import StageWorker
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.stage import Stage, StageContext, stage

STORY_ONLY = Workflow(name="story-only", stages=(StageSpec(name="story", segment=1, attempts=2, timeout_s=20),))


@dataclass
class Author:
    """A story stage that does what the topic says, and remembers what it was asked."""

    asked: list[StoryRequested] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    steps_after_cancel: int = 0
    proceed: asyncio.Event = field(default_factory=asyncio.Event)

    def stage(self) -> "Stage[Any, Any]":
        @stage("story", consumes=StoryRequested, slots=3, attempts=2)
        async def tell(request: StoryRequested, ctx: StageContext) -> Story:
            self.asked.append(request)
            self.started.set()
            match request.topic:
                case "fails once" if request.attempt == 1:
                    raise StageError("hiccup", "this time it failed", retryable=True, defer_s=0)
                case "fails always":
                    raise StageError("hopeless", "it cannot be told")
                case "waits":
                    await self.proceed.wait()
                case "steps":
                    await ctx.in_thread(self._step)
            await ctx.put("script_data.json", request.topic.encode(), role="script", mime="application/json")
            page = Page(story=request.topic, image_prompt="p")
            return Story(script=Script(title="T", language="en", pages=(page,)))

        return tell

    def _step(self) -> None:
        while True:
            try:
                check_cancelled()
            except Cancelled:
                self.steps_after_cancel += 1
                raise
            time.sleep(0.02)


@dataclass
class Bench:
    """A worker and the means to order from it."""

    runtime: Runtime
    worker: StageWorker
    author: Author
    stop: asyncio.Event
    running: "asyncio.Task[None]"

    async def order(self, topic: str) -> int:
        now = self.runtime.clock.now
        task_id = secrets.randbelow(2**53 - 1) + 1
        await self.runtime.tasks.insert(rules.create(task_id, "user:1", STORY_ONLY, TaskInput(topic=topic), now()))
        await self.runtime.tasks.change(task_id, lambda task: rules.order(task, ["story"], "x", now()))
        return task_id

    async def publish(self, value: bytes, **headers: str) -> None:
        encoded = [(name, text.encode()) for name, text in headers.items()]
        await (await self.runtime.broker.send("talestream.story.v1", None, value, encoded))

    async def until(self, condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := await condition()):
                await asyncio.sleep(0.05)
            return found

    async def ended(self, task_id: int, state: TaskState) -> Task:
        async def look() -> Task | None:
            task = await self.runtime.tasks.find(task_id)
            return task if task and task.state is state else None

        found: Task = await self.until(look)
        return found

    async def told(self, owner: str, task_id: int) -> list[str]:
        return [event.type for event in await self.runtime.events.after(owner, 0, 10_000) if event.task_id == task_id]


@asynccontextmanager
async def working(settings: Settings, author: Author) -> AsyncIterator[Bench]:
    async with Runtime.open("story", settings) as runtime:
        stop = asyncio.Event()
        worker = StageWorker(author.stage(), runtime)
        running = asyncio.create_task(worker.run(stop))
        bench = Bench(runtime, worker, author, stop, running)

        async def is_assigned() -> bool:
            return (await worker.readiness())["assigned"]

        try:
            await bench.until(is_assigned)
            yield bench
        finally:
            author.proceed.set()
            stop.set()
            await asyncio.wait_for(running, 60)


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
    await letters.replay(found.id, bench.runtime.tasks)

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


async def test_cancel_reaches_the_running_step(bench: Bench) -> None:
    bench.author.started.clear()
    task_id = await bench.order("steps")
    await bench.author.started.wait()
    await bench.runtime.tasks.change(task_id, lambda task: rules.cancel(task, bench.runtime.clock.now()))

    async def is_stopped() -> bool:
        return bench.author.steps_after_cancel == 1

    await bench.until(is_stopped)
    task = await bench.ended(task_id, TaskState.CANCELLED)
    assert task.stages["story"].units["whole"].artifacts == ()


async def test_deleting_a_task_removes_its_objects(bench: Bench) -> None:
    task_id = await bench.order("plain")
    task = await bench.ended(task_id, TaskState.COMPLETED)
    artifact = task.stages["story"].units["whole"].artifacts[0]
    await bench.runtime.tasks.change(task_id, lambda task: rules.delete(task, bench.runtime.clock.now()))

    async def are_gone() -> bool:
        found = [await bench.runtime.blobs.stat(key) for key in (artifact.path, bench.runtime.blobs.key(artifact.uri))]
        return found == [None, None]

    await bench.until(are_gone)


async def test_a_drained_worker_hands_its_unit_back_and_another_finishes_it(infrastructure: Settings) -> None:
    first = Author()
    impatient = infrastructure.model_copy(update={"worker": infrastructure.worker.model_copy(update={"drain_s": 0.1})})
    async with working(impatient, first) as bench:
        task_id = await bench.order("waits")
        await first.started.wait()
        bench.stop.set()
        await asyncio.wait_for(bench.running, 30)
        task = await bench.runtime.tasks.find(task_id)
        assert task is not None
        assert task.stages["story"].units["whole"].state is UnitState.QUEUED
    second = Author()
    second.proceed.set()
    async with working(infrastructure, second) as bench:
        task = await bench.ended(task_id, TaskState.COMPLETED)
    assert task.stages["story"].units["whole"].attempt == 2
