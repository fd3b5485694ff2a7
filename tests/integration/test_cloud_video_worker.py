"""Cloud video under real workers, on real broker, database and object store: jobs are paid once, whoever dies."""

import asyncio
import io
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
import pytest
from PIL import Image
from pydantic import SecretStr

from schemas import AnimationRequested, CancelTask, Unit, UnitState
from services.api.app import create_app
from talestream.cloud_video_settings import CloudVideoSettings
from talestream.embedded.stack import Stack
from talestream.job_callbacks import callback_url
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.api_server import serving
from tests.cloud_video_server import FAL_KEY, RUNWAY_KEY, CloudVideoServer, Job, cloud_video
from tests.runner_bench import until

SECRET = "a secret of this test that nobody guesses"
PAGE = "2"


@dataclass
class Studio:
    """Workers of the animation stage, the services that they order from, and the means to order from them."""

    runtime: Runtime
    server: CloudVideoServer
    environment: dict[str, str]
    stack: AsyncExitStack

    async def start_worker(self, **settings: str) -> asyncio.subprocess.Process:
        """One more process of the stage, with these settings."""
        environment = self.environment | {f"TALESTREAM_{name}": value for name, value in settings.items()}
        command = (sys.executable, "-m", "services.animation")
        worker = await asyncio.create_subprocess_exec(*command, env=environment)
        self.stack.push_async_callback(_end, worker)
        return worker

    async def order(self, provider: str) -> int:
        """Have a picture animated, as another system orders it: by the topic."""
        png = io.BytesIO()
        Image.new("RGB", (320, 180), "teal").save(png, "PNG")
        task_id = secrets.randbelow(2**53 - 1) + 1
        picture = await self.runtime.blobs.put(f"given/{task_id}.png", png.getvalue(), "image/png")
        request = AnimationRequested(
            task_id=task_id, page=int(PAGE), provider=provider, picture=picture, prompt=_prompt(task_id)
        )
        value, key = request.model_dump_json().encode(), f"{task_id}/{PAGE}".encode()
        await (await self.runtime.broker.send(request.topic_name(), key, value, []))
        return task_id

    def jobs(self, task_id: int) -> list[Job]:
        """What the services were paid for by this task."""
        return self.server.jobs_of(_prompt(task_id))

    async def unit(self, task_id: int) -> Unit | None:
        task = await self.runtime.tasks.find(task_id)
        return None if task is None else task.stages["animation"].units.get(PAGE)

    async def waited_for(self, task_id: int) -> None:
        """Return once the job is stored and was asked for."""

        async def is_waited_for() -> bool:
            unit = await self.unit(task_id)
            return unit is not None and unit.job is not None and any(job.looks for job in self.jobs(task_id))

        await until(is_waited_for, 60)

    async def ended(self, task_id: int, state: UnitState) -> Unit:
        async def has_ended() -> Unit | None:
            unit = await self.unit(task_id)
            return unit if unit is not None and unit.state is state else None

        found: Unit = await until(has_ended, 60)
        return found


def _prompt(task_id: int) -> str:
    return f"a fox in the woods of {task_id}"


async def _end(worker: asyncio.subprocess.Process) -> None:
    """Let it commit what it has done: its orders would come again to the workers of the next test."""
    with suppress(ProcessLookupError):
        worker.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(worker.wait(), 20)
    with suppress(ProcessLookupError):
        worker.kill()
    await worker.wait()


@asynccontextmanager
async def _opened(own_database: Settings, servers: Stack) -> AsyncIterator[Studio]:
    async with (
        cloud_video() as server,
        Runtime.open("test", own_database) as runtime,
        AsyncExitStack() as stack,
    ):
        environment = {
            **os.environ,
            **servers.settings_environment(),
            "TALESTREAM_MONGO__DATABASE": own_database.mongo.database,
            "TALESTREAM_WORKER__LEASE_S": "1",
            "TALESTREAM_CLOUD_VIDEO__RUNWAY__BASE_URL": server.url,
            "TALESTREAM_CLOUD_VIDEO__RUNWAY__API_KEY": RUNWAY_KEY,
            "TALESTREAM_CLOUD_VIDEO__PIKA__BASE_URL": server.url,
            "TALESTREAM_CLOUD_VIDEO__PIKA__API_KEY": FAL_KEY,
            "TALESTREAM_CLOUD_VIDEO__POLL_S": "0.1",
        }
        yield Studio(runtime, server, environment, stack)


@pytest.fixture
async def studio(own_database: Settings, embedded_servers: Stack) -> AsyncIterator[Studio]:
    async with _opened(own_database, embedded_servers) as opened:
        yield opened


