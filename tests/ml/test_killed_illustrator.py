"""A worker is killed while it paints by diffusers, and another one paints the page."""

import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas import ImageRequested, Unit, UnitState
from services.image.diffusers_illustrator import DiffusersIllustrator
from talestream.diffusion_settings import ImageModelSettings
from talestream.embedded.stack import Stack
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.ml import tiny_diffusion
from tests.own_worker import own_worker
from tests.runner_bench import until

pytestmark = pytest.mark.timeout(600)

STEPS = 150
"""Many, so that there is a middle to be killed in."""
MOST_S = 240.0


@pytest.fixture(scope="module")
def sdxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_diffusion.sdxl(tmp_path_factory.mktemp("models") / "sdxl")


@pytest.fixture
def painter(sdxl: Path) -> dict[str, str]:
    """The settings of a worker."""
    return {
        "TALESTREAM_PROVIDERS__IMAGE": "diffusers",
        "TALESTREAM_IMAGE_MODEL__MODEL": str(sdxl),
        "TALESTREAM_IMAGE_MODEL__STEPS": str(STEPS),
        "TALESTREAM_IMAGE_MODEL__BATCH": "1",
        "TALESTREAM_MODELS__DEVICE": "cpu",
        "TALESTREAM_WORKER__LEASE_S": "3",
    }


@dataclass(frozen=True)
class Watched:
    """The unit of an order, as the database has it."""

    runtime: Runtime
    order: ImageRequested

    async def unit(self) -> Unit | None:
        """It, once its order was taken."""
        task = await self.runtime.tasks.find(self.order.task_id)
        return task.stages["image"].units["1"] if task else None

    async def painted_in_part(self) -> Unit | None:
        """It, once a step of it is done."""
        unit = await self.unit()
        return unit if unit and "step" in unit.note else None

    async def completed(self) -> Unit | None:
        """It, once it is completed."""
        unit = await self.unit()
        return unit if unit and unit.state is UnitState.COMPLETED else None

    async def told(self) -> list[int]:
        """The attempts of which it was told that they completed it."""
        events = await self.runtime.events.after("topic", 0, 10_000)
        ends = [event for event in events if (event.task_id, event.type) == (self.order.task_id, "UnitCompleted")]
        return [event.data["attempt"] for event in ends]


async def test_a_page_whose_painter_was_killed_between_two_steps_is_painted_once_by_another(
    own_database: Settings, embedded_servers: Stack, sdxl: Path, painter: dict[str, str], tmp_path: Path
) -> None:
    task_id = secrets.randbelow(2**53 - 1) + 1
    order = ImageRequested(task_id=task_id, page=1, prompt="a fox", width=64, height=64, seed=7)
    how = ("services.image", embedded_servers, own_database, tmp_path, painter)
    async with Runtime.open("test", own_database) as runtime:
        page = Watched(runtime, order)
        async with own_worker(*how) as first:
            await (await runtime.broker.send("talestream.image.v1", None, order.model_dump_json().encode(), []))
            begun: Unit = await until(page.painted_in_part, MOST_S)
            first.process.kill()
            assert await first.process.wait() < 0
        assert 0 < begun.progress < 1
        assert begun.artifacts == ()
        async with own_worker(*how) as second:
            done: Unit = await until(page.completed, MOST_S)
            (artifact,) = done.artifacts
            png = await runtime.blobs.get(artifact.uri)
            assert await until(page.told, MOST_S) == [2]

    assert (begun.attempt, done.attempt, done.takeovers, done.failures) == (1, 2, 1, 0)
    assert str(first.process.pid) in (begun.worker or "")
    assert str(second.process.pid) not in (begun.worker or "")
    assert (artifact.provider, artifact.model, artifact.seed) == ("diffusers", str(sdxl), 7)
    assert png == undisturbed(sdxl, order)


def undisturbed(model: Path, order: ImageRequested) -> bytes:
    """The page as it is when nobody is killed."""
    cpu = ModelSettings(device="cpu")
    own = ImageModelSettings(model=str(model), steps=STEPS, batch=1)
    return DiffusersIllustrator(own, cpu, Models(cpu)).illustrate(order, lambda _fraction, _note: None).png
