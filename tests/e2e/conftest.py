"""A whole stack, as a user has it, and a user of its public API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from talestream.embedded.stack import Stack


@dataclass
class User:
    """Somebody with an account. Paths and shapes are the storyagent dialect's."""

    http: httpx.AsyncClient
    token: str
    url: str

    async def json(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = await self.http.request(method, path, json=body or None)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    async def new_task(self, topic: str, **fields: Any) -> int:
        """A task that is the same film each time the tests run."""
        task_id: int = (await self.json("POST", "/api/task/new", topic=topic, **{"seed": 1} | fields))["task_id"]
        return task_id

    async def until_segment(self, task_id: int, segment: int, seconds: float = 180) -> None:
        async with asyncio.timeout(seconds):
            while True:
                found = await self.json("GET", f"/api/task/{task_id}/progress")
                if found["current_segment"] >= segment:
                    return
                if found["status"] == "failed":
                    raise AssertionError(json.dumps(await self.json("GET", f"/api/task/{task_id}"))[:3000])
                await asyncio.sleep(0.2)

    async def save(self, path: str, folder: Path) -> Path:
        answer = await self.http.get("/api/resource", params={"url": path})
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
        target = folder / path.rsplit("/", 1)[-1]
        target.write_bytes(answer.content)
        return target


@asynccontextmanager
async def signed_in(url: str, name: str = "fox") -> AsyncIterator[User]:
    """A user, registered at the first time."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        account = {"username": name, "password": "correct horse battery staple"}
        await http.post("/api/register", json=account)
        answer = await http.post("/api/login", json=account)
        token = answer.json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        yield User(http, token, url)


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers and services, all of them, in a folder of this test session."""
    async with Stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest_asyncio.fixture(scope="session")
async def user(stack: Stack) -> AsyncIterator[User]:
    async with signed_in(stack.url) as user:
        yield user
