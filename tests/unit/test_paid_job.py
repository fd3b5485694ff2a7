"""The paid job of a unit, as a stage and a provider use it, without a runner."""

import asyncio
import threading
from pathlib import Path

import pytest

from schemas import ImageRequested, ProviderJob
from talestream.errors import Cancelled
from talestream.inputs import inputs_hash
from talestream.paid_job import PaidJob
from talestream.providers import Providers
from talestream.running_unit import this_unit
from talestream.stage import StageContext
from tests.folder_store import FolderStore

REQUEST = ImageRequested(task_id=7, page=2, prompt="a fox")


class Notebook:
    """Keeps the jobs of one unit. Once ``is_fenced``, its attempt no longer holds the unit."""

    def __init__(self, *, is_fenced: bool = False) -> None:
        self.is_fenced = is_fenced
        self.jobs: list[ProviderJob] = []

    async def confirm(self) -> None:
        if self.is_fenced:
            raise Cancelled

    async def note(self, job: ProviderJob) -> None:
        await self.confirm()
        self.jobs.append(job)

    async def forget(self) -> None:
        await self.confirm()
        self.jobs.clear()


class Acme:
    """A remote service."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self.cancelled: list[str] = []

    def submit(self, key: str) -> str:
        self.submitted.append(key)
        return f"a-{len(self.submitted)}"

    async def submit_soon(self, key: str) -> str:
        await asyncio.sleep(0)
        return self.submit(key)

    def cancel(self, job: str) -> None:
        self.cancelled.append(job)


def context(folder: Path, job: PaidJob | None = None) -> StageContext:
    return StageContext(REQUEST, FolderStore(folder), Providers(), folder, paid_job=job)


async def test_an_id_is_stored_before_anybody_waits_for_its_job(tmp_path: Path) -> None:
    acme, notebook = Acme(), Notebook()
    ctx = context(tmp_path, PaidJob(REQUEST, notebook))
    job = await ctx.in_thread(lambda: this_unit().job("acme", acme.submit))
    assert [(stored.provider, stored.id, stored.key) for stored in notebook.jobs] == [("acme", job, acme.submitted[0])]


async def test_a_stored_job_is_resumed_and_not_submitted(tmp_path: Path) -> None:
    acme, notebook = Acme(), Notebook()
    first = await context(tmp_path, PaidJob(REQUEST, notebook)).job("acme", acme.submit_soon)
    again = PaidJob(REQUEST.model_copy(update={"attempt": 2}), notebook, stored=notebook.jobs[0])
    assert await context(tmp_path, again).job("acme", acme.submit_soon) == first
    assert len(acme.submitted) == 1


async def test_another_provider_or_other_inputs_do_not_resume_a_job(tmp_path: Path) -> None:
    acme, notebook = Acme(), Notebook()
    await context(tmp_path, PaidJob(REQUEST, notebook)).job("acme", acme.submit_soon)
    stored = notebook.jobs[0]
    assert PaidJob(REQUEST, notebook, stored).resume("globex") is None
    assert PaidJob(REQUEST.model_copy(update={"prompt": "an owl"}), notebook, stored).resume("acme") is None


async def test_a_job_that_came_to_nothing_is_submitted_again_under_another_key(tmp_path: Path) -> None:
    acme = Acme()
    ctx = context(tmp_path)
    first = await ctx.job("acme", acme.submit_soon)
    await ctx.forget_job()
    second = await ctx.job("acme", acme.submit_soon)
    assert first != second
    assert len(set(acme.submitted)) == 2


def test_an_attempt_after_a_kill_submits_under_the_same_key() -> None:
    again = REQUEST.model_copy(update={"attempt": 3})
    assert PaidJob(again).key == PaidJob(REQUEST).key


async def test_an_attempt_that_lost_its_unit_does_not_submit(tmp_path: Path) -> None:
    acme = Acme()
    ctx = context(tmp_path, PaidJob(REQUEST, Notebook(is_fenced=True)))
    with pytest.raises(Cancelled):
        await ctx.in_thread(lambda: this_unit().job("acme", acme.submit))
    with pytest.raises(Cancelled):
        await ctx.job("acme", acme.submit_soon)
    assert acme.submitted == []


async def test_a_job_whose_id_comes_too_late_to_be_stored_is_cancelled_at_its_provider(tmp_path: Path) -> None:
    acme, notebook = Acme(), Notebook()

    def submit(key: str) -> str:
        notebook.is_fenced = True  # the unit is taken over just now
        return acme.submit(key)

    ctx = context(tmp_path, PaidJob(REQUEST, notebook))
    with pytest.raises(Cancelled):
        await ctx.in_thread(lambda: this_unit().job("acme", submit, acme.cancel))
    assert acme.cancelled == ["a-1"]


async def test_a_submission_under_way_is_stored_although_its_handler_is_stopped(tmp_path: Path) -> None:
    acme, notebook = Acme(), Notebook()
    begun, proceed = asyncio.Event(), asyncio.Event()

    async def submit(key: str) -> str:
        begun.set()
        await proceed.wait()
        return acme.submit(key)

    handler = asyncio.create_task(context(tmp_path, PaidJob(REQUEST, notebook)).job("acme", submit))
    await begun.wait()
    handler.cancel()
    asyncio.get_running_loop().call_soon(proceed.set)
    with pytest.raises(asyncio.CancelledError):
        await handler
    assert [job.id for job in notebook.jobs] == ["a-1"]


async def test_a_pause_ends_as_soon_as_the_unit_is_cancelled(tmp_path: Path) -> None:
    ctx, began = context(tmp_path), threading.Event()

    def work() -> None:
        began.set()
        this_unit().pause(3600)

    running = asyncio.create_task(ctx.in_thread(work))
    await asyncio.to_thread(began.wait, 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_equal_work_has_equal_inputs_whoever_orders_it() -> None:
    same = REQUEST.model_copy(update={"task_id": 8, "attempt": 2, "provider": "acme"})
    assert inputs_hash(same) == inputs_hash(REQUEST)
    assert inputs_hash(REQUEST.model_copy(update={"seed": 1})) != inputs_hash(REQUEST)


def test_outside_a_unit_there_is_none() -> None:
    with pytest.raises(LookupError):
        this_unit()