def answering(settings: Settings) -> Settings:
    """The settings of an API that takes callbacks."""
    return settings.model_copy(
        update={
            "cloud_video": CloudVideoSettings(callback_secret=SecretStr(SECRET)),
            "api": settings.api.model_copy(update={"notifier_url": None}),
        }
    )


@pytest.mark.parametrize("provider", ["runway", "pika"])
async def test_the_worker_after_one_that_was_killed_resumes_the_job_and_pays_nothing_more(
    studio: Studio, provider: str
) -> None:
    studio.server.is_held = True
    first = await studio.start_worker()
    task_id = await studio.order(provider)
    await studio.waited_for(task_id)
    first.kill()
    await first.wait()
    studio.server.is_held = False
    await studio.start_worker()
    unit = await studio.ended(task_id, UnitState.COMPLETED)
    assert (unit.attempt, unit.takeovers, unit.job) == (2, 1, None)
    [job], [artifact] = studio.jobs(task_id), unit.artifacts
    assert artifact.provider == provider
    assert await studio.runtime.blobs.get(artifact.uri) == job.video


async def test_a_cancel_reaches_the_service_while_its_job_runs(studio: Studio) -> None:
    studio.server.is_held = True
    await studio.start_worker()
    task_id = await studio.order("runway")
    await studio.waited_for(task_id)
    value = CancelTask(task_id=task_id).model_dump_json().encode()
    await (await studio.runtime.broker.send("talestream.control.v1", None, value, []))

    async def is_cancelled() -> bool:
        return all(job.is_cancelled for job in studio.jobs(task_id))

    await until(is_cancelled)
    await studio.ended(task_id, UnitState.CANCELLED)


async def test_a_service_without_a_key_is_off_and_the_next_one_is_asked(studio: Studio) -> None:
    del studio.environment["TALESTREAM_CLOUD_VIDEO__RUNWAY__API_KEY"]
    await studio.start_worker()
    off = await studio.order("runway")
    unit = await studio.ended(off, UnitState.FAILED)
    assert unit.problem is not None
    assert (unit.problem.code, unit.problem.is_retryable) == ("provider-unavailable", False)
    assert "TALESTREAM_CLOUD_VIDEO__RUNWAY__API_KEY" in str(unit.problem.remedy)
    unit = await studio.ended(await studio.order("cloud"), UnitState.COMPLETED)
    assert [artifact.provider for artifact in unit.artifacts] == ["pika"]


async def test_a_callback_wakes_whoever_waits_long_before_the_next_poll(studio: Studio, own_database: Settings) -> None:
    configured = answering(own_database)
    studio.server.is_held = True
    async with Runtime.open("api", configured) as runtime, serving(create_app(configured, runtime)) as url:
        await studio.start_worker(
            CLOUD_VIDEO__CALLBACK_URL=url, CLOUD_VIDEO__CALLBACK_SECRET=SECRET, CLOUD_VIDEO__POLL_S="100000"
        )
        task_id = await studio.order("pika")
        await studio.waited_for(task_id)
        [job] = studio.jobs(task_id)
        assert await studio.server.finish(job) == 204
        await studio.ended(task_id, UnitState.COMPLETED)
    assert job.looks == 2


async def test_a_callback_without_its_proof_is_refused(own_database: Settings) -> None:
    configured = answering(own_database)
    request = AnimationRequested(task_id=7, page=2, picture="s3://bucket/p.png")
    async with Runtime.open("api", configured) as runtime, serving(create_app(configured, runtime)) as url:
        good = callback_url(url, SecretStr(SECRET), request)
        another = callback_url(url, SecretStr(SECRET), request.model_copy(update={"page": 3})).partition("=")[2]
        async with httpx.AsyncClient(trust_env=False) as client:
            wrong = [good.partition("?")[0], f"{good}0", f"{good.partition('=')[0]}={another}", f"{good}&proof=ü"]
            assert [(await client.post(address)).status_code for address in wrong] == [404] * 4
            assert (await client.post(good)).status_code == 204
            assert "jobs" not in (await client.get(f"{url}/openapi.json")).text


async def test_without_a_secret_there_are_no_callbacks(own_database: Settings) -> None:
    configured = own_database.model_copy(update={"api": own_database.api.model_copy(update={"notifier_url": None})})
    request = AnimationRequested(task_id=7, page=2, picture="s3://bucket/p.png")
    async with (
        Runtime.open("api", configured) as runtime,
        serving(create_app(configured, runtime)) as url,
        httpx.AsyncClient(trust_env=False) as client,
    ):
        assert (await client.post(callback_url(url, SecretStr(""), request))).status_code == 404
