"""The API as a process of its own: how it starts, what it shows to operators, what it logs, how it ends."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.api.app import create_app
from talestream.embedded.stack import Stack
from tests.api_server import PASSWORD, Api, User, serving

PATIENCE_S = 60


@dataclass
class ApiProcess:
    """A running ``python -m services.api``."""

    process: asyncio.subprocess.Process
    http: httpx.AsyncClient
    log: Path

    def logged(self) -> list[dict[str, object]]:
        """Every line of its log so far that is whole."""
        return [json.loads(line) for line in self.log.read_text().splitlines(keepends=True) if line.endswith("}\n")]

    async def line_of(self, request: str) -> dict[str, object]:
        """The line of a request, which comes once it was answered."""
        async with asyncio.timeout(PATIENCE_S):
            while not (found := [line for line in self.logged() if line.get("request") == request]):
                await asyncio.sleep(0.05)
        [line] = found
        return line


@pytest.fixture
async def own_process(embedded_servers: Stack, tmp_path: Path) -> AsyncIterator[ApiProcess]:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    environment = {**os.environ, **embedded_servers.settings_environment(), "TALESTREAM_API__PORT": str(port)}
    log = tmp_path / "api.log"
    with log.open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.api", env=environment, stderr=sink
        )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:
        try:
            yield ApiProcess(process, http, log)
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def ready(process: ApiProcess) -> httpx.Response:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                answer = await process.http.get("/readyz")
                if answer.status_code == 200:
                    return answer
            except httpx.TransportError:
                assert process.process.returncode is None, process.log.read_text()
            await asyncio.sleep(0.1)


async def test_the_service_starts_shows_how_it_is_and_ends_cleanly_on_sigterm(own_process: ApiProcess) -> None:
    checks = (await ready(own_process)).json()["checks"]
    assert checks == {"broker": True, "database": True, "objects": True, "relay": True}
    assert (await own_process.http.get("/healthz")).json() == {"status": "ok", "service": "api"}
    await own_process.http.get("/api/task/5/progress")
    metrics = (await own_process.http.get("/metrics")).text
    assert 'route="/api/task/{task_id}/progress"' in metrics
    assert 'status="401"' in metrics
    own_process.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(own_process.process.wait(), PATIENCE_S) == 0


async def test_the_log_is_json_and_holds_no_password_and_no_token(own_process: ApiProcess) -> None:
    await ready(own_process)
    http = own_process.http
    await http.post("/api/register", json={"username": "logged-mia", "password": PASSWORD})
    token = (await http.post("/api/login", json={"username": "logged-mia", "password": PASSWORD})).json()[
        "access_token"
    ]
    listed = await http.get(
        "/api/task/mytasks",
        params={"token": token},
        headers={"authorization": f"Bearer {token}", "x-request-id": "r-7"},
    )
    assert listed.headers["x-request-id"] == "r-7"
    line = await own_process.line_of("r-7")
    assert (line["event"], line["path"], line["status"], line["service"]) == (
        "request",
        "/api/task/mytasks",
        200,
        "api",
    )
    text = own_process.log.read_text()
    assert PASSWORD not in text
    assert token not in text
    assert http.cookies["refresh_token"] not in text


async def test_the_service_imports_nothing_that_is_made_for_models() -> None:
    heavy = {"numpy", "torch", "PIL", "cv2", "onnxruntime", "transformers", "jieba"}
    code = f"import sys, services.api.__main__; print(sorted(set(sys.modules) & {heavy}))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.strip() == b"[]"


async def test_a_made_up_request_id_that_could_forge_a_log_line_is_replaced(api: Api) -> None:
    async with api.client() as client:
        answer = await client.get("/api/task/workflow", headers={"x-request-id": "a b{}"})
    assert answer.headers["x-request-id"] != "a b{}"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_too_many_wrong_passwords_are_429_with_the_time_to_wait(api: Api, alice: User) -> None:
    auth = api.settings.auth.model_copy(update={"login_failures": 2})
    settings = api.settings.model_copy(update={"auth": auth})
    async with (
        serving(create_app(settings, api.runtime)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        guess = {"username": alice.username, "password": "a wrong guess"}
        statuses = [(await client.post("/api/login", json=guess)).status_code for _ in range(3)]
        right = await client.post("/api/login", json={"username": alice.username, "password": PASSWORD})
    assert statuses == [401, 401, 429]
    assert right.status_code == 429
    assert 0 < int(right.headers["retry-after"]) <= 300
    assert right.json()["detail"]
