"""The storyagent dialect, under ``/api``: accounts, tasks run segment by segment, their files and notifications.

Wire format only: each route turns a call into one call of the domain, and the answer into JSON.
"""

import re
import secrets
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Cookie, Query, Request, Response
from fastapi.responses import JSONResponse

from schemas import CancelMode, PageEdit, Task
from services.api import domain
from services.api.access import Caller, Doing, Serving, Unauthorized
from services.api.dialects import storyagent_wire as wire
from services.api.dialects import storyagent_workflows as offer
from services.api.errors import NotFound
from services.api.eta import eta_s
from services.api.files import archive_response, file_response
from services.api.idempotency import Reserved
from services.api.pictures import MIMES, GivenPicture
from talestream.auth import RefreshRefused, Session
from talestream.manifest import Made, Manifest, manifest, public_artifacts
from talestream.settings import AuthSettings

COOKIE = "refresh_token"
COOKIE_PATH = "/api"

PICTURES = re.compile(r"/api/task/[0-9]+/pages/[0-9]+/picture")
"""The paths whose bodies are pictures."""

_PUBLIC_PATH = re.compile(r"generated_stories/([1-9][0-9]{0,15})/.+", re.DOTALL)

Responses = dict[int | str, dict[str, Any]]
UNAUTHORIZED: Responses = {401: {"model": wire.Error, "description": "No token, or one that is not good"}}
SIGNED_IN: Responses = UNAUTHORIZED | {
    429: {"model": wire.Error, "description": "The caller's quota is used up; see Retry-After"}
}
UNKNOWN: Responses = {404: {"model": wire.Error, "description": "No such task of this user"}}
UNREADABLE: Responses = {
    400: {"model": wire.Error, "description": "The body cannot be read"},
    413: {"model": wire.Error, "description": "The body is too large"},
}
CONFLICT: Responses = {
    409: {
        "model": wire.Error,
        "description": "The task's state does not permit this, or the Idempotency-Key is another's",
    }
}
KEY_REUSED: Responses = {409: {"model": wire.Error, "description": "The Idempotency-Key came with another request"}}
FILE: Responses = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file"},
    206: {"description": "The range of the file that was asked for"},
    304: {"description": "The client has it already (If-None-Match)"},
    404: {"model": wire.Error, "description": "No such file of this user"},
    416: {"description": "The range lies outside the file"},
}


def router(auth: AuthSettings) -> APIRouter:
    """Every route of the dialect."""
    whole = APIRouter(prefix="/api")
    whole.include_router(_accounts(auth), tags=["accounts"])
    whole.include_router(_workflows(), prefix="/task", tags=["workflows"])
    whole.include_router(_tasks(), prefix="/task", tags=["tasks"], responses=SIGNED_IN)
    whole.include_router(_running(), prefix="/task", tags=["running"], responses=SIGNED_IN | UNKNOWN | CONFLICT)
    whole.include_router(_pages(), prefix="/task", tags=["pages"], responses=SIGNED_IN | UNKNOWN | CONFLICT)
    whole.include_router(_files(), tags=["files"], responses=SIGNED_IN)
    whole.include_router(_notifications(), tags=["notifications"], responses=SIGNED_IN)
    return whole


def _accounts(auth: AuthSettings) -> APIRouter:
    routes = APIRouter()

    def remember(response: Response, session: Session) -> wire.Token:
        response.set_cookie(
            COOKIE,
            session.refresh_token,
            max_age=auth.refresh_token_s,
            path=COOKIE_PATH,
            secure=auth.secure_cookie,
            httponly=True,
            samesite="lax",
        )
        response.headers["cache-control"] = "no-store"
        return wire.Token(access_token=session.access_token)

    @routes.post("/register", responses=UNREADABLE | {409: {"model": wire.Error, "description": "The name is taken"}})
    async def register(account: wire.NewAccount, serving: Serving) -> wire.Account:
        """Create an account."""
        user = await serving.accounts.register(account.username, account.password)
        return wire.Account(id=user.id, username=user.username)

    @routes.post(
        "/login",
        responses=UNREADABLE
        | {
            401: {"model": wire.Error, "description": "No such user, or not their password"},
            429: {"model": wire.Error, "description": "Too many wrong passwords; see Retry-After"},
        },
    )
    async def login(account: wire.Credentials, request: Request, response: Response, serving: Serving) -> wire.Token:
        """Sign in. Also sets the cookie `refresh_token`, which a script cannot read."""
        address = request.client.host if request.client else "unknown"
        return remember(response, await serving.accounts.login(account.username, account.password, address))

    @routes.post("/refresh", responses=UNAUTHORIZED)
    async def refresh(
        response: Response, serving: Serving, refresh_token: Annotated[str | None, Cookie(max_length=500)] = None
    ) -> wire.Token:
        """A new access token for the cookie, which is replaced. A cookie that was used before ends the whole login."""
        if not refresh_token:
            raise Unauthorized("there is no cookie refresh_token: sign in first")
        try:
            return remember(response, await serving.accounts.refresh(refresh_token))
        except RefreshRefused as error:
            raise Unauthorized("the refresh token is unknown, expired or was used before: sign in again") from error

    return routes


