"""A stage worker in this process, and the means to order from it."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from schemas import (
    Page,
    Script,
    StageSpec,
    Story,
    StoryRequested,
    Task,
    TaskInput,
    TaskState,
    Workflow,
)
from talestream import rules
from talestream.cancellation import check_cancelled
from talestream.errors import Cancelled, StageError, UserMustAct
from talestream.runner import StageWorker
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.stage import Stage as DeclaredStage
from talestream.stage import StageContext, stage

STORY_ONLY = Workflow(name="story-only", stages=(StageSpec(name="story", segment=1, attempts=2, timeout_s=20),))


@dataclass
class Author:
    """A story stage that does what the topic says, and remembers what it was asked."""

    asked: list[StoryRequested] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    steps_after_cancel: int = 0
    proceed: asyncio.Event = field(default_factory=asyncio.Event)
    is_mended: bool = False

    def stage(self) -> "DeclaredStage[Any, Any]":
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
                case "breaks" if not self.is_mended:
                    raise KeyError("nobody foresaw this")
                case "unpaid" if not self.is_mended:
                    raise UserMustAct("quota-exhausted", "no credit is left", "top up the account")
                case "steps once" if request.attempt > 1:
                    pass
                case "steps" | "steps once":
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


async def ordered(runtime: Runtime, topic: str, workflow: Workflow = STORY_ONLY, seed: int | None = None) -> int:
    """The id of a new task whose story is ordered. Without a ``seed`` its work is equal to no other's."""
    now = runtime.clock.now
    task_id = secrets.randbelow(2**53 - 1) + 1
    order = TaskInput(topic=topic, seed=secrets.randbelow(2**32) if seed is None else seed)
    await runtime.tasks.insert(rules.create(task_id, "user:1", workflow, order, now()))
    await runtime.tasks.change(task_id, lambda task: rules.order(task, ["story"], "x", now()))
    return task_id


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """What the condition finds, as soon as it finds something."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):
            await asyncio.sleep(0.05)
        return found


async def ended(runtime: Runtime, task_id: int, state: TaskState) -> Task:
    """The task, as soon as it is in this state."""

    async def look() -> Task | None:
        task = await runtime.tasks.find(task_id)
        return task if task and task.state is state else None

    found: Task = await until(look)
    return found


@dataclass
class Bench:
    """A worker and the means to order from it."""

    runtime: Runtime
    worker: StageWorker
    author: Author
    stop: asyncio.Event
    running: "asyncio.Task[None]"

    async def order(self, topic: str, workflow: Workflow = STORY_ONLY, seed: int | None = None) -> int:
        return await ordered(self.runtime, topic, workflow, seed)

    async def publish(self, value: bytes, key: bytes | None = None, **headers: str) -> None:
        encoded = [(name, text.encode()) for name, text in headers.items()]
        await (await self.runtime.broker.send("talestream.story.v1", key, value, encoded))

    async def until(self, condition: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
        return await until(condition, seconds)

    async def ended(self, task_id: int, state: TaskState) -> Task:
        return await ended(self.runtime, task_id, state)

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
            done, _ = await asyncio.wait({running}, timeout=60)
            for task in () if done else asyncio.all_tasks():
                task.print_stack()
            assert done, "the worker did not stop"
            await running
