"""The scheduler against a real database: who is admitted when, by one process and by several."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from schemas import Priority, StageSpec, StoryRequested, Task, TaskInput, TaskState, UnitState, Workflow
from talestream import direct, rules
from talestream.draft import Ref
from talestream.runtime import Runtime
from talestream.scheduler import Scheduler, TooManyTasks
from talestream.settings import AdmissionSettings, Settings
from talestream.store import TaskStore
from tests.stage_hand import StageHand

STORIES = Workflow(
    name="stories",
    stages=(StageSpec(name="story", segment=1), StageSpec(name="split", needs=("story",), segment=2)),
)
PLENTY = 10_000


@dataclass
class Desk:
    """A process that takes orders, and a hand that plays the stages."""

    runtime: Runtime
    hand: StageHand

    async def new(self, owner: str = "user:1", priority: Priority = Priority.NORMAL) -> int:
        task_id = 1 + secrets.randbelow(2**53 - 1)
        now = self.runtime.clock.now()
        task = rules.create(task_id, owner, STORIES, TaskInput(topic="a fox", page_count=3), now, priority)
        await self.runtime.tasks.insert(task)
        return task_id

    async def order(
        self,
        owner: str = "user:1",
        *stages: str,
        priority: Priority = Priority.NORMAL,
        scheduler: Scheduler | None = None,
        at_once: int = PLENTY,
    ) -> Task:
        task_id = await self.new(owner, priority)
        return await (scheduler or self.runtime.scheduler).order(owner, task_id, self.rule(*stages), at_once)

    def rule(self, *stages: str) -> Callable[[Task], Task]:
        return lambda task: rules.order(task, stages or ("story", "split"), "x", self.runtime.clock.now())

    async def found(self, task_id: int) -> Task:
        task = await self.runtime.tasks.find(task_id)
        assert task is not None
        return task

    async def admitted(self, task_id: int) -> Task:
        async def look() -> Task | None:
            task = await self.found(task_id)
            return task if task.state is TaskState.RUNNING else None

        task: Task = await until(look)
        return task

    async def running(self) -> int:
        return (await self.runtime.tasks.running_by_owner()).total()

    async def fill(self, owner: str = "user:0") -> list[int]:
        """Give every place to the owner."""
        tasks = [await self.order(owner) for _ in range(self.runtime.settings.admission.running_tasks)]
        assert all(task.state is TaskState.RUNNING for task in tasks)
        return [task.id for task in tasks]


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(30):
        while not (found := await condition()):
            await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def opened(settings: Settings, **admission: Any) -> AsyncIterator[Desk]:
    chosen = settings.model_copy(update={"admission": AdmissionSettings(**admission)})
    async with Runtime.open("test", chosen) as runtime:
        yield Desk(runtime, StageHand(runtime.tasks, runtime.blobs, runtime.clock))


@pytest.fixture
async def desk(own_database: Settings) -> AsyncIterator[Desk]:
    async with opened(own_database, running_tasks=2) as desk:
        yield desk


async def test_where_a_place_is_free_an_order_starts_in_the_write_that_takes_it_in(desk: Desk) -> None:
    task = await desk.order()
    assert task.state is TaskState.RUNNING
    assert "request-story-whole" in task.outbox


async def test_another_users_single_task_is_admitted_before_the_thirty_that_wait(desk: Desk) -> None:
    first, _ = await desk.fill("user:1")
    waiting = [await desk.order("user:1") for _ in range(30)]
    single = await desk.order("user:2")
    assert {task.state for task in [*waiting, single]} == {TaskState.PENDING}
    await desk.hand.finish(first)
    await desk.admitted(single.id)
    assert await desk.running() == 2
    assert [task.id for task in waiting if (await desk.found(task.id)).state is TaskState.RUNNING] == []


async def test_a_higher_priority_is_admitted_first(desk: Desk) -> None:
    first, second = await desk.fill()
    low = await desk.order(priority=Priority.LOW)
    normal = await desk.order()
    high = await desk.order(priority=Priority.HIGH)
    await desk.hand.finish(first)
    await desk.admitted(high.id)
    await desk.hand.finish(second)
    await desk.admitted(normal.id)
    assert (await desk.found(low.id)).state is TaskState.PENDING


async def test_a_burst_of_orders_fills_the_places_and_no_more(desk: Desk) -> None:
    tasks = await asyncio.gather(*(desk.order(f"user:{number % 4}") for number in range(20)))
    assert sum(task.state is TaskState.RUNNING for task in tasks) == 2
    assert await desk.running() == 2


async def test_two_processes_admit_each_task_once_and_at_most_one_too_many(desk: Desk, own_database: Settings) -> None:
    async with opened(own_database, running_tasks=2) as other:
        orders = [asyncio.create_task(place.order(f"user:{n % 3}")) for n in range(8) for place in (desk, other)]
        left = {(await order).id for order in orders}
        admitted: list[int] = []
        while left:
            running = [task_id for task_id in left if (await desk.found(task_id)).state is TaskState.RUNNING]
            assert len(running) <= 3
            for task_id in running:
                await desk.hand.finish(task_id)
                assert (await desk.found(task_id)).state is TaskState.COMPLETED
            admitted += running
            left -= set(running)
            await asyncio.sleep(0.02)
        assert len(admitted) == len(set(admitted)) == 16


async def test_what_ends_in_another_process_makes_room_and_what_it_queued_is_admitted_though_it_died(
    desk: Desk,
) -> None:
    first, second = await desk.fill()
    silent = TaskStore(desk.runtime.database)  # its commits are told to nobody, as those of a process that died
    task_id = await desk.new("user:2")
    waiting = await silent.change(task_id, desk.rule())
    assert waiting.state is TaskState.PENDING
    now = desk.runtime.clock.now
    await silent.change(first, lambda task: rules.cancel(task, now()))
    await desk.admitted(task_id)
    other = await desk.order("user:3")
    await silent.change(other.id, lambda task: rules.cancel(task, now()))
    last = await desk.order("user:4")
    await desk.hand.finish(second)
    await desk.admitted(last.id)


async def test_a_task_whose_segment_is_finished_gives_its_place_back_and_waits_for_the_next(desk: Desk) -> None:
    task = await desk.order("user:1", "story")
    await desk.hand.finish(task.id)
    assert (await desk.found(task.id)).state is TaskState.PENDING
    first, _ = await desk.fill()
    order = desk.runtime.scheduler.order
    again = await order("user:1", task.id, lambda task: rules.order(task, ["split"], "y", task.updated_at), PLENTY)
    assert again.queued_at is not None
    await desk.hand.finish(first)
    await desk.admitted(task.id)
    await desk.hand.finish(task.id)
    assert (await desk.found(task.id)).state is TaskState.COMPLETED


async def test_a_task_that_waits_knows_its_place_in_the_line(desk: Desk) -> None:
    first, _ = await desk.fill()
    waiting = [await desk.order("user:1") for _ in range(5)]
    other = await desk.order("user:2")
    high = await desk.order("user:3", priority=Priority.HIGH)
    place_of = desk.runtime.scheduler.place_of
    places = [await place_of(task) for task in (high, waiting[0], other, *waiting[1:])]
    assert [place and place.position for place in places] == [1, 2, 3, 4, 5, 6, 7]
    await desk.hand.finish(first)
    assert await place_of(await desk.admitted(high.id)) is None


async def test_a_user_has_only_so_many_tasks_at_once_however_many_orders_come_together(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.order(at_once=5) for _ in range(12)), return_exceptions=True)
    assert sum(isinstance(answer, Task) for answer in answers) == 5
    assert sum(isinstance(answer, TooManyTasks) for answer in answers) == 7
    assert isinstance(await desk.order("user:2", at_once=5), Task)
    running = next(answer for answer in answers if isinstance(answer, Task) and answer.state is TaskState.RUNNING)
    await desk.hand.finish(running.id)
    assert isinstance(await desk.order(at_once=5), Task)


async def test_one_user_may_be_held_to_fewer_places(own_database: Settings) -> None:
    async with opened(own_database, running_tasks=3, running_tasks_per_user=1) as desk:
        first, second = await desk.order("user:1"), await desk.order("user:1")
        assert (first.state, second.state) == (TaskState.RUNNING, TaskState.PENDING)
        assert (await desk.order("user:2")).state is TaskState.RUNNING
        await desk.hand.finish(first.id)
        await desk.admitted(second.id)


async def test_an_order_by_topic_waits_for_no_turn_and_takes_no_place(desk: Desk) -> None:
    request = StoryRequested(task_id=1 + secrets.randbelow(2**53 - 1), topic="a fox")
    now = desk.runtime.clock.now
    tasks = desk.runtime.tasks
    spec = StageSpec(name="story")
    await tasks.change_or_insert(request.task_id, lambda task: direct.adopt(task, request, spec, "inc", now()))
    await desk.fill()
    taken = await desk.hand.start(request.task_id, Ref("story", "whole"))
    assert taken.stages["story"].units["whole"].state is UnitState.RUNNING
    assert await desk.running() == 2
