"""How long a unit waits: after kill -9 of the worker that holds it, after SIGTERM, and after the broker lost its order.

    python -m bench.takeover [--rounds 3]

Each figure is told as it is found; a round of each of the three takes a minute and a half.

Starts an embedded broker, database and object store with the settings of ``talestream up``, and two workers of a stage
whose unit waits. Ends the worker that holds the unit and prints how long it took until the other had claimed it. The
promise after a kill is the session time-out and 5 s at most.

Then kills the broker, which keeps everything in memory, while it has an order that no worker has read: both are held by
SIGSTOP, and go on once it is away. What is printed is the time from its first answer until that order is claimed, which
must have been noticed as lost and published again by then; the promise is 15 s at most.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from schemas import Page, Script, StageSpec, Story, StoryRequested, TaskInput, Unit, UnitState, Workflow
from talestream import admission, rules
from talestream.embedded.stack import Stack
from talestream.published import is_request
from talestream.runtime import Runtime
from talestream.stage import StageContext, stage
from talestream.worker_process import run

WORKFLOW = Workflow(name="takeover", stages=(StageSpec(name="story"),))
LOOK_S = 0.02
OUTAGE_S = 5.0
STOPPED_S = 0.5
"""After so long, no answer of the broker is on its way to a worker that is held."""


@stage("story", consumes=StoryRequested)
async def wait(request: StoryRequested, ctx: StageContext) -> Story:
    """Be at it for as long as anyone measures."""
    await asyncio.sleep(600)
    return Story(script=Script(title="T", language="en", pages=(Page(story="s", image_prompt="p"),)))


class Bench:
    """Two workers, the first of which is replaced whenever it was ended."""

    def __init__(self, stack: Stack, runtime: Runtime, environment: dict[str, str]) -> None:
        self._stack = stack
        self._runtime = runtime
        self._environment = environment
        self._workers: dict[int, asyncio.subprocess.Process] = {}

    async def start_worker(self) -> None:
        """Start one and return once it has joined its group."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.takeover",
            "--worker",
            env=self._environment,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        self._workers[process.pid] = process
        await asyncio.sleep(2 * self._runtime.settings.kafka.session_timeout_s)

    async def round(self, number: signal.Signals) -> float:
        """Seconds from the signal to the other worker's claim."""
        task_id = await self._order()
        holder = (await self._claimed(task_id, 1)).worker
        await asyncio.sleep(secrets.randbelow(3000) / 1000)
        pid = int((holder or "").split(":")[-2])
        began = time.perf_counter()
        self._workers[pid].send_signal(number)
        await self._claimed(task_id, 2)
        seconds = time.perf_counter() - began
        await self._cancel(task_id)
        await self._workers.pop(pid).wait()
        await self.start_worker()
        return seconds

    async def round_without_broker(self) -> float:
        """Seconds from the first answer of a broker that has lost everything to the claim of an order that it had."""
        self._signal_all(signal.SIGSTOP)
        await asyncio.sleep(STOPPED_S)
        task_id = await self._order()
        await self._published(task_id)
        with self._stack.outage("broker"):
            self._signal_all(signal.SIGCONT)
            await asyncio.sleep(OUTAGE_S)
        await self._stack.wait_ready("broker")
        began = time.perf_counter()
        await self._claimed(task_id, 1)
        seconds = time.perf_counter() - began
        await self._cancel(task_id)
        await asyncio.sleep(2 * self._runtime.settings.kafka.session_timeout_s)
        return seconds

    async def stop(self) -> None:
        """End every worker."""
        for process in self._workers.values():
            process.kill()
            await process.wait()

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._workers.values():
            process.send_signal(number)

    async def _published(self, task_id: int) -> None:
        """Return once the broker has the order."""
        while True:
            task = await self._runtime.tasks.find(task_id)
            if task and all(entry.published_in for key, entry in task.outbox.items() if is_request(key)):
                return
            await asyncio.sleep(LOOK_S)

    async def _order(self) -> int:
        now = self._runtime.clock.now
        task_id = secrets.randbelow(2**53 - 1) + 1
        task = rules.create(task_id, "user:1", WORKFLOW, TaskInput(topic="x"), now())
        await self._runtime.tasks.insert(admission.admit(rules.order(task, ["story"], "x", now()), now()))
        return task_id

    async def _cancel(self, task_id: int) -> None:
        now = self._runtime.clock.now()
        await self._runtime.tasks.change(task_id, lambda task: rules.cancel(task, now))

    async def _claimed(self, task_id: int, attempt: int) -> Unit:
        while True:
            task = await self._runtime.tasks.find(task_id)
            unit = task.stages["story"].units["whole"] if task else None
            if unit and unit.state is UnitState.RUNNING and unit.attempt >= attempt:
                return unit
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Bench]:
    """A bench with its servers and workers."""
    async with Stack(folder, services=()) as stack, Runtime.open("bench", stack.settings) as runtime:
        bench = Bench(stack, runtime, {**os.environ, **stack.settings_environment()})
        try:
            await asyncio.gather(*(bench.start_worker() for _ in range(2)))
            yield bench
        finally:
            await bench.stop()


async def measure(rounds: int) -> dict[str, object]:
    """The figures in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        async with opened(Path(folder)) as bench:
            found = {
                name: sorted([await _told(name, measured()) for _ in range(rounds)])
                for name, measured in (
                    ("after_kill_s", partial(bench.round, signal.SIGKILL)),
                    ("after_sigterm_s", partial(bench.round, signal.SIGTERM)),
                    ("after_empty_broker_s", bench.round_without_broker),
                )
            }
            settings = bench._runtime.settings
            return {**found, "session_timeout_s": settings.kafka.session_timeout_s, "drain_s": settings.worker.drain_s}


async def _told(name: str, measured: Awaitable[float]) -> float:
    """The figure, told as soon as it is there, with the load under which it was measured."""
    seconds = round(await measured, 1)
    print(f"{name} {seconds} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
    return seconds


def main() -> None:
    """Measure, or be a worker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    if options.worker:
        run(wait)
    else:
        print(json.dumps(asyncio.run(measure(options.rounds))))


if __name__ == "__main__":
    main()
