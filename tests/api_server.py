"""The API as its clients meet it: served by uvicorn on a free port, on real broker, database and object store."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from services.api.app import create_app
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings
from tests.stage_hand import StageHand

PASSWORD = "a passphrase of this test"


@dataclass
class Api:
    """A running API, the runtime under it, and a hand that plays the stages."""

    url: str
    settings: Settings
    runtime: Runtime
    hand: StageHand

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client without an account and with its own cookies."""
        async with httpx.AsyncClient(base_url=self.url, timeout=30, trust_env=False) as client:
            yield client

    @asynccontextmanager
    async def user(self) -> AsyncIterator["User"]:
        """A client that is signed in under a new account."""
        async with self.client() as client:
            yield await User.signed_up(client, self)


@dataclass
class User:
    """Somebody with an account, through the public API."""

    id: int
    username: str
    token: str
    http: httpx.AsyncClient
    api: Api

    @classmethod
    async def signed_up(cls, client: httpx.AsyncClient, api: Api) -> Self:
        """Register and sign in."""
        username = f"user-{secrets.token_hex(6)}"
        account = await client.post("/api/register", json={"username": username, "password": PASSWORD})
        login = await client.post("/api/login", json={"username": username, "password": PASSWORD})
        token = login.json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        return cls(account.json()["id"], username, token, client, api)

    async def new_task(self, **fields: Any) -> int:
        """Create a task of three pages."""
        answer = await self.http.post("/api/task/new", json={"topic": "a fox", "page_count": 3, **fields})
        assert answer.status_code == 200, answer.text
        task_id: int = answer.json()["task_id"]
        return task_id

    async def finished_segments(self, last: int, **fields: Any) -> int:
        """A task whose segments up to ``last`` are finished."""
        task_id = await self.new_task(**fields)
        for number in range(1, last + 1):
            answer = await self.http.post(f"/api/task/{task_id}/execute/{number}")
            assert answer.status_code == 202, answer.text
            await self.api.hand.finish(task_id)
        return task_id

    async def progress(self, task_id: int) -> dict[str, Any]:
        """The task's progress as the client sees it."""
        found: dict[str, Any] = (await self.http.get(f"/api/task/{task_id}/progress")).json()
        return found

    async def resources(self, task_id: int, segment: int) -> list[str]:
        """The paths of a finished segment."""
        answer = await self.http.get(f"/api/task/{task_id}/resource", params={"segmentId": segment})
        found: list[str] = answer.json()["resources"]
        return found

    async def notifications(self, count: int, **params: Any) -> list[dict[str, Any]]:
        """The first ``count`` notifications, polled until they are there."""
        async with asyncio.timeout(30):
            while True:
                page = (await self.http.get("/api/notifications", params=params)).json()
                if len(page["notifications"]) >= count:
                    found: list[dict[str, Any]] = page["notifications"]
                    return found
                await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a free port of the loopback interface until the block ends; gives its URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, **graceful({"timeout_graceful_shutdown": 1})))
        server.install_signal_handlers = lambda: None
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started:
                if running.done():
                    await running
                await asyncio.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running


@asynccontextmanager
async def opened_api(settings: Settings) -> AsyncIterator[Api]:
    """An API with a runtime of its own."""
    async with (
        Runtime.open("api", settings) as runtime,
        serving(create_app(settings, runtime)) as url,
    ):
        yield Api(url, settings, runtime, StageHand(runtime.tasks, runtime.blobs, runtime.clock))


def apart(settings: Settings) -> Settings:
    """The same servers with a database of its own; many tests may mistype passwords from one address."""
    return settings.model_copy(
        update={
            "mongo": settings.mongo.model_copy(update={"database": f"api_{secrets.token_hex(6)}"}),
            "auth": settings.auth.model_copy(update={"login_failures_per_address": 100_000}),
            "api": settings.api.model_copy(update={"notifier_url": None}),
        }
    )


@pytest.fixture(scope="session")
async def api(infrastructure: Settings) -> AsyncIterator[Api]:
    """One API for all tests of a session; each test has users of its own."""
    async with opened_api(apart(infrastructure)) as opened:
        yield opened


@dataclass
class Filmed:
    """A user with a finished film."""

    user: User
    task_id: int

    @property
    def http(self) -> httpx.AsyncClient:
        """The user's client."""
        return self.user.http


@pytest.fixture(scope="session")
async def filmed(api: Api) -> AsyncIterator[Filmed]:
    """A finished film of three pages, for tests that only look at it."""
    async with api.user() as user:
        yield Filmed(user, await user.finished_segments(5, seed=5))


@pytest.fixture
async def alice(api: Api) -> AsyncIterator[User]:
    """A signed-in user."""
    async with api.user() as user:
        yield user


@pytest.fixture
async def bob(api: Api) -> AsyncIterator[User]:
    """Another signed-in user."""
    async with api.user() as user:
        yield user
