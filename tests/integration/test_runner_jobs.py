"""Paid jobs under the stage runner, on a real broker and database: whatever ends an attempt, a job is paid once."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from schemas import Page, Script, StageSpec, Story, StoryRequested, TaskState, Unit, UnitState, Workflow
from talestream import rules
from talestream.draft import Ref
from talestream.embedded.stack import Stack
from talestream.ledger import Ledger
from talestream.paid_job import PaidJob
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.simulation import Simulation, fate
from talestream.simulation_settings import SimulationSettings
from talestream.stage import Stage as DeclaredStage
from talestream.stage import StageContext, stage
from tests.runner_bench import Author, ended, ordered, until, working

ONE_SECOND = Workflow(
    name="story-in-a-second",
    stages=(StageSpec(name="story", segment=1, attempts=2, timeout_s=1, first_retry_s=0),),
)


class PaidAuthor(Author):
    """Has its stories written by the simulated service, perhaps after a long pause."""

    def __init__(
        self, configured: SimulationSettings, *, falls_asleep: bool = False, is_slow_to_store: bool = False
    ) -> None:
        super().__init__()
        self._simulation = Simulation("story", configured)
        self._falls_asleep = falls_asleep
        self._is_slow_to_store = is_slow_to_store

    def stage(self) -> "DeclaredStage[Any, Any]":
        @stage("story", consumes=StoryRequested, slots=3)
        async def tell(request: StoryRequested, ctx: StageContext) -> Story:
            self.started.set()
            if self._falls_asleep:
                await self.proceed.wait()
            await ctx.in_thread(self._simulation.work)
            if self._is_slow_to_store and request.attempt == 1:
                await self.proceed.wait()
            page = Page(story=request.topic, image_prompt="p")
            return Story(script=Script(title="T", language="en", pages=(page,)))

        return tell


def configured(folder: Path, **fields: Any) -> SimulationSettings:
    return SimulationSettings(ledger=folder / "ledger.jsonl", **fields)


def calls(simulation: SimulationSettings) -> list[tuple[str, int]]:
    """Every call, and the attempt that made it."""
    return [(entry.call, entry.attempt) for entry in Ledger(simulation.ledger)]


async def stored(simulation: SimulationSettings) -> None:
    """Return as soon as a job's id is stored."""

    async def found() -> bool:
        return "stored" in [call for call, _ in calls(simulation)]

    await until(found)


async def story_of(runtime: Runtime, task_id: int) -> Unit:
    task = await runtime.tasks.find(task_id)
    assert task is not None
    return task.stages["story"].units["whole"]


async def test_the_worker_after_one_that_was_killed_while_it_waited_resumes_its_job(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path
) -> None:
    simulation = configured(tmp_path, duration_s=5)
    environment = {
        **os.environ,
        **embedded_servers.settings_environment(),
        "TALESTREAM_MONGO__DATABASE": own_database.mongo.database,
        "TALESTREAM_PROVIDERS": "simulated",
        "TALESTREAM_SIMULATION__LEDGER": str(simulation.ledger),
        "TALESTREAM_SIMULATION__DURATION_S": str(simulation.duration_s),
        "TALESTREAM_WORKER__LEASE_S": "1",
    }
    workers = []

    async def start_worker() -> None:
        command = (sys.executable, "-m", "services.story")
        workers.append(
            await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)
        )

    try:
        await start_worker()
        async with Runtime.open("test", own_database) as runtime:
            task_id = await ordered(runtime, "a fox")
            await stored(simulation)
            workers[0].kill()
            await start_worker()
            await ended(runtime, task_id, TaskState.COMPLETED)
            unit = await story_of(runtime, task_id)
    finally:
        for worker in workers:
            with suppress(ProcessLookupError):
                worker.kill()
            await worker.wait()
    assert calls(simulation) == [("submitted", 1), ("stored", 1), ("resumed", 2), ("finished", 2)]
    assert (unit.attempt, unit.takeovers, unit.job) == (2, 1, None)