def _workflows() -> APIRouter:
    routes = APIRouter()

    @routes.get("/workflow")
    async def segments(serving: Serving) -> list[offer.Segment]:
        """The segments of the default workflow, in order."""
        catalogue = serving.productions.catalogue
        return offer.segments_of(catalogue, catalogue.default)

    @routes.get("/workflows")
    async def workflows(serving: Serving) -> list[offer.WorkflowInfo]:
        """Every workflow that a task may name, with the providers of its stages and how they stand."""
        catalogue, told = serving.productions.catalogue, await serving.provider_states.all()
        return [offer.workflow_info(catalogue, name, told) for name in sorted(catalogue.workflows)]

    return routes


def _tasks() -> APIRouter:
    routes = APIRouter()

    @routes.post("/new", responses=UNREADABLE | KEY_REUSED)
    async def new(order: wire.NewTask, caller: Caller, serving: Serving, once: Doing) -> wire.TaskCreated:
        """Create a task. Nothing runs until a segment of it is executed."""
        workflow = order.chosen_workflow(serving.productions.catalogue)
        seeded = order.order(seed=secrets.randbelow(2**32))

        async def create(reserved: Reserved) -> wire.TaskCreated:
            task = await serving.productions.create(
                caller, seeded, workflow, priority=order.priority, task_id=reserved.task_id
            )
            return wire.TaskCreated(task_id=task.id)

        return await once(caller, wire.TaskCreated, create)

    @routes.get("/mytasks")
    async def my_tasks(caller: Caller, serving: Serving) -> wire.TaskIds:
        """The caller's tasks."""
        return wire.TaskIds(task_ids=await serving.productions.ids(caller))

    @routes.get("/{task_id}", responses=UNKNOWN)
    async def show(task_id: int, caller: Caller, serving: Serving) -> wire.TaskDetail:
        """The task as it stands, stage by stage and page by page."""
        task = await serving.productions.find(caller, task_id)
        place = await serving.productions.place_of(task)
        return wire.detail_of(task, place, eta_s(task, await serving.statistics.medians(), place))

    @routes.get("/{task_id}/progress", responses=UNKNOWN, response_model_exclude_none=True)
    async def progress(task_id: int, caller: Caller, serving: Serving) -> wire.Progress:
        """The last finished segment, and whether anything runs. `pending`: waiting for the next execute. A task that
        waits for its turn is `running`, and it alone has a `queue_position`.
        """
        task = await serving.productions.find(caller, task_id)
        place = await serving.productions.place_of(task)
        return wire.progress_of(task, place, eta_s(task, await serving.statistics.medians(), place) if place else None)

    @routes.get("/{task_id}/manifest", responses=UNKNOWN)
    async def show_manifest(task_id: int, caller: Caller, serving: Serving) -> Manifest:
        """What was asked for, what was made of it by whom, and what fell short."""
        return manifest(await serving.productions.find(caller, task_id))

    @routes.delete("/{task_id}", responses=UNKNOWN)
    async def delete(task_id: int, caller: Caller, serving: Serving) -> wire.Deleted:
        """Cancel what runs and remove the task with its files."""
        await serving.productions.delete(caller, task_id)
        return wire.Deleted()

    return routes


