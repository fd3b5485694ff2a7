"""From nothing to three films: how long, in how much memory, how the API answers meanwhile, how fast events arrive.

    python -m bench.film [--pages 6] [--language en|zh]

Starts an embedded stack in a folder of its own, makes a film while memory is looked at, one on the running stack that
is left alone, and one while a client reads the API at 20 requests a second and follows the WebSocket. Prints figures as
JSON, last line: of each film how long it took and how long it is. Memory is the sum over all processes of the stack:
resident (shared pages counted in each) and proportional (counted once).
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import psutil
import websockets

from talestream.embedded.stack import Stack

PROMPTS = {
    "en": ("a fox who wants to touch the moon", "a robot who learns to bake bread in a snowy village"),
    "zh": ("一只想摸月亮的小狐狸", "一个在雪村里学做面包的机器人"),
}
READS_PER_S = 20
SEEDS = (1, 2, 3)
"""Of the films: others would be as long as they like."""


@dataclass
class Memory:
    """Peaks in MiB."""

    resident: float = 0
    proportional: float = 0
    by_process: dict[str, float] = field(default_factory=dict)

    async def watch(self, stack: Stack) -> None:
        while True:
            await asyncio.to_thread(self._look, dict(stack.pids))
            await asyncio.sleep(0.5)

    def _look(self, pids: dict[str, int]) -> None:
        resident = proportional = 0.0
        counted: set[int] = set()
        for name, pid in sorted(pids.items(), key=lambda item: item[0] == "nursery"):  # the services are its children
            own = 0.0
            with suppress(psutil.Error):
                process = psutil.Process(pid)
                members = [process, *process.children(recursive=True)]
                fresh = [member for member in members if member.pid not in counted]
                counted |= {member.pid for member in fresh}
                for member in fresh:
                    with suppress(psutil.Error):
                        memory = member.memory_full_info()
                        resident += memory.rss / 2**20
                        own += memory.pss / 2**20
            proportional += own
            self.by_process[name] = round(max(self.by_process.get(name, 0), own))
        self.resident = max(self.resident, resident)
        self.proportional = max(self.proportional, proportional)


@dataclass
class Client:
    """A user of the public API."""

    http: httpx.AsyncClient
    token: str

    @classmethod
    @asynccontextmanager
    async def at(cls, url: str) -> "AsyncIterator[Client]":
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            account = {"username": "bench", "password": "correct horse battery staple"}
            await http.post("/api/register", json=account)
            token = (await http.post("/api/login", json=account)).json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            yield cls(http, token)

    async def film(self, topic: str, pages: int, seed: int) -> tuple[int, float, dict[str, Any]]:
        """Make a film; its task, the seconds from order to finish, and its manifest."""
        started = time.perf_counter()
        created = await self.http.post("/api/task/new", json={"topic": topic, "page_count": pages, "seed": seed})
        created.raise_for_status()
        task_id = created.json()["task_id"]
        (await self.http.post(f"/api/task/{task_id}/execute")).raise_for_status()
        while True:
            status = (await self.http.get(f"/api/task/{task_id}/progress")).json()
            if status["status"] in {"completed", "failed"}:
                break
            await asyncio.sleep(0.5)
        seconds = time.perf_counter() - started
        manifest = (await self.http.get(f"/api/task/{task_id}/manifest")).json()
        if status["status"] == "failed":
            raise SystemExit(f"the film failed: {json.dumps(manifest)[:2000]}")
        return task_id, seconds, manifest

    async def read(self, task_id: int, stop: asyncio.Event) -> dict[str, list[float]]:
        """Read as an impatient page would, at a fixed rate; seconds of each answer, by path."""
        paths = [
            f"/api/task/{task_id}/progress",
            f"/api/task/{task_id}",
            "/api/task/mytasks",
            f"/api/task/{task_id}/resource?segmentId=1",
            "/api/notifications?after=0",
            "/api/task/workflow",
        ]
        taken: dict[str, list[float]] = {path: [] for path in paths}
        asked: set[asyncio.Task[None]] = set()

        async def ask(http: aiohttp.ClientSession, path: str) -> None:
            started = time.perf_counter()
            async with http.get(path) as answer:
                await answer.read()
            taken[path].append(time.perf_counter() - started)
            answer.raise_for_status()

        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(str(self.http.base_url), headers=headers) as http:  # costs less than httpx
            turn = 0
            while not stop.is_set():
                asked.add(asyncio.create_task(ask(http, paths[turn % len(paths)])))
                turn += 1
                await asyncio.sleep(1 / READS_PER_S)
            await asyncio.gather(*asked)
        return taken

    async def listen(self, url: str, stop: asyncio.Event) -> list[float]:
        """Seconds from each event to its arrival at this WebSocket client."""
        late: list[float] = []
        address = f"{url.replace('http', 'ws', 1)}/ws/notifications?token={self.token}&detail=1"
        async with websockets.connect(address) as socket:
            while not stop.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        told = json.loads(await socket.recv())
                        if "cursor" in told:
                            late.append(time.time() - datetime.fromisoformat(told["time"]).timestamp())
        return late


def percentiles(seconds: list[float]) -> dict[str, float]:
    """p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return {"p50": round(cuts[49] * 1000, 1), "p95": round(cuts[94] * 1000, 1), "p99": round(cuts[98] * 1000, 1)}


def _taken(seconds: float, manifest: dict[str, Any]) -> dict[str, object]:
    """How long a film took, how long it is, and how long each stage took."""
    stages = {stage["stage"]: round(stage["duration_s"], 1) for stage in manifest["stages"]}
    return {"seconds": round(seconds, 2), "film_s": manifest["film_duration_s"], "stages_s": stages}


async def main(pages: int, language: str) -> None:
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as folder:
        began = time.perf_counter()
        async with Stack(Path(folder), say=print) as stack:
            ready_s = time.perf_counter() - began
            memory = Memory()
            watching = asyncio.create_task(memory.watch(stack))
            first, second = PROMPTS[language]
            async with Client.at(stack.url) as client:
                task_id, first_s, first_made = await client.film(first, pages, SEEDS[0])
                whole_s = time.perf_counter() - began
                watching.cancel()  # looking at memory costs time that what follows would be charged for
                _, second_s, second_made = await client.film(second, pages, SEEDS[1])
                stop = asyncio.Event()
                reading = asyncio.create_task(client.read(task_id, stop))
                listening = asyncio.create_task(client.listen(stack.url, stop))
                _, third_s, third_made = await client.film(first, pages, SEEDS[2])
                stop.set()
                reads, late = await reading, await listening
    figures = {
        "pages": pages,
        "language": language,
        "stack_ready_s": round(ready_s, 2),
        "start_to_first_film_s": round(whole_s, 2),
        "films": {
            "first": _taken(first_s, first_made),
            "on_the_running_stack": _taken(second_s, second_made),
            "while_the_api_is_read": _taken(third_s, third_made),
        },
        "peak_mib": {"proportional": round(memory.proportional), "resident": round(memory.resident)},
        "peak_mib_by_process": memory.by_process,
        "api_reads": {
            "requests": sum(map(len, reads.values())),
            "per_s": READS_PER_S,
            "ms": percentiles([seconds for taken in reads.values() for seconds in taken]),
            "ms_by_path": {path.replace(str(task_id), "ID"): percentiles(taken) for path, taken in reads.items()},
        },
        "event_to_websocket_ms": {"events": len(late), **percentiles(late)},
    }
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=int, default=6)
    options.add_argument("--language", choices=sorted(PROMPTS), default="en")
    chosen = options.parse_args()
    asyncio.run(main(chosen.pages, chosen.language))
