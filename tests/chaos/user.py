"""Users of the public API whose clients behave: they remember what was accepted, and ask again when they must."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

PASSWORD = "a passphrase of this run"
LONGEST_PAUSE_S = 5.0
REFUSED_FOR_NOW = frozenset({429, 500, 502, 503, 504})


@dataclass
class Ordered:
    """A task as its user knows it: everything here was accepted with a 2xx."""

    task_id: int
    owner: str
    executions: int = 0
    retries: int = 0
    cancels: int = 0
    has_asked_to_cancel: bool = False
    is_deleted: bool = False
    edits: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class User:
    """Somebody with an account."""

    name: str
    token: str
    http: httpx.AsyncClient
    chance: random.Random
    ordered: list[Ordered] = field(default_factory=list)
    unforeseen: list[str] = field(default_factory=list)
    """Answers that a client must never get: errors that nobody foresaw."""

    @classmethod
    @asynccontextmanager
    async def signed_up(cls, url: str, name: str, seed: str) -> AsyncIterator[Self]:
        """Register and sign in."""
        async with httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http:
            user = cls(name, "", http, random.Random(seed))
            account = {"username": name, "password": PASSWORD}
            await user.ask("POST", "/api/register", account)
            user.token = (await user.ask("POST", "/api/login", account)).json()["access_token"]
            http.headers["authorization"] = f"Bearer {user.token}"
            yield user

    async def ask(self, method: str, path: str, body: Any = None, **params: Any) -> httpx.Response:
        """The answer, asked for until there is one that is none of "not now". One key a call: it is done once."""
        headers = {"Idempotency-Key": secrets.token_hex(16)} if method == "POST" else {}
        pause_s = 0.2
        while True:
            try:
                answer = await self.http.request(method, path, json=body, params=params, headers=headers)
            except httpx.TransportError:
                pass
            else:
                if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
                    self.unforeseen.append(f"{method} {path}: {answer.text[:200]}")
                if answer.status_code not in REFUSED_FOR_NOW:
                    return answer
                with suppress(ValueError):
                    pause_s = max(pause_s, float(answer.headers.get("retry-after", "0")))
            await asyncio.sleep(min(LONGEST_PAUSE_S, pause_s))
            pause_s *= 2

    async def order(self, topic: str, **fields: Any) -> Ordered:
        """Create a task and have all of it made."""
        answer = await self.ask("POST", "/api/task/new", {"topic": topic, **fields})
        assert answer.is_success, answer.text
        ordered = Ordered(answer.json()["task_id"], self.name)
        self.ordered.append(ordered)
        if (await self.ask("POST", f"/api/task/{ordered.task_id}/execute")).is_success:
            ordered.executions += 1
        return ordered

    async def state(self, task_id: int) -> dict[str, Any] | None:
        """The task as it stands; None when it is unknown."""
        answer = await self.ask("GET", f"/api/task/{task_id}")
        found: dict[str, Any] | None = answer.json() if answer.is_success else None
        return found

    async def retry(self, ordered: Ordered) -> None:
        """Have what failed made again."""
        if (await self.ask("POST", f"/api/task/{ordered.task_id}/retry")).is_success:
            ordered.retries += 1

    async def cancel(self, ordered: Ordered) -> None:
        """Stop the task, in one mode or the other. One that is finished refuses."""
        mode = self.chance.choice(("now", "keep"))
        ordered.has_asked_to_cancel = True
        if (await self.ask("POST", f"/api/task/{ordered.task_id}/cancel", mode=mode)).is_success:
            ordered.cancels += 1

    async def delete(self, ordered: Ordered) -> None:
        """Remove the task. One that is gone already was removed by a call whose answer was lost."""
        answer = await self.ask("DELETE", f"/api/task/{ordered.task_id}")
        ordered.is_deleted = answer.is_success or answer.status_code == httpx.codes.NOT_FOUND

    async def edit(self, ordered: Ordered, page: int) -> bool:
        """Change a page. False when that was refused: there is no story yet."""
        what = self.chance.choice(("story", "image_prompt"))
        body = {what: f"Something else happens, {secrets.token_hex(4)}."}
        answer = await self.ask("PATCH", f"/api/task/{ordered.task_id}/pages/{page}", body)
        if answer.is_success:
            ordered.edits.append({"page": page, **body})
        return answer.is_success
