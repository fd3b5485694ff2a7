"""A chain of five stages that do nothing: our runner beside Celery on Redis, on the same machine and database.

    python -m bench.chain [--sequential 60] [--saturated 100]

Each writes durably to the same embedded database: one document when a chain is ordered, two changes a stage (running,
completed); our runner also an event log, and once more a Celery that logs as many events. One chain after the other
gives the latency, from the order to the last stage's result; many ordered at once give the chains a second, and what
each costs in processor milliseconds and in operations of the database. Prints a table and, last, the figures as JSON.
"""

import argparse
import asyncio
import json
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection

from bench.chain_stages import CHAIN, LINKS
from schemas import TaskInput, Workflow
from talestream import admission, rules
from talestream.embedded.stack import Stack
from talestream.runtime import Runtime

COLUMNS = ("p50 ms", "p99 ms", "chains/s", "database", "broker", "workers", "reads", "updates", "inserts")
COUNTED = {"query": "reads", "update": "updates", "insert": "inserts"}
LOOK_S, SELDOM_S = 0.02, 0.5
"""How often it is looked whether a chain has ended: one alone, and of many, where each look takes from the rest."""
USERS = 20
WARM_UP = 5

Documents = AsyncIOMotorCollection[dict[str, Any]]


@dataclass(frozen=True)
class Contender:
    """Who runs chains: how one is ordered, and where its document lies."""

    name: str
    order: Callable[[int], Awaitable[None]]
    documents: Documents
    processes: Mapping[str, list[int]]
    """Process ids by what they do; their children count with them."""

    def spent(self) -> dict[str, float]:
        """Processor seconds so far, by what they were spent on."""
        return {name: sum(_processor_s(pid) for pid in pids) for name, pids in self.processes.items()}

    async def operations(self) -> dict[str, int]:
        """Operations that the database has done so far, by kind."""
        status = await self.documents.database.client.admin.command("serverStatus")
        return {name: int(status["opcounters"][kind]) for kind, name in COUNTED.items()}

    async def sequential(self, count: int) -> list[float]:
        """Seconds of each of ``count`` chains, one after the other."""
        return [(await self._finish(await self._begin(), LOOK_S))[2] for _ in range(count)]

    async def saturated(self, count: int) -> float:
        """Chains a second when ``count`` are ordered at once."""
        began = time.time()
        ordered = [await self._begin() for _ in range(count)]
        ends = [(await self._finish(task_id, SELDOM_S))[1] for task_id in ordered]
        return count / (max(ends).timestamp() - began)

    async def _begin(self) -> int:
        task_id = secrets.randbelow(2**53 - 1) + 1
        await self.order(task_id)
        return task_id

    async def _finish(self, task_id: int, look_s: float) -> tuple[int, datetime, float]:
        async with asyncio.timeout(120):
            while True:
                found = await self.documents.find_one(
                    {"_id": task_id, "state": "completed"}, {"created_at": 1, "finished_at": 1}
                )
                if found:
                    taken: timedelta = found["finished_at"] - found["created_at"]
                    return task_id, found["finished_at"], taken.total_seconds()
                await asyncio.sleep(look_s)


@asynccontextmanager
async def talestream(
    stack: Stack, stages: Sequence[str] = LINKS, workflow: Workflow = CHAIN, topic: str = "nothing"
) -> AsyncIterator[Contender]:
    """One process a stage, as they are deployed; of equal rank with the database, as Celery is. No result is taken over
    from equal work: here all work is equal.
    """
    own = {"TALESTREAM_WORKER__NICENESS": "0", "TALESTREAM_RESULTS__KEEP_S": "0"}
    environment = {**os.environ, **stack.settings_environment(), **own}
    workers = [
        await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.chain_stages", link, env=environment)
        for link in stages
    ]
    try:
        async with Runtime.open("bench", stack.settings) as runtime:

            async def order(task_id: int) -> None:
                now = runtime.clock.now()
                task = rules.create(task_id, f"user:{task_id % USERS}", workflow, TaskInput(topic=topic), now)
                await runtime.tasks.insert(admission.admit(rules.order(task, stages, "bench", now), now))

            yield Contender(
                "talestream",
                order,
                runtime.database["tasks"],
                {
                    "database": [stack.pids["database"]],
                    "broker": [stack.pids["broker"]],
                    "workers": [worker.pid for worker in workers],
                },
            )
    finally:
        for worker in workers:
            worker.terminate()
        await asyncio.gather(*(worker.wait() for worker in workers))


