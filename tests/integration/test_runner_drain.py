"""A worker that is told to stop gives back what it cannot finish."""

import asyncio

from schemas import (
    TaskState,
    UnitState,
)
from talestream.settings import Settings
from tests.runner_bench import Author, working


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
