"""Edits of a page, for the owner of its task: what one would redo, and the edit itself."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from schemas import WHOLE, Artifact, PageEdit, Task, UnitState
from services.api.domain import Productions
from services.api.errors import Conflict, NotFound, Refused
from services.api.pictures import GivenPicture
from talestream import editing
from talestream.auth import Principal
from talestream.blobs import Blobs
from talestream.clock import Clock
from talestream.draft import Ref
from talestream.rules import NotAllowed


@dataclass(frozen=True)
class EditPlan:
    """What an edit makes necessary once more, and how many finished units it leaves as they are."""

    redone: Sequence[Ref]
    kept: int


@dataclass(frozen=True)
class Edit:
    """An edit that is done. ``execution_id`` names what runs by it; None: nothing does."""

    plan: EditPlan
    revision: int
    execution_id: str | None


class _Overtaken(Exception):
    """The script is another one by now than the one that was stored."""


class Edits:
    """Changes of pages after the story was written."""

    def __init__(self, productions: Productions, blobs: Blobs, clock: Clock) -> None:
        self._productions = productions
        self._blobs = blobs
        self._clock = clock

    async def plan(self, principal: Principal, task_id: int, page: int, change: PageEdit) -> EditPlan:
        """What :meth:`edit` would redo; nothing is changed. Refuses as it does."""
        task = await self._productions.find(principal, task_id)
        try:
            return _plan(task, page, change)
        except NotAllowed as error:
            raise _refusal(error) from error

    async def edit(self, principal: Principal, task_id: int, page: int, change: PageEdit) -> Edit:
        """Change the page and redo what depends on it. One that says what is so already changes nothing.

        NotFound: no such task or page. Conflict: no story yet, or cancelled. TooMany: as for any order of work.
        """
        execution_id, plan = uuid.uuid4().hex, EditPlan((), 0)

        def rule(task: Task) -> Task:
            nonlocal plan
            plan = _plan(task, page, change)
            content = _script_after(task, page, change)
            if (content and _digest(content)) != (script and script.sha256):
                raise _Overtaken
            return editing.edit(task, page, change, execution_id, self._clock.now(), script)

        while True:
            try:
                script = await self._store_script(await self._productions.find(principal, task_id), page, change)
                task = await self._productions.order(principal, task_id, rule)
            except _Overtaken:
                continue
            except NotAllowed as error:
                raise _refusal(error) from error
            return Edit(plan, task.revision, execution_id if plan.redone else None)

    async def show(self, principal: Principal, task_id: int, page: int, picture: GivenPicture) -> Edit:
        """Show the user's own picture on the page, as :meth:`edit` does; it is kept with the task."""
        task = await self._productions.find(principal, task_id)
        change = self._showing(task, picture)
        await self.plan(principal, task_id, page, change)
        await self._blobs.put(_given_key(task, picture), picture.data, picture.mime)
        return await self.edit(principal, task_id, page, change)

    async def plan_to_show(self, principal: Principal, task_id: int, page: int, picture: GivenPicture) -> EditPlan:
        """What :meth:`show` would redo; nothing is kept or changed. Refuses as it does."""
        task = await self._productions.find(principal, task_id)
        return await self.plan(principal, task_id, page, self._showing(task, picture))

    def _showing(self, task: Task, picture: GivenPicture) -> PageEdit:
        return PageEdit(picture=self._blobs.uri(_given_key(task, picture)), picture_sha256=picture.sha256)

    async def _store_script(self, task: Task, page: int, change: PageEdit) -> Artifact | None:
        """The story's script with the change, stored beside the one that was written; None when that stays."""
        content = _script_after(task, page, change)
        if content is None:
            return None
        digest = _digest(content)
        unit = task.stages["story"].units[WHOLE]
        written = _written(task)
        folder = f"{task.prefix}/.attempts/story-{WHOLE}-{unit.attempt}/edited-{digest[:16]}"
        uri = await self._blobs.put(f"{folder}/script_data.json", content, written.mime)
        return written.model_copy(update={"uri": uri, "size_bytes": len(content), "sha256": digest})


def _given_key(task: Task, picture: GivenPicture) -> str:
    return f"{task.prefix}/.given/{picture.sha256}"


def _plan(task: Task, page: int, change: PageEdit) -> EditPlan:
    changed = editing.edited(task, page, change)
    redone = editing.plan(changed) if changed is not task else ()
    kept = sum(
        unit.state is UnitState.COMPLETED and Ref(stage, key) not in redone
        for stage, status in task.stages.items()
        for key, unit in status.units.items()
    )
    return EditPlan(redone, kept)


def _script_after(task: Task, page: int, change: PageEdit) -> bytes | None:
    """``script_data.json`` as it reads with the change; None when the change is not in it, or there is no such file."""
    changed = editing.edited(task, page, change)
    if changed.script == task.script or not task.stages["story"].units[WHOLE].artifacts:
        return None
    return changed.script.model_dump_json(indent=2).encode()


def _written(task: Task) -> Artifact:
    artifacts = task.stages["story"].units[WHOLE].artifacts
    return next((artifact for artifact in artifacts if artifact.role == "script"), artifacts[0])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refusal(error: NotAllowed) -> Refused:
    kind = NotFound if error.code == "unknown-page" else Conflict
    return kind(error.code, error.message)
