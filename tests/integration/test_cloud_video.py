"""Runway and Pika as their documentation says they behave, on a loopback port: orders, waits, refusals, failures."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr
from starlette.responses import JSONResponse

from schemas import Animation, AnimationRequested
from services.animation.cloud_animator import CloudAnimator
from services.animation.failover import Failover
from services.animation.pika import Pika
from services.animation.runway import Runway
from services.animation.stage import animate
from talestream.cloud_video_settings import CloudVideoSettings, PikaSettings, RunwaySettings
from talestream.errors import BadInput, StageError, UserMustAct
from talestream.paid_job import PaidJob
from talestream.stage import StageContext
from tests.cloud_video_server import FAL_KEY, RUNWAY_KEY, CloudVideoServer, Fate, cloud_video
from tests.folder_store import FolderStore
from tests.unit.test_paid_job import Notebook

Names = tuple[str, ...]
BUSY = {"error": "You have exceeded your rate limit."}


class Studio:
    """Has pages animated by the services on the loopback port, as a worker does."""

    def __init__(self, folder: Path, server: CloudVideoServer) -> None:
        self.server = server
        self.store = FolderStore(folder / "store")
        self.folder = folder
        self.notebook = Notebook()
        self.keys = {"runway": RUNWAY_KEY, "pika": FAL_KEY}
        self.names: Names = ("runway",)
        self.configured = CloudVideoSettings(
            runway=RunwaySettings(base_url=server.url),
            pika=PikaSettings(base_url=server.url),
            poll_s=0.01,
            calls=3,
            first_retry_s=0.01,
            longest_retry_s=0.05,
            max_bytes=1 << 20,
        )

    def get(self, _stage: str, _name: str | None) -> Any:
        """The provider: this is also the source of providers."""
        services: dict[str, Callable[[str, CloudVideoSettings], Any]] = {"runway": Runway, "pika": Pika}
        made = [
            CloudAnimator(services[name](self.keys[name], self.configured), self.configured, is_https_only=False)
            for name in self.names
        ]
        return made[0] if len(made) == 1 else Failover(made)

    async def picture(self, content: bytes | None = None) -> str:
        if content is None:
            png = io.BytesIO()
            Image.new("RGB", (320, 180), "teal").save(png, "PNG")
            content = png.getvalue()
        return await self.store.put(f"{len(content)}.png", content, "image/png")

    def context(self, request: AnimationRequested, attempt: int = 1) -> StageContext:
        workdir = self.folder / f"work{attempt}"
        workdir.mkdir(exist_ok=True)
        stored = self.notebook.jobs[-1] if self.notebook.jobs else None
        job = PaidJob(request, self.notebook, stored, forgotten=attempt - 1 if stored is None else 0)
        return StageContext(request, self.store, self, workdir, paid_job=job)

    async def request(self, **fields: Any) -> AnimationRequested:
        usual = {"task_id": 7, "page": 2, "picture": await self.picture(), "prompt": "a fox runs", "seed": 3}
        return AnimationRequested.model_validate(usual | fields)

    async def animate(self, attempt: int = 1, **fields: Any) -> Animation:
        request = await self.request(**fields)
        return await animate(request, self.context(request, attempt))

    async def refusal(self, attempt: int = 1, **fields: Any) -> StageError:
        """Why it could not be done."""
        with pytest.raises(StageError) as raised:
            await self.animate(attempt, **fields)
        return raised.value


@pytest.fixture
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    async with cloud_video() as server:
        yield Studio(tmp_path, server)


@pytest.fixture(params=["runway", "pika"])
def either(studio: Studio, request: pytest.FixtureRequest) -> Studio:
    """One service after the other."""
    studio.names = (request.param,)
    return studio


async def test_a_picture_is_set_in_motion_and_the_manifest_can_say_by_whom(either: Studio) -> None:
    made = await either.animate(duration_s=4)
    models = {"runway": "gen4_turbo", "pika": "fal-ai/pika/v2.2/image-to-video"}
    [name] = either.names
    assert (made.video.provider, made.video.model, made.video.seed) == (name, models[name], 3)
    assert (made.video.mime, made.video.role, made.video.degraded) == ("video/mp4", "animation", None)
    assert made.duration_s == 5
    assert made.cost == {"runway": 0.25, "pika": 0.2}[name]
    assert await either.store.get(made.video.uri) == either.server.job.video


async def test_the_order_says_what_was_asked_for(studio: Studio) -> None:
    await studio.animate(width=720, height=1280, duration_s=8, prompt="一只狐狸" * 400)
    body = studio.server.job.body
    assert (body["ratio"], body["duration"], body["seed"]) == ("720:1280", 10, 3)
    assert len(body["promptText"]) == 1000


async def test_a_picture_that_is_too_large_for_an_order_goes_as_jpeg(studio: Studio) -> None:
    png = io.BytesIO()
    Image.effect_noise((2048, 1536), 100).convert("RGB").save(png, "PNG", compress_level=0)
    await studio.animate(picture=await studio.picture(png.getvalue()))
    assert studio.server.job.body["promptImage"].startswith("data:image/jpeg;base64,")


async def test_a_picture_that_cannot_be_read_is_not_ordered(either: Studio) -> None:
    error = await either.refusal(picture=await either.picture(b"no picture"))
    assert isinstance(error, BadInput)
    assert either.server.jobs == {}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_service_that_is_busy_or_sheds_load_is_asked_again_and_the_job_ordered_once(
    either: Studio, status: int
) -> None:
    either.server.refusals += [JSONResponse(BUSY, status, headers={"retry-after": "0"}) for _ in range(2)]
    await either.animate()
    assert len(either.server.jobs) == 1


async def test_one_that_stays_busy_says_when_to_come_again(either: Studio) -> None:
    either.server.refusals += [JSONResponse(BUSY, 429, headers={"retry-after": "77"}) for _ in range(3)]
    error = await either.refusal()
    assert (error.code, error.retryable, error.defer_s) == ("service-busy", True, 77)
    assert either.server.jobs == {}


async def test_an_order_that_failed_in_the_service_is_not_made_again_at_once(either: Studio) -> None:
    either.server.refusals.append(JSONResponse({"error": "oops"}, 500))
    error = await either.refusal()
    assert (error.code, error.retryable) == ("service-failed", True)
    assert len(either.server.calls) == 1


async def test_a_key_that_is_not_good_is_for_a_person_to_put_right_and_is_not_repeated(either: Studio) -> None:
    either.keys = dict.fromkeys(either.keys, "a wrong key")
    error = await either.refusal()
    assert isinstance(error, UserMustAct)
    assert error.code == "service-key-refused"
    assert f"TALESTREAM_CLOUD_VIDEO__{either.names[0].upper()}__API_KEY" in str(error.remedy)
    assert "a wrong key" not in str(error)


async def test_an_account_without_credit_is_for_a_person_to_put_right(studio: Studio) -> None:
    words = {"error": "You do not have enough credits to run this task."}
    studio.server.refusals.append(JSONResponse(words, 400))
    error = await studio.refusal()
    assert (type(error), error.code) == (UserMustAct, "service-unpaid")


@pytest.mark.parametrize(
    ("fate", "code", "is_retryable"),
    [
        ("failed", "job-failed", True),
        ("hopeless", "job-failed", False),
        ("moderated", "content-refused", False),
        ("no video", "job-failed", True),
        ("cut", "bad-output", True),
        ("too large", "bad-output", True),
        ("page", "bad-output", True),
    ],
)
async def test_a_job_that_comes_to_nothing_says_why_and_is_forgotten(
    either: Studio, fate: Fate, code: str, is_retryable: bool
) -> None:
    either.server.fates.append(fate)
    error = await either.refusal()
    assert (error.code, error.retryable) == (code, is_retryable)
    assert either.notebook.jobs == []


async def test_after_a_job_that_failed_the_next_attempt_orders_another(studio: Studio) -> None:
    studio.server.fates.append("failed")
    assert (await studio.refusal()).code == "job-failed"
    await studio.animate(attempt=2)
    assert len(studio.server.jobs) == 2


async def test_a_result_whose_address_has_expired_is_asked_for_again_and_not_made_again(either: Studio) -> None:
    either.server.fates.append("expires once")
    await either.animate()
    assert (len(either.server.jobs), either.server.job.addresses) == (1, 2)


async def test_a_job_that_an_earlier_attempt_left_is_resumed_and_not_ordered_again(either: Studio) -> None:
    either.server.is_held = True
    request = await either.request()
    first = asyncio.create_task(animate(request, either.context(request)))
    while not either.notebook.jobs or either.server.job.looks < 3:
        await asyncio.sleep(0.01)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not either.server.job.is_cancelled, "whoever takes over wants it"
    either.server.is_held = False
    made = await either.animate(attempt=2)
    assert made.video.degraded is None
    assert len(either.server.jobs) == 1


async def test_a_job_that_the_service_no_longer_knows_is_ordered_anew_by_the_next_attempt(either: Studio) -> None:
    request = await either.request()
    await PaidJob(request, either.notebook).note(either.names[0], "lost")
    error = await either.refusal(attempt=2)
    assert (error.code, error.retryable) == ("job-gone", True)
    await either.animate(attempt=3)
    assert len(either.server.jobs) == 1


async def test_a_job_that_takes_too_long_is_cancelled_and_forgotten(either: Studio) -> None:
    either.configured = either.configured.model_copy(update={"job_s": 0.05})
    either.server.is_held = True
    error = await either.refusal()
    assert (error.code, error.retryable) == ("job-overdue", True)
    assert either.server.job.is_cancelled
    assert either.notebook.jobs == []


async def test_a_service_that_does_not_answer_for_a_while_keeps_its_job(either: Studio) -> None:
    request = await either.request()
    context = either.context(request)
    either.server.is_held = True
    running = asyncio.create_task(animate(request, context))
    while not either.notebook.jobs:
        await asyncio.sleep(0.01)
    either.server.refusals += [JSONResponse({"error": "down"}, 503) for _ in range(3)]
    with pytest.raises(StageError) as raised:
        await running
    assert (raised.value.code, len(either.notebook.jobs)) == ("service-down", 1)
    either.server.is_held = False
    await either.animate(attempt=2)
    assert len(either.server.jobs) == 1


async def test_a_cancel_is_passed_on_to_the_service(either: Studio) -> None:
    either.server.is_held = True
    request = await either.request()
    context = either.context(request)
    running = asyncio.create_task(animate(request, context))
    while not either.notebook.jobs:
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert context.paid_job is not None
    await context.paid_job.cancel()
    assert either.server.job.is_cancelled


async def test_a_job_that_is_over_or_unknown_can_be_cancelled_without_an_error(studio: Studio) -> None:
    await studio.animate()
    for service in (Runway(RUNWAY_KEY, studio.configured), Pika(FAL_KEY, studio.configured)):
        await asyncio.to_thread(service.cancel, studio.server.job.id)
        await asyncio.to_thread(service.cancel, "unknown")


async def test_where_the_first_service_cannot_do_it_the_next_does_and_is_named(studio: Studio) -> None:
    studio.names = ("runway", "pika")
    studio.keys["runway"] = "an old key"
    made = await studio.animate()
    assert made.video.provider == "pika"
    assert made.video.degraded == "made by pika, because runway could not: service-key-refused"
    assert [call.split("/")[1] for call in studio.server.calls[:2]] == ["v1", "fal-ai"]


async def test_a_job_that_failed_goes_to_the_next_service_in_the_same_attempt(studio: Studio) -> None:
    studio.names = ("pika", "runway")
    studio.server.fates.append("hopeless")
    made = await studio.animate()
    assert (made.video.provider, made.cost) == ("runway", 0.25)
    assert made.video.degraded == "made by runway, because pika could not: job-failed"


async def test_content_that_one_service_refuses_is_not_offered_to_another(studio: Studio) -> None:
    studio.names = ("runway", "pika")
    studio.server.fates.append("moderated")
    assert (await studio.refusal()).code == "content-refused"
    assert len(studio.server.jobs) == 1


async def test_a_job_under_way_is_not_left_for_another_service(studio: Studio) -> None:
    studio.names = ("runway", "pika")
    studio.server.is_held = True
    running = asyncio.create_task(studio.animate())
    while not studio.notebook.jobs:
        await asyncio.sleep(0.01)
    studio.server.refusals += [JSONResponse({"error": "down"}, 503) for _ in range(3)]
    with pytest.raises(StageError, match="service-down"):
        await running
    assert not any("fal-ai" in call for call in studio.server.calls)


async def test_a_job_of_the_second_service_is_resumed_there(studio: Studio) -> None:
    studio.names = ("runway", "pika")
    studio.server.is_held = True
    request = await studio.request()
    pika = Pika(FAL_KEY, studio.configured)
    job_id = await asyncio.to_thread(pika.submit, request, "data:image/png;base64,AAAA", None)
    await PaidJob(request, studio.notebook).note("pika", job_id)
    studio.server.is_held = False
    made = await studio.animate(attempt=2)
    assert (made.video.provider, len(studio.server.jobs)) == ("pika", 1)
    assert made.video.degraded == "made by pika, because runway could not, in an earlier attempt"


async def test_when_none_can_the_last_one_says_why(studio: Studio) -> None:
    studio.names = ("runway", "pika")
    studio.keys = dict.fromkeys(studio.keys, "wrong")
    error = await studio.refusal()
    assert error.code == "service-key-refused"
    assert "pika" in error.message


async def test_only_an_address_by_https_is_followed_where_the_service_is_on_the_internet(studio: Studio) -> None:
    service = Runway(RUNWAY_KEY, studio.configured)
    strict = CloudAnimator(service, studio.configured, is_https_only=True)
    request = await studio.request()
    context = studio.context(request)
    picture = await context.fetch(request.picture, "given")
    with pytest.raises(StageError, match="not https but http"):
        await context.in_thread(strict.animate, request, picture, context.workdir / "made.mp4", context.progress)


def test_callbacks_need_a_secret_that_cannot_be_guessed() -> None:
    with pytest.raises(ValueError, match="TALESTREAM_CLOUD_VIDEO__CALLBACK_SECRET"):
        CloudVideoSettings(callback_url="https://films.example", callback_secret=SecretStr("short"))
