"""Workers of real model code as processes of their own: when they are ready, and what becomes of a lack of memory."""

import secrets
from pathlib import Path

import pytest

from schemas import ImageRequested, UnitState
from talestream.embedded.stack import Stack
from talestream.runtime import Runtime
from talestream.settings import Settings
from tests.ml import tiny_diffusion
from tests.own_worker import own_worker
from tests.runner_bench import until


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a worker whose pictures are painted by a tiny model."""
    return {
        "TALESTREAM_PROVIDERS__IMAGE": "diffusers,simulated",
        "TALESTREAM_IMAGE_MODEL__MODEL": str(tiny_diffusion.sdxl(tmp_path_factory.mktemp("models") / "sdxl")),
        "TALESTREAM_MODELS__DEVICE": "cpu",
    }


async def test_a_worker_is_ready_once_the_model_of_its_provider_is_loaded_and_not_before(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path, painter: dict[str, str]
) -> None:
    async with own_worker("services.image", embedded_servers, own_database, tmp_path, painter) as worker:
        before: list[object] = []

        async def is_ready() -> bool:
            status, answer = await worker.readiness()
            if status != 200:
                before.append(answer["checks"]["provider"])
            return status == 200

        await until(is_ready, 120)
        assert "model loaded" in [line["event"] for line in worker.logged()]
        assert before[0] == "what it needs is being loaded"
        assert set(before) <= {"what it needs is being loaded", True}
        assert "remarks" not in (await worker.readiness())[1]


async def test_a_model_that_does_not_fit_into_memory_leaves_its_pages_to_the_next_of_the_chain(
    own_database: Settings, embedded_servers: Stack, tmp_path: Path, painter: dict[str, str]
) -> None:
    small = {"TALESTREAM_MODELS__MEMORY_MB": "1", "TALESTREAM_SIMULATION__LEDGER": str(tmp_path / "ledger.jsonl")}
    async with (
        Runtime.open("test", own_database) as runtime,
        own_worker("services.image", embedded_servers, own_database, tmp_path, {**painter, **small}) as worker,
    ):
        answer = await worker.shows(True, is_ready=True)
        assert answer["remarks"]["provider"].startswith("simulated works instead of diffusers: diffusers: the model")
        request = ImageRequested(task_id=secrets.randbelow(2**53 - 1) + 1, page=1, prompt="a fox")
        await (await runtime.broker.send(request.topic_name(), b"1", request.model_dump_json().encode(), []))

        async def artifacts() -> object:
            task = await runtime.tasks.find(request.task_id)
            unit = task.stages["image"].units["1"] if task else None
            return unit.artifacts if unit and unit.state is UnitState.COMPLETED else None

        [picture] = await until(artifacts, 60)
        assert (picture.provider, picture.instead_of) == ("simulated", "diffusers")
        assert picture.degraded.startswith("made by simulated, because diffusers could not: out-of-memory; simulated:")
