"""What clients are told while the database or the object store is away, or when something unforeseen happens."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from motor.motor_asyncio import AsyncIOMotorClient

from services.api.access import Services
from services.api.app import create_app
from services.api.catalogue import Catalogue
from services.api.domain import Productions
from services.api.edits import Edits
from services.api.eta import StageStatistics
from services.api.idempotency import IdempotencyKeys
from services.api.quotas import RequestQuota
from talestream.auth import AccessTokens, Accounts
from talestream.blobs import Blobs
from talestream.clock import SystemClock
from talestream.event_log import EventLog
from talestream.provider_states import ProviderStates
from talestream.scheduler import Scheduler
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.api_server import Api, Filmed, serving

NOBODY_LISTENS = "127.0.0.1:9"
CONFIGURED = Settings(mode="embedded")


@pytest.fixture
async def without_database() -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client of an API whose database is away."""
    mongo: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        f"mongodb://{NOBODY_LISTENS}", serverSelectionTimeoutMS=100
    )
    database, clock = mongo["nowhere"], SystemClock()
    app = create_app(CONFIGURED)
    tasks, blobs = TaskStore(database), Blobs(CONFIGURED.objects, clock)
    scheduler = Scheduler(tasks, CONFIGURED.admission, clock)
    catalogue = Catalogue.of(CONFIGURED)
    productions = Productions(tasks, EventLog(database), scheduler, clock, catalogue, CONFIGURED.quotas)
    app.state.services = Services(
        productions=productions,
        edits=Edits(productions, blobs, clock),
        accounts=Accounts(database, CONFIGURED.auth, clock),
        statistics=StageStatistics(database),
        blobs=blobs,
        idempotency=IdempotencyKeys(database, clock, CONFIGURED.api.idempotency_s),
        quota=RequestQuota(CONFIGURED),
        provider_states=ProviderStates(database, clock),
    )
    token = AccessTokens(CONFIGURED.auth).issue(7, clock.now())
    async with httpx.AsyncClient(
        base_url="http://api",
        transport=httpx.ASGITransport(app),
        headers={"authorization": f"Bearer {token}"},
    ) as client:
        yield client
    mongo.close()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/task/mytasks", None),
        ("GET", "/api/task/5", None),
        ("POST", "/api/task/new", {"topic": "a fox"}),
        ("POST", "/api/task/5/execute", None),
        ("GET", "/api/notifications", None),
        ("POST", "/api/login", {"username": "mia", "password": "a passphrase"}),
    ],
)
async def test_without_the_database_a_call_is_503_and_to_be_tried_again(
    without_database: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    answer = await without_database.request(method, path, json=body)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "database" in answer.json()["detail"]


async def test_what_needs_no_database_is_answered_without_it(without_database: httpx.AsyncClient) -> None:
    assert (await without_database.get("/api/task/workflow")).status_code == 200
    assert (await without_database.get("/api/task/mytasks", headers={"authorization": "x"})).status_code == 401


async def test_a_file_that_the_store_has_lost_is_not_found(api: Api, filmed: Filmed) -> None:
    task_id = await filmed.user.finished_segments(1)
    await api.runtime.blobs.remove_prefix(f"generated_stories/{task_id}")
    answer = await filmed.http.get("/api/resource", params={"url": f"generated_stories/{task_id}/script_data.json"})
    assert answer.status_code == 404
    assert "not there any more" in answer.json()["detail"]


async def test_an_error_that_nobody_foresaw_tells_its_request_id_and_nothing_else(api: Api, filmed: Filmed) -> None:
    app = create_app(api.settings, api.runtime)

    @app.get("/surprise")
    async def surprise() -> None:
        raise ZeroDivisionError("a secret of the inside")

    async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
        answer = await client.get("/surprise", headers={"x-request-id": "r-9"})
    assert answer.status_code == 500
    assert answer.json() == {"detail": "something went wrong on our side", "request_id": "r-9"}


async def test_without_the_object_store_a_file_is_503_before_anything_is_sent(api: Api, filmed: Filmed) -> None:
    elsewhere = api.settings.objects.model_copy(update={"endpoint": NOBODY_LISTENS})
    away = Blobs(elsewhere, SystemClock(), patience_s=0.1)
    app = create_app(api.settings, replace(api.runtime, blobs=away))
    async with serving(app) as url, httpx.AsyncClient(base_url=url, headers=filmed.http.headers) as client:
        answer = await client.get("/api/resource", params={"url": f"generated_stories/{filmed.task_id}/output.mp4"})
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
