"""What can be seen from outside once everything has ended: by the API, in the object store, in logs of others."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from talestream.blobs import Blobs
from talestream.errors import StageError
from talestream.ledger import Entry, Ledger
from tests.chaos.clients import ClientLog, Told
from tests.chaos.user import Ordered, User

AT_ONCE = 4
PAGE = 500


@dataclass(frozen=True)
class FileSeen:
    """A file of a finished task: what the manifest says of it, and what was fetched in two ways."""

    path: str
    sha256: str
    fetched_sha256: str | None
    """What the API served; None: it served nothing."""
    public_sha256: str | None
    """What lies in the object store under the file's public path; None: nothing does."""


@dataclass
class Evidence:
    """Everything that is counted from."""

    ordered: list[Ordered] = field(default_factory=list)
    tasks: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    """Each task as the API shows it; None: it is unknown."""
    listed: dict[str, set[int]] = field(default_factory=dict)
    """The tasks that the API lists for each user."""
    files: dict[int, list[FileSeen]] = field(default_factory=dict)
    """Of the completed tasks."""
    scripts: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Of the completed tasks that were edited: the script as the API serves it."""
    captions: dict[int, str] = field(default_factory=dict)
    """Of the same: the captions of the film."""
    logs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Each user's whole log with every detail, by polling."""
    clients: list[ClientLog] = field(default_factory=list)
    ledger: list[Entry] = field(default_factory=list)
    """What the paid provider has in its books, in its order."""

    def told_to(self, client: ClientLog) -> list[Told]:
        """What the client should have been told."""
        return [
            Told(told["cursor"], told["event_id"], told["type"])
            for told in self.logs[client.owner]
            if client.with_detail or told["type"] in {"segment_finished", "segment_failed"}
        ]


async def gather(users: list[User], clients: list[ClientLog], blobs: Blobs, ledger: Ledger) -> Evidence:
    """Look at everything."""
    found = Evidence(clients=clients, ledger=list(ledger))
    gate = asyncio.Semaphore(AT_ONCE)

    async def look_at(user: User, ordered: Ordered) -> None:
        async with gate:
            state = found.tasks[ordered.task_id] = await user.state(ordered.task_id)
            if state is not None and state["state"] == "completed":
                found.files[ordered.task_id] = files = await _files(user, ordered.task_id, blobs)
                if ordered.edits:
                    script = await _text(user, files, "script_data.json")
                    found.scripts[ordered.task_id] = json.loads(script or "{}")
                    found.captions[ordered.task_id] = await _text(user, files, "output.srt")

    for user in users:
        found.ordered += user.ordered
        found.logs[user.name] = await read_log(user)
        found.listed[user.name] = set((await user.ask("GET", "/api/task/mytasks")).json()["task_ids"])
    await asyncio.gather(*(look_at(user, ordered) for user in users for ordered in user.ordered))
    return found


async def read_log(user: User) -> list[dict[str, Any]]:
    """All notifications of a user, by polling."""
    told: list[dict[str, Any]] = []
    cursor, has_more = 0, True
    while has_more:
        page = (await user.ask("GET", "/api/notifications", after=cursor, limit=PAGE, detail=True)).json()
        told += page["notifications"]
        cursor, has_more = page["cursor"], page["has_more"]
    return told


async def _files(user: User, task_id: int, blobs: Blobs) -> list[FileSeen]:
    manifest = (await user.ask("GET", f"/api/task/{task_id}/manifest")).json()
    return [await _file(user, listed, blobs) for listed in manifest["artifacts"]]


async def _file(user: User, listed: dict[str, Any], blobs: Blobs) -> FileSeen:
    served = await user.ask("GET", "/api/resource", url=listed["path"])
    try:
        public = _digest(await blobs.get(blobs.uri(listed["path"])))
    except StageError:
        public = None
    fetched = _digest(served.content) if served.is_success else None
    return FileSeen(listed["path"], listed["sha256"], fetched, public)


async def _text(user: User, files: list[FileSeen], name: str) -> str:
    """A file of a task as the API serves it; nothing where there is none."""
    path = next((file.path for file in files if file.path.endswith(name)), "")
    served = await user.ask("GET", "/api/resource", url=path)
    return served.text if served.is_success else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
