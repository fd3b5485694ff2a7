"""A stage's worker as a process of its own, as an operator starts it, and what it shows of itself."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from talestream.embedded.stack import Stack
from talestream.settings import Settings
from tests.runner_bench import until


@dataclass
class OwnWorker:
    """A worker that runs."""

    process: asyncio.subprocess.Process
    log: Path
    http: httpx.AsyncClient

    def logged(self) -> list[dict[str, Any]]:
        """Every line of its log so far that is whole."""
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("}\n")]

    async def readiness(self) -> tuple[int, dict[str, Any]]:
        """What ``/readyz`` answers: its status, and the document."""
        answer = await self.http.get("/readyz")
        return answer.status_code, answer.json()

    async def shows(self, provider: object, *, is_ready: bool) -> dict[str, Any]:
        """The answer of ``/readyz``, as soon as it says this of the provider and nothing else is missing."""

        async def look() -> dict[str, Any] | None:
            status, answer = await self.readiness()
            others = all(check is True for name, check in answer["checks"].items() if name != "provider")
            is_this = others and answer["checks"]["provider"] == provider
            return answer if is_this and (status == 200) == is_ready else None

        found: dict[str, Any] = await until(look, 60)
        return found


@asynccontextmanager
async def own_worker(
    module: str, servers: Stack, settings: Settings, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[OwnWorker]:
    """Run ``python -m module`` against these servers and the database of ``settings`` until the block ends."""
    log = folder / f"{module}.log"
    given = {
        **os.environ,
        **servers.settings_environment(),
        "TALESTREAM_MONGO__DATABASE": settings.mongo.database,
        "TALESTREAM_LOG_FORMAT": "json",
        **environment,
    }
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, env=given, stderr=out)
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            worker = OwnWorker(process, log, http)

            async def port() -> int | None:
                assert process.returncode is None, log.read_text()
                return next((line["port"] for line in worker.logged() if line["event"] == "health"), None)

            http.base_url = httpx.URL(f"http://127.0.0.1:{await until(port, 60)}")
            yield worker
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