def _running() -> APIRouter:
    routes = APIRouter()

    @routes.post("/{task_id}/execute/{segment_id}", status_code=202)
    async def execute_segment(
        task_id: int, segment_id: int, caller: Caller, serving: Serving, once: Doing
    ) -> wire.Accepted:
        """Run the next segment. One that is queued or running keeps its execution id; a failed one runs again."""

        async def start(reserved: Reserved) -> wire.Accepted:
            productions = serving.productions
            execution_id = await productions.execute_segment(caller, task_id, segment_id, reserved.execution_id)
            return wire.Accepted(celery_task_id=execution_id)

        return await once(caller, wire.Accepted, start)

    @routes.post("/{task_id}/execute", status_code=202)
    async def execute(task_id: int, caller: Caller, serving: Serving, once: Doing) -> wire.Accepted:
        """Run all segments that are left, without further calls."""

        async def start(reserved: Reserved) -> wire.Accepted:
            execution_id = await serving.productions.execute(caller, task_id, reserved.execution_id)
            return wire.Accepted(celery_task_id=execution_id)

        return await once(caller, wire.Accepted, start)

    @routes.post("/{task_id}/retry", status_code=202)
    async def retry(task_id: int, caller: Caller, serving: Serving, once: Doing) -> wire.Accepted:
        """Run again what failed, page by page, and nothing else."""

        async def start(reserved: Reserved) -> wire.Accepted:
            execution_id = await serving.productions.retry(caller, task_id, reserved.execution_id)
            return wire.Accepted(celery_task_id=execution_id)

        return await once(caller, wire.Accepted, start)

    @routes.post("/{task_id}/cancel")
    async def cancel(
        task_id: int,
        caller: Caller,
        serving: Serving,
        once: Doing,
        mode: Annotated[
            CancelMode, Query(description="now: stop what runs at its next step; keep: finish what runs and keep it")
        ] = CancelMode.NOW,
    ) -> wire.Cancelled:
        """Start nothing more of the task, for good. What is finished can still be downloaded.

        After `keep`, the task is running until what ran has ended, and `now` may still follow.
        """

        async def stop(_reserved: Reserved) -> wire.Cancelled:
            return wire.cancelled_of(await serving.productions.cancel(caller, task_id, mode))

        return await once(caller, wire.Cancelled, stop)

    return routes


def _pages() -> APIRouter:
    routes = APIRouter()
    planned: Responses = {200: {"model": wire.EditPlan, "description": "With `dry_run`: what would be redone"}}

    @routes.patch(
        "/{task_id}/pages/{page}", status_code=202, response_model=wire.EditAccepted, responses=UNREADABLE | planned
    )
    async def edit(
        task_id: int,
        page: int,
        change: wire.PageChange,
        caller: Caller,
        serving: Serving,
        dry_run: Annotated[bool, Query(description="Only tell what would be redone")] = False,
    ) -> wire.EditAccepted | JSONResponse:
        """Change a page of a written story: narration, picture prompt or voice. Only what depends on it is redone.

        The other pages keep what they have, and each file stays until the new one is there. An edit to what was so
        before takes over what was made then.
        """
        if dry_run:
            plan = wire.plan_of(await serving.edits.plan(caller, task_id, page, change.edit()))
            return JSONResponse(plan.model_dump())
        return wire.edit_of(await serving.edits.edit(caller, task_id, page, change.edit()))

    @routes.put(
        "/{task_id}/pages/{page}/picture",
        status_code=202,
        response_model=wire.EditAccepted,
        responses=UNREADABLE | planned,
        openapi_extra={"requestBody": {"required": True, "content": {mime: {} for mime in MIMES}}},
    )
    async def show(
        task_id: int,
        page: int,
        request: Request,
        caller: Caller,
        serving: Serving,
        dry_run: Annotated[bool, Query(description="Only tell what would be redone")] = False,
    ) -> wire.EditAccepted | JSONResponse:
        """Show a picture of one's own on a page of a written story: the body is a PNG, JPEG or WebP picture.

        It is cropped around its subject to the film's shape. `DELETE` has the page drawn again.
        """
        picture = GivenPicture.of(await request.body())
        if dry_run:
            plan = wire.plan_of(await serving.edits.plan_to_show(caller, task_id, page, picture))
            return JSONResponse(plan.model_dump())
        return wire.edit_of(await serving.edits.show(caller, task_id, page, picture))

    @routes.delete("/{task_id}/pages/{page}/picture", status_code=202)
    async def draw_again(task_id: int, page: int, caller: Caller, serving: Serving) -> wire.EditAccepted:
        """Take back a picture of one's own. A page that has none stays as it is."""
        change = PageEdit(picture=None, picture_sha256=None)
        return wire.edit_of(await serving.edits.edit(caller, task_id, page, change))

    return routes


