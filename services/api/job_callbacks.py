"""Where providers call back that a job is over. See :mod:`talestream.job_callbacks`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from schemas import WHOLE, LookAtJob, TaskId, unit_page
from services.api.errors import NotFound
from talestream.job_callbacks import PATH, is_proven
from talestream.runtime import Runtime
from talestream.settings import Settings


def router(settings: Settings) -> APIRouter:
    """The route, if callbacks are configured. It is the providers' alone and stands in no document."""
    routes = APIRouter()
    secret = settings.cloud_video.callback_secret
    if secret is None:
        return routes

    @routes.post(PATH, status_code=204, include_in_schema=False)
    async def job_is_over(
        request: Request,
        task_id: TaskId,
        stage: Annotated[str, Path(max_length=41)],
        unit: Annotated[str, Path(pattern=rf"^({WHOLE}|[1-9][0-9]{{0,2}})$")],
        proof: Annotated[str, Query(max_length=100)] = "",
    ) -> Response:
        """Let whoever waits for this unit's job ask for it at once. What the body says is not read."""
        if not is_proven(proof, secret, task_id, stage, unit):
            raise NotFound("no-such-job", "there is no such job")
        runtime: Runtime = request.app.state.runtime
        await runtime.broker.broadcast(LookAtJob(task_id=task_id, stage=stage, page=unit_page(unit)))
        return Response(status_code=204)

    return routes
