"""The simulated service and its ledger."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from schemas import ImageRequested, ProviderJob
from talestream.errors import StageError
from talestream.ledger import Entry, Ledger, paid_twice
from talestream.paid_job import PaidJob
from talestream.providers import Providers
from talestream.simulation import Simulation, fate
from talestream.simulation_settings import SimulationSettings
from talestream.stage import StageContext
from tests.folder_store import FolderStore

REQUEST = ImageRequested(task_id=7, page=2, prompt="a fox")


def configured(folder: Path, **fields: Any) -> SimulationSettings:
    return SimulationSettings(ledger=folder / "ledger.jsonl", **fields)


def context(folder: Path, job: PaidJob | None = None, attempt: int = 1) -> StageContext:
    request = REQUEST.model_copy(update={"attempt": attempt})
    return StageContext(request, FolderStore(folder), Providers(), folder, paid_job=job or PaidJob(request))


def calls(settings: SimulationSettings) -> list[tuple[str, int]]:
    return [(entry.call, entry.attempt) for entry in Ledger(settings.ledger)]


async def interrupted(settings: SimulationSettings, folder: Path) -> ProviderJob:
    """An attempt that was ended while it waited, and the job that it left."""
    job = PaidJob(REQUEST)
    running = asyncio.create_task(context(folder, job).in_thread(Simulation("image", settings).work))
    async with asyncio.timeout(10):
        while ("stored", 1) not in calls(settings):
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert job.stored is not None
    return job.stored


async def test_every_call_of_a_job_is_in_the_ledger_and_its_cost_once(tmp_path: Path) -> None:
    settings = configured(tmp_path, cost=0.25)
    await context(tmp_path).in_thread(Simulation("image", settings).work)
    assert calls(settings) == [("submitted", 1), ("stored", 1), ("finished", 1)]
    entries = list(Ledger(settings.ledger))
    assert [entry.cost for entry in entries] == [0.25, 0, 0]
    assert {(entry.stage, entry.task, entry.unit) for entry in entries} == {("image", 7, "2")}


async def test_a_job_is_resumed_after_a_restart_and_ends_when_it_would_have(tmp_path: Path) -> None:
    settings = configured(tmp_path, duration_s=0.5)
    left = await interrupted(settings, tmp_path)
    restarted = Simulation("image", settings)
    await context(tmp_path, PaidJob(REQUEST, stored=left), attempt=2).in_thread(restarted.work)
    assert calls(settings) == [("submitted", 1), ("stored", 1), ("resumed", 2), ("finished", 2)]
    submitted, *_, finished = Ledger(settings.ledger)
    assert submitted.due is not None
    assert finished.time >= submitted.due
    assert (submitted.due - submitted.time).total_seconds() == 0.5


async def test_a_failed_job_is_forgotten_and_its_retry_can_succeed(tmp_path: Path) -> None:
    inputs = PaidJob(REQUEST).inputs
    seeds = (configured(tmp_path, failure_rate=0.5, seed=seed) for seed in range(1000))
    settings = next(one for one in seeds if [fate(one, "image", inputs, n) for n in (1, 2)] == ["fail", "finish"])
    job = PaidJob(REQUEST)
    with pytest.raises(StageError) as raised:
        await context(tmp_path, job).in_thread(Simulation("image", settings).work)
    assert raised.value.retryable
    assert (job.stored, job.number) == (None, 2)
    await context(tmp_path, job, attempt=2).in_thread(Simulation("image", settings).work)
    assert [call for call, _ in calls(settings)] == ["submitted", "stored", "failed", "submitted", "stored", "finished"]


async def test_a_job_that_fails_for_good_is_forgotten_and_not_tried_again(tmp_path: Path) -> None:
    job = PaidJob(REQUEST)
    with pytest.raises(StageError) as raised:
        await context(tmp_path, job).in_thread(
            Simulation("image", configured(tmp_path, failure_rate=1, fails_for_good=True)).work
        )
    assert (raised.value.code, raised.value.retryable, job.stored) == ("simulated-failure", False, None)


async def test_a_hanging_job_is_waited_for_until_somebody_cancels_it(tmp_path: Path) -> None:
    settings = configured(tmp_path, hang_rate=1)
    job = PaidJob(REQUEST)
    running = asyncio.create_task(context(tmp_path, job).in_thread(Simulation("image", settings).work))
    async with asyncio.timeout(10):
        while job.stored is None:
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await job.cancel()
    assert [call for call, _ in calls(settings)] == ["submitted", "stored", "cancelled"]


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_job_that_was_cancelled_or_that_nobody_knows_is_forgotten(tmp_path: Path, is_known: bool) -> None:
    settings = configured(tmp_path, duration_s=60)
    left = await interrupted(settings, tmp_path)
    ledger = Ledger(settings.ledger)
    if is_known:
        submitted = next(iter(ledger))
        ledger.append(submitted.model_copy(update={"call": "cancelled"}))
    else:
        settings.ledger.unlink()
    job = PaidJob(REQUEST, stored=left)
    with pytest.raises(StageError, match="job-gone"):
        await context(tmp_path, job, attempt=2).in_thread(Simulation("image", settings).work)
    assert job.stored is None


async def test_without_stored_jobs_a_job_ends_with_its_attempt(tmp_path: Path) -> None:
    settings = configured(tmp_path, duration_s=60, jobs=False)
    job = PaidJob(REQUEST)
    running = asyncio.create_task(context(tmp_path, job).in_thread(Simulation("image", settings).work))
    async with asyncio.timeout(10):
        while not calls(settings):
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert [call for call, _ in calls(settings)] == ["submitted", "cancelled"]
    assert job.stored is None


def test_rates_are_kept_and_the_same_seed_decides_alike(tmp_path: Path) -> None:
    settings = configured(tmp_path, failure_rate=0.2, hang_rate=0.1, seed=5)
    fates = [fate(settings, "image", str(inputs), 1) for inputs in range(4000)]
    assert 0.17 < fates.count("fail") / 4000 < 0.23
    assert 0.08 < fates.count("hang") / 4000 < 0.12
    assert fates == [fate(settings, "image", str(inputs), 1) for inputs in range(4000)]
    assert fates != [fate(settings, "image", str(inputs), 2) for inputs in range(4000)]


def entry(call: Any, job: str, inputs: str = "x", page: str = "1") -> Entry:
    now = datetime.now(UTC)
    return Entry(time=now, call=call, stage="image", task=7, unit=page, attempt=1, job=job, key="k", inputs=inputs)


def test_a_second_submission_beside_a_stored_job_is_paid_twice() -> None:
    told = [entry("submitted", "a"), entry("stored", "a"), entry("submitted", "b")]
    assert [found.job for found in paid_twice(told)] == ["b"]
    after_the_result = [*told[:2], entry("finished", "a"), entry("submitted", "b")]
    assert [found.job for found in paid_twice(after_the_result)] == ["b"]


@pytest.mark.parametrize("end", ["failed", "cancelled"])
def test_a_second_submission_is_honest_when_the_first_came_to_nothing_or_was_never_stored(end: str) -> None:
    assert not paid_twice([entry("submitted", "a"), entry("stored", "a"), entry(end, "a"), entry("submitted", "b")])
    assert not paid_twice([entry("submitted", "a"), entry("submitted", "b"), entry("stored", "b")])
    others = [entry("submitted", "b", inputs="y"), entry("submitted", "c", page="2")]
    assert not paid_twice([entry("submitted", "a"), entry("stored", "a"), *others])


def test_a_line_that_was_cut_short_is_passed_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.append(entry("submitted", "a"))
    with ledger.path.open("ab") as file:
        file.write(b'{"time": "2026-0\n')
    ledger.append(entry("stored", "a"))
    assert [found.call for found in ledger] == ["submitted", "stored"]