def _files() -> APIRouter:
    routes = APIRouter()

    @routes.head("/task/{task_id}/resource", include_in_schema=False)
    @routes.get("/task/{task_id}/resource", response_model=wire.Resources, responses=UNKNOWN)
    async def resources(
        task_id: int,
        segment: Annotated[int, Query(alias="segmentId", description="A finished segment")],
        caller: Caller,
        request: Request,
        serving: Serving,
        name: Annotated[str | None, Query(max_length=500, description="Download this file of the segment")] = None,
        download: Annotated[bool, Query(description="Download the segment's file, or a zip of them all")] = False,
    ) -> Response:
        """The paths of a finished segment's files, or a file itself. 404 while the segment is not finished.

        Of a segment that was cancelled: the files that were finished before.
        """
        task = await serving.productions.find(caller, task_id)
        if name:
            made = _named(task, domain.segment_files(task, segment), name)
            return await file_response(request, serving.blobs, made.artifact, download=True)
        found = domain.segment_resources(task, segment)
        if not download:
            return JSONResponse({"resources": [made.artifact.path for made in found]})
        if len(found) == 1:
            return await file_response(request, serving.blobs, found[0].artifact, download=True)
        members = [(_within(task, made), made.artifact) for made in found]
        archive = f"story-{task.id}-segment-{segment}.zip"
        return archive_response(request, serving.blobs, members, archive, task.updated_at)

    @routes.head("/resource", include_in_schema=False)
    @routes.get("/resource", response_class=Response, responses=FILE)
    async def resource(
        url: Annotated[str, Query(max_length=1024, description="A path that `resources` gave")],
        caller: Caller,
        request: Request,
        serving: Serving,
    ) -> Response:
        """A file by its path, with Range. `generated_stories/{task_id}/manifest.json` is the manifest."""
        owned = _PUBLIC_PATH.fullmatch(url)
        if owned is None:
            raise NotFound("unknown-file", "there is no such file")
        task = await serving.productions.find(caller, int(owned[1]))
        if url == f"{task.prefix}/manifest.json":
            return Response(manifest(task).model_dump_json(indent=2), media_type="application/json")
        made = public_artifacts(task).get(url)
        if made is None:
            raise NotFound("unknown-file", "there is no such file")
        return await file_response(request, serving.blobs, made.artifact)

    return routes


def _notifications() -> APIRouter:
    routes = APIRouter()

    @routes.get("/notifications")
    async def notifications(
        caller: Caller,
        serving: Serving,
        after: Annotated[
            int | None,
            Query(
                ge=0, lt=2**53, description="The `cursor` of the last answer; left out: from the oldest that is kept"
            ),
        ] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
        detail: Annotated[bool, Query(description="Events of stages, units and tasks too")] = False,
        snapshot: Annotated[
            bool, Query(description="Where there is no cursor to go on from: begin with where all active tasks stand")
        ] = False,
    ) -> wire.Notifications:
        """Past notifications, for clients that poll: the same objects that the streams push.

        `cursor_too_old` and `cursor_unknown` among them say that what follows `after` is gone, and where it goes on.
        """
        page = await serving.productions.notifications(caller, after, limit, detail=detail, with_snapshot=snapshot)
        return wire.Notifications(notifications=page.notifications, cursor=page.cursor, has_more=page.has_more)

    return routes


def _named(task: Task, files: list[Made], name: str) -> Made:
    """The file that a client calls ``name``: by its path, its path within the task, or its last part."""
    for made in files:
        path = made.artifact.path
        if name in {path, _within(task, made), PurePosixPath(path).name}:
            return made
    raise NotFound("unknown-file", "there is no such file in this segment")


def _within(task: Task, made: Made) -> str:
    return made.artifact.path.removeprefix(f"{task.prefix}/")
