"""A worker that is told to stop finishes or gives back what it has, and ends in time, whatever is away."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas import (
    Task,
    TaskInput,
    TaskState,
    UnitState,
)
from talestream import admission, rules
from talestream.draft import Ref
from talestream.embedded.stack import Stack
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.runner_bench import STORY_ONLY, Author, working

PATIENCE_S = 90
DRAIN_S = 1


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


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler for a signal, as Linux tells it."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    [caught] = [line.split()[1] for line in lines if line.startswith("SigCgt:")]
    return bool(int(caught, 16) >> (number - 1) & 1)


@dataclass
class Orders:
    """Orders to a worker that is a process of its own."""

    runtime: Runtime
    environment: dict[str, str]

    @asynccontextmanager
    async def worker(self, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.waiting_worker", env={**self.environment, **environment}
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def order(self, topic: str) -> int:
        task_id, now = secrets.randbelow(2**53 - 1) + 1, self.runtime.clock.now
        task = rules.create(task_id, "user:1", STORY_ONLY, TaskInput(topic=topic), now())
        await self.runtime.tasks.insert(admission.admit(rules.order(task, ["story"], "x", now()), now()))
        return task_id

    async def until(self, task_id: int, is_so: Callable[[Task], Any]) -> Task:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                task = await self.runtime.tasks.find(task_id)
                if task is not None and is_so(task):
                    return task
                await asyncio.sleep(0.05)

    async def running(self, topic: str) -> int:
        task_id = await self.order(topic)
        await self.until(task_id, is_running)
        return task_id


def is_running(task: Task) -> bool:
    return task.stages["story"].units["whole"].state is UnitState.RUNNING


def is_given_back(task: Task) -> bool:
    return task.stages["story"].units["whole"].state is UnitState.QUEUED


def is_completed(task: Task) -> bool:
    return task.state is TaskState.COMPLETED


@pytest.fixture
async def orders(own_database: Settings, embedded_servers: Stack) -> AsyncIterator[Orders]:
    environment = {**os.environ, **embedded_servers.settings_environment()}
    environment["TALESTREAM_MONGO__DATABASE"] = own_database.mongo.database
    environment["TALESTREAM_WORKER__DRAIN_S"] = str(DRAIN_S)
    environment["TALESTREAM_WORKER__LEASE_S"] = "2"  # one worker at a time: none is taken for lost
    async with Runtime.open("test", own_database) as runtime:
        yield Orders(runtime, environment)


@contextmanager
def frozen(pid: int) -> Any:
    """A server that neither answers nor closes its connections."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def ended(process: asyncio.subprocess.Process) -> int:
    return await asyncio.wait_for(process.wait(), PATIENCE_S)


async def test_what_is_nearly_done_is_finished_even_when_told_to_stop_twice(orders: Orders) -> None:
    async with orders.worker(TALESTREAM_WORKER__DRAIN_S="30") as worker:
        task_id = await orders.running("takes 2")
        for _ in range(2):
            worker.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
        assert await ended(worker) == 0
        task = await orders.until(task_id, is_completed)
    assert task.stages["story"].units["whole"].attempt == 1


async def test_work_that_nothing_stops_is_given_back_all_the_same_and_the_process_ends(orders: Orders) -> None:
    async with orders.worker() as worker:
        task_id = await orders.running("blocks")
        worker.send_signal(signal.SIGTERM)
        task = await orders.until(task_id, is_given_back)
        assert task.stages["story"].units["whole"].attempt == 2
        assert await ended(worker) == os.EX_TEMPFAIL


@pytest.mark.parametrize("server", ["broker", "database"])
async def test_a_worker_ends_in_time_while_a_server_hangs_and_its_unit_is_finished_by_another(
    orders: Orders, embedded_servers: Stack, server: str
) -> None:
    async with orders.worker() as worker:
        task_id = await orders.running("takes 5")
        with frozen(embedded_servers.pids[server]):
            worker.send_signal(signal.SIGTERM)
            assert await ended(worker) in {0, os.EX_TEMPFAIL}
    async with orders.worker():
        await orders.until(task_id, is_completed)


async def test_a_worker_that_waits_for_a_unit_of_another_gives_way_at_once(own_database: Settings) -> None:
    patient = own_database.model_copy(update={"worker": own_database.worker.model_copy(update={"drain_s": 3600})})
    async with Runtime.open("test", own_database) as runtime:
        task_id = await Orders(runtime, {}).order("plain")
        now, until = runtime.clock.now(), runtime.clock.now() + timedelta(days=1)
        await runtime.tasks.change(
            task_id, lambda task: rules.claim(task, Ref("story", "whole"), 1, "another", until, now)
        )
    author = Author()
    async with working(patient, author) as bench:

        async def is_waiting() -> bool:
            return any(task.get_name().startswith("TopicPartition") for task in asyncio.all_tasks())

        await bench.until(is_waiting)
        bench.stop.set()
        await asyncio.wait_for(bench.running, PATIENCE_S)
    assert author.asked == []


@pytest.mark.parametrize("setting", ["TALESTREAM_KAFKA__BOOTSTRAP", "TALESTREAM_OBJECTS__ENDPOINT"])
async def test_a_worker_that_still_waits_for_a_server_ends_when_it_is_told_to(orders: Orders, setting: str) -> None:
    async with orders.worker(**{setting: "127.0.0.1:9"}) as worker:
        async with asyncio.timeout(PATIENCE_S):
            while not catches(worker.pid, signal.SIGTERM):
                await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        assert worker.returncode is None
        worker.send_signal(signal.SIGTERM)
        assert await ended(worker) == 0