async def test_a_drained_worker_leaves_its_job_running_for_the_next(own_database: Settings, tmp_path: Path) -> None:
    simulation = configured(tmp_path, duration_s=5)
    impatient = own_database.model_copy(update={"worker": own_database.worker.model_copy(update={"drain_s": 0})})
    async with working(impatient, PaidAuthor(simulation)) as bench:
        task_id = await bench.order("a fox")
        await stored(simulation)
        bench.stop.set()
        await asyncio.wait_for(bench.running, 30)
        unit = await story_of(bench.runtime, task_id)
        assert unit.state is UnitState.QUEUED
        assert unit.job is not None
    async with working(own_database, PaidAuthor(simulation)) as bench:
        await bench.ended(task_id, TaskState.COMPLETED)
    assert calls(simulation) == [("submitted", 1), ("stored", 1), ("resumed", 2), ("finished", 2)]


async def test_a_cancelled_task_has_its_job_cancelled_at_the_provider(own_database: Settings, tmp_path: Path) -> None:
    simulation = configured(tmp_path, hang_rate=1)
    async with working(own_database, PaidAuthor(simulation)) as bench:
        task_id = await bench.order("a fox")
        await stored(simulation)
        await bench.runtime.tasks.change(task_id, lambda task: rules.cancel(task, bench.runtime.clock.now()))

        async def is_cancelled() -> bool:
            return calls(simulation)[-1] == ("cancelled", 1)

        await bench.until(is_cancelled)
        assert (await story_of(bench.runtime, task_id)).job is None


async def test_a_job_that_never_ends_is_given_up_with_its_attempt_and_another_is_submitted(
    own_database: Settings, tmp_path: Path
) -> None:
    topic = "a fox"
    inputs = PaidJob(StoryRequested(task_id=1, topic=topic)).inputs
    seeds = (configured(tmp_path, hang_rate=0.5, seed=seed) for seed in range(1000))
    simulation = next(one for one in seeds if [fate(one, "story", inputs, n) for n in (1, 2)] == ["hang", "finish"])
    async with working(own_database, PaidAuthor(simulation)) as bench:
        task_id = await bench.order(topic, ONE_SECOND, seed=0)
        await bench.ended(task_id, TaskState.COMPLETED)
        unit = await story_of(bench.runtime, task_id)
    assert (unit.failures, unit.jobs_forgotten, unit.job) == (1, 1, None)
    first = [("submitted", 1), ("stored", 1), ("cancelled", 1)]
    assert calls(simulation) == [*first, ("submitted", 2), ("stored", 2), ("finished", 2)]


async def test_a_job_that_is_submitted_after_its_unit_was_taken_over_is_cancelled(
    own_database: Settings, tmp_path: Path
) -> None:
    simulation = configured(tmp_path, hang_rate=1)
    sleeper = PaidAuthor(simulation, falls_asleep=True)
    async with working(own_database, sleeper) as bench:
        task_id = await bench.order("a fox")
        await sleeper.started.wait()
        runtime, much_later = bench.runtime, bench.runtime.clock.now() + timedelta(hours=1)
        await runtime.tasks.change(
            task_id, lambda task: rules.claim(task, Ref("story", "whole"), 1, "another", much_later, much_later)
        )
        sleeper.proceed.set()

        async def is_cancelled() -> bool:
            return calls(simulation) == [("submitted", 1), ("cancelled", 1)]

        await bench.until(is_cancelled)
        unit = await story_of(runtime, task_id)
    assert (unit.worker, unit.attempt, unit.job) == ("another", 2, None)


async def test_a_job_that_delivered_is_not_paid_again_when_what_follows_takes_too_long(
    own_database: Settings, tmp_path: Path
) -> None:
    simulation = configured(tmp_path)
    async with working(own_database, PaidAuthor(simulation, is_slow_to_store=True)) as bench:
        task_id = await ordered(bench.runtime, "a fox", ONE_SECOND)
        await ended(bench.runtime, task_id, TaskState.COMPLETED)
        unit = await story_of(bench.runtime, task_id)
    assert unit.attempt == 2
    assert calls(simulation) == [("submitted", 1), ("stored", 1), ("finished", 1), ("resumed", 2), ("finished", 2)]
