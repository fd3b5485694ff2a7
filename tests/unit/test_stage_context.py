"""What a stage's author sees works without a runner."""

import asyncio
import hashlib
import threading
import time
from pathlib import Path

import pytest

from schemas import Story, StoryRequested
from talestream.cancellation import check_cancelled
from talestream.errors import Cancelled, ProviderUnavailable
from talestream.providers import Providers
from talestream.settings import Price
from talestream.stage import StageContext, stage
from tests.folder_store import FolderStore


@pytest.fixture
def context(tmp_path: Path) -> StageContext:
    request = StoryRequested(task_id=1, topic="a fox")
    return StageContext(request=request, store=FolderStore(tmp_path), providers=Providers(), workdir=tmp_path)


async def test_an_artifact_is_described_by_what_was_stored(context: StageContext) -> None:
    artifact = await context.put("image/p1.png", b"picture", role="picture")
    assert artifact.path == "generated_stories/0/image/p1.png"
    assert artifact.mime == "image/png"
    assert artifact.sha256 == hashlib.sha256(b"picture").hexdigest()
    assert await context.get(artifact.uri) == b"picture"
    assert context.artifacts == [artifact]


async def test_cancelling_waits_for_the_thread_to_stop_at_its_next_step(context: StageContext) -> None:
    begun, stopped = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        try:
            while True:
                check_cancelled()
        except Cancelled:
            stopped.set()
            raise

    running = asyncio.create_task(context.in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert stopped.is_set()


async def test_an_artifact_tells_its_model_its_time_and_its_cost(context: StageContext) -> None:
    context.prices = {"acme": Price(per_second=2, per_unit=10)}
    given = {"provider": "acme", "model": "big", "revision": "abc", "parameters": {"steps": 4}, "role": "picture"}
    await context.in_thread(time.sleep, 0.05)
    first = await context.put("a.png", b"a", **given)
    second = await context.put("b.png", b"b", **given)
    assert (first.revision, first.parameters) == ("abc", {"steps": 4})
    assert first.work_s is not None
    assert first.work_s >= 0.05
    assert first.cost == pytest.approx(10 + 2 * first.work_s)
    assert (second.work_s, second.cost) == (0, 0)
    assert (await context.put("c.png", b"c", **given, cost=0.25)).cost == 0.25
    assert (await context.put("d.png", b"d", **{**given, "provider": "other"})).cost is None


def test_progress_stays_between_nothing_and_all(context: StageContext) -> None:
    told: list[float] = []
    context.on_progress = lambda fraction, _note: told.append(fraction)
    for fraction in (-1, 0.5, 2):
        context.progress(fraction)
    assert told == [0, 0.5, 1]


def test_an_unknown_provider_is_refused_with_the_names_of_those_installed() -> None:
    with pytest.raises(ProviderUnavailable, match="embedded"):
        Providers().get("story", "nobody")


def test_a_stage_knows_its_result_type_from_the_function() -> None:
    @stage("story", consumes=StoryRequested)
    async def write(request: StoryRequested, ctx: StageContext) -> Story:
        raise AssertionError

    assert write.gives is Story
