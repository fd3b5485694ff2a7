"""SIGTERM to the API: what it is answering is answered to its end, streams are ended, and the process leaves."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from talestream.embedded.stack import Stack
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.api_server import Api, User
from tests.notifier_clients import notifier_settings, running_notifier
from tests.stage_hand import StageHand

PATIENCE_S = 60


@dataclass
class Drained:
    """A user of an API that is a process of its own."""

    user: User
    process: asyncio.subprocess.Process

    async def ends(self) -> int:
        return await asyncio.wait_for(self.process.wait(), PATIENCE_S)


@pytest.fixture
async def served(own_database: Settings, embedded_servers: Stack) -> AsyncIterator[Drained]:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    settings = notifier_settings(own_database)
    environment = {
        **os.environ,
        **embedded_servers.settings_environment(),
        "TALESTREAM_MONGO__DATABASE": own_database.mongo.database,
        "TALESTREAM_API__PORT": str(port),
        "TALESTREAM_API__NOTIFIER_URL": f"http://127.0.0.1:{settings.notifier.port}",
        "TALESTREAM_API__DRAIN_S": "30",
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.api", env=environment)
    try:
        async with (
            running_notifier(settings),
            Runtime.open("test", own_database) as runtime,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as http,
        ):
            await _ready(http)
            hand = StageHand(runtime.tasks, runtime.blobs, runtime.clock)
            api = Api(str(http.base_url), own_database, runtime, hand)
            yield Drained(await User.signed_up(http, api), process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ready(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def test_a_download_under_way_is_finished_and_a_stream_is_ended_at_once(served: Drained) -> None:
    user = served.user
    user.api.hand.film = bytes(range(256)) * (1 << 18)  # 64 MiB: more than any buffer between server and client
    task_id = await user.finished_segments(5)
    download = user.http.stream("GET", f"/api/task/{task_id}/resource", params={"segmentId": 5, "download": 1})
    async with download as film, user.http.stream("GET", "/api/notifications/stream") as stream:
        pieces = film.aiter_bytes()
        received = len(await anext(pieces))
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            async for _ in stream.aiter_bytes():
                pass
        assert served.process.returncode is None
        async for piece in pieces:
            received += len(piece)
    assert received == len(user.api.hand.film)
    assert await served.ends() == 0


async def test_told_to_stop_twice_it_still_answers_what_it_was_asked(served: Drained) -> None:
    user = served.user
    user.api.hand.film = bytes(range(256)) * (1 << 18)
    task_id = await user.finished_segments(5)
    download = user.http.stream("GET", f"/api/task/{task_id}/resource", params={"segmentId": 5, "download": 1})
    async with download as film:
        for _ in range(2):
            served.process.send_signal(signal.SIGTERM)
            await asyncio.sleep(0.2)
        assert sum([len(piece) async for piece in film.aiter_bytes()]) == len(user.api.hand.film)
    assert await served.ends() == 0
