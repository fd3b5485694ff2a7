"""The API's application: its parts, opened and put together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from services.api import job_callbacks
from services.api.access import Services
from services.api.catalogue import Catalogue
from services.api.dialects import storyagent
from services.api.domain import Productions
from services.api.edge import Edge
from services.api.edits import Edits
from services.api.eta import StageStatistics
from services.api.gateway import Gateway
from services.api.idempotency import IdempotencyKeys
from services.api.quotas import RequestQuota
from services.api.refusals import add_refusals
from talestream.auth import Accounts
from talestream.health import Checks, health_routes
from talestream.provider_states import ProviderStates
from talestream.runtime import Runtime
from talestream.settings import Settings

DESCRIPTION = """
One sentence becomes a narrated, illustrated film.

1. `POST /api/register`, `POST /api/login`: get an access token, sent as `Authorization: Bearer ...` from then on.
2. `POST /api/task/new`: say what the film is about.
3. `POST /api/task/{id}/execute` runs everything; `.../execute/1` to `.../execute/5` run one segment after another.
4. Watch `GET /api/task/{id}`, or be told: `WS /ws/notifications?token=`, `GET /api/notifications/stream` (SSE), or
   `GET /api/notifications?after=` (polling). All three tell the same, and a cursor resumes where one left off.
5. `GET /api/task/{id}/resource?segmentId=5` lists the film, `GET /api/resource?url=` brings it.

What is executed starts as soon as there is a place for it; until then it waits for its turn, and `queue_position` says
where. A user who asks for too much is answered 429 with `Retry-After`.

A POST that starts work may be sent again under the same `Idempotency-Key`: it is answered as the first time.

An error is JSON with `detail`: a sentence, or a list that names each field at fault. Somebody else's task is unknown.
"""


def create_app(settings: Settings, runtime: Runtime | None = None) -> FastAPI:
    """The application. Its life opens a :class:`Runtime` of its own unless it is given one.

    ValueError when the operator's workflows cannot be run.
    """
    catalogue = Catalogue.of(settings)
    gateway = Gateway(settings.api.notifier_url) if settings.api.notifier_url else None

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            if runtime is None:
                app.state.runtime = await stack.enter_async_context(Runtime.open("api", settings))
            if gateway:
                await stack.enter_async_context(gateway.opened())
            app.state.services = await _open_services(app.state.runtime, settings, catalogue)
            yield

    async def readiness() -> Checks:
        opened: Runtime = app.state.runtime
        return await opened.readiness()

    app = FastAPI(
        title="Talestream",
        version=version("talestream"),
        description=DESCRIPTION,
        lifespan=life,
        redoc_url=None,
    )
    app.state.runtime = runtime
    app.state.end_streams = gateway.end_streams if gateway else lambda: None
    app.router.routes.extend(health_routes("api", readiness))
    app.include_router(job_callbacks.router(settings))
    if gateway:
        app.include_router(gateway.router())
    if "storyagent" in settings.api.dialects:
        app.include_router(storyagent.router(settings.auth))
    add_refusals(app)
    larger = {storyagent.PICTURES: settings.api.max_picture_bytes}
    app.add_middleware(Edge, max_body_bytes=settings.api.max_body_bytes, larger=larger)
    return app


async def _open_services(runtime: Runtime, settings: Settings, catalogue: Catalogue) -> Services:
    accounts = Accounts(runtime.database, settings.auth, runtime.clock)
    await accounts.prepare()
    keys = IdempotencyKeys(runtime.database, runtime.clock, settings.api.idempotency_s)
    await keys.prepare()
    scheduler, quotas = runtime.scheduler, settings.quotas
    productions = Productions(runtime.tasks, runtime.events, scheduler, runtime.clock, catalogue, quotas)
    return Services(
        productions=productions,
        edits=Edits(productions, runtime.blobs, runtime.clock),
        accounts=accounts,
        statistics=StageStatistics(runtime.database),
        blobs=runtime.blobs,
        idempotency=keys,
        quota=RequestQuota(settings),
        provider_states=ProviderStates(runtime.database, runtime.clock),
    )
