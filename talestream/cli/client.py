"""A client of the public HTTP API, as anybody could write one: the command line has no other way in."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import httpx
from pydantic import BaseModel, Field

from schemas import Problem, TaskState

RECONNECT_S = 1.0
_AWAY = (httpx.TransportError, httpx.HTTPStatusError)


class ApiRefused(Exception):
    """The API did not do what was asked; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class UnitView(BaseModel):
    """A page of a stage, or the whole stage."""

    page: int | None = None
    state: str
    progress: float = 0
    note: str = ""
    attempt: int = 1
    problem: Problem | None = None


class StageView(BaseModel):
    """A stage of a task."""

    name: str
    state: str
    progress: float = 0
    units: list[UnitView] = Field(default_factory=list)


class TaskView(BaseModel):
    """A task as it stands."""

    task_id: int
    title: str = ""
    state: TaskState
    progress: float = 0
    stages: list[StageView]
    queue_position: int | None = None
    eta_s: float | None = None
    problem: Problem | None = None


class FileView(BaseModel):
    """A file of a task."""

    path: str
    role: str
    mime: str
    size_bytes: int
    sha256: str
    degraded: str | None = None


class ManifestView(BaseModel):
    """What was made."""

    title: str
    is_degraded: bool = False
    film_duration_s: float | None = None
    artifacts: list[FileView]

    def file(self, role: str, mime: str | None = None) -> FileView:
        """The file of that role. ApiRefused when there is none."""
        for found in self.artifacts:
            if found.role == role and mime in {None, found.mime}:
                return found
        raise ApiRefused(404, f"the task has no {role} file" + (f" of type {mime}" if mime else ""))


class ApiClient:
    """One user's session. The access token is renewed when it expires."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._account = {"username": username, "password": password}
        self._token = ""
        self._http = httpx.AsyncClient(
            base_url=url, timeout=httpx.Timeout(30, connect=5), trust_env=not url.startswith("http://127.")
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def sign_in(self, *, may_register: bool) -> None:
        """Sign in; a local user who is not known yet is registered first."""
        answer = await self._http.post("/api/login", json=self._account)
        if answer.status_code == 401 and may_register:
            _checked(await self._http.post("/api/register", json=self._account))
            answer = await self._http.post("/api/login", json=self._account)
        self._token = str(_checked(answer).json()["access_token"])

    async def create(self, order: dict[str, Any]) -> int:
        """A new task; nothing of it runs yet."""
        return int((await self._call("POST", "/api/task/new", json=order)).json()["task_id"])

    async def execute(self, task_id: int) -> None:
        """Run all of it."""
        await self._call("POST", f"/api/task/{task_id}/execute")

    async def cancel(self, task_id: int) -> None:
        """Stop it for good."""
        await self._call("POST", f"/api/task/{task_id}/cancel")

    async def task(self, task_id: int) -> TaskView:
        """How it stands."""
        return TaskView.model_validate((await self._call("GET", f"/api/task/{task_id}")).json())

    async def manifest(self, task_id: int) -> dict[str, Any]:
        """What was made, by whom, and what fell short."""
        found: dict[str, Any] = (await self._call("GET", f"/api/task/{task_id}/manifest")).json()
        return found

    async def download(self, file: FileView, target: Path) -> None:
        """Bring a file. ApiRefused when what came is not what the manifest says."""
        incoming = target.with_name(f".{target.name}.incoming")
        digest = hashlib.sha256()
        try:
            async with self._http.stream(
                "GET", "/api/resource", params={"url": file.path}, headers=self._authorization
            ) as answer:
                if answer.is_error:
                    await answer.aread()
                _checked(answer)
                with incoming.open("wb") as out:
                    async for chunk in answer.aiter_bytes():
                        digest.update(chunk)
                        out.write(chunk)
            if digest.hexdigest() != file.sha256:
                raise ApiRefused(502, f"{file.path} came damaged: its sha256 is not the manifest's")
            incoming.replace(target)
        finally:
            incoming.unlink(missing_ok=True)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """The user's notifications from now on, without a gap: a stream that breaks is resumed at its cursor."""
        cursor: str | None = None
        while True:
            with suppress(*_AWAY):
                headers = {**self._authorization, **({"Last-Event-ID": cursor} if cursor else {})}
                async with self._http.stream(
                    "GET",
                    "/api/notifications/stream",
                    params={"detail": "1"},
                    headers=headers,
                    timeout=httpx.Timeout(60, connect=5),
                ) as answer:
                    if answer.status_code == 401:
                        await self.sign_in(may_register=False)
                        continue
                    answer.raise_for_status()
                    async for line in answer.aiter_lines():
                        if line.startswith("id:"):
                            cursor = line.removeprefix("id:").strip()
                        elif line.startswith("data:"):
                            yield json.loads(line.removeprefix("data:"))
            await asyncio.sleep(RECONNECT_S)

    @property
    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    async def _call(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        answer = await self._http.request(method, path, headers=self._authorization, **arguments)
        if answer.status_code == 401:
            await self.sign_in(may_register=False)
            answer = await self._http.request(method, path, headers=self._authorization, **arguments)
        return _checked(answer)


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer, if it is a good one. ApiRefused with the API's own words."""
    if answer.is_success:
        return answer
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = answer.text[:300] or answer.reason_phrase
    if isinstance(detail, list):
        detail = "; ".join(f"{'.'.join(map(str, problem['loc'][1:]))}: {problem['msg']}" for problem in detail)
    raise ApiRefused(answer.status_code, str(detail))