@asynccontextmanager
async def celery(stack: Stack, pool: str, slots: int, *, logs_events: bool = False) -> AsyncIterator[Contender]:
    """One worker with so many slots."""
    environment = {**os.environ, **stack.settings_environment(), **({"BENCH_LOG_EVENTS": "1"} if logs_events else {})}
    os.environ.update(stack.settings_environment())
    from bench import chain_celery  # noqa: PLC0415 - its broker's address is in the environment only now

    arguments = ["-A", "bench.chain_celery", "worker", "-P", pool, "-c", str(slots), "-l", "ERROR"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "celery", *arguments, *quiet, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        stack.settings.mongo.uri.get_secret_value(), tz_aware=True
    )
    try:
        yield Contender(
            f"celery {pool} {slots}" + (", events" if logs_events else ""),
            lambda task_id: asyncio.to_thread(chain_celery.order, task_id),
            client["celery"]["tasks"],
            {
                "database": [stack.pids["database"]],
                "broker": [stack.pids["redis"]],
                "workers": [worker.pid],
            },
        )
    finally:
        client.close()
        worker.terminate()
        await worker.wait()


def _processor_s(pid: int) -> float:
    spent = 0.0
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for member in [process, *process.children(recursive=True)]:
            with suppress(psutil.Error):
                times = member.cpu_times()
                spent += times.user + times.system
    return spent


def milliseconds(seconds: list[float]) -> dict[str, float]:
    """p50 and p99."""
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50_ms": round(cuts[49] * 1000, 1), "p99_ms": round(cuts[98] * 1000, 1)}


async def measure(contender: Contender, sequential: int, saturated: int) -> dict[str, Any]:
    """One row of the table."""
    await contender.sequential(WARM_UP)
    taken = milliseconds(await contender.sequential(sequential))
    before, operations = contender.spent(), await contender.operations()
    per_s = await contender.saturated(saturated)
    spent = {name: round((s - before[name]) / saturated * 1000, 1) for name, s in contender.spent().items()}
    done = {name: round((n - operations[name]) / saturated, 1) for name, n in (await contender.operations()).items()}
    row = [*taken.values(), per_s, *spent.values(), *done.values()]
    print(f"{contender.name:22s}" + "".join(f"{figure:10.1f}" for figure in row), flush=True)
    return {
        "name": contender.name,
        **taken,
        "chains_per_s": round(per_s, 1),
        "processor_ms_per_chain": spent,
        "operations_per_chain": done,
    }


async def main(sequential: int, saturated: int) -> None:
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as folder:
        async with Stack(Path(folder), services=(), with_redis=True) as stack:
            print(f"{'':22s}" + "".join(f"{title:>10s}" for title in COLUMNS), flush=True)
            found = []
            async with talestream(stack) as contender:
                found.append(await measure(contender, sequential, saturated))
            for pool, slots, logs_events in (("prefork", 2, False), ("threads", 4, False), ("prefork", 2, True)):
                async with celery(stack, pool, slots, logs_events=logs_events) as contender:
                    found.append(await measure(contender, sequential, saturated))
    print(json.dumps({"at": datetime.now(UTC).isoformat(), "figures": found}))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sequential", type=int, default=60)
    options.add_argument("--saturated", type=int, default=100)
    chosen = options.parse_args()
    asyncio.run(main(chosen.sequential, chosen.saturated))
