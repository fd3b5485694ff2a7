"""The storyagent dialect: tasks that wait for their turn, priorities, and quotas."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.api.app import create_app
from talestream.embedded.stack import Stack
from talestream.settings import AdmissionSettings, QuotaSettings, Settings
from tests.api_server import Api, User, apart, opened_api, serving

CALLS = 30


@asynccontextmanager
async def opened(settings: Settings, **quotas: int) -> AsyncIterator[Api]:
    """An API with one place."""
    chosen = {"admission": AdmissionSettings(running_tasks=1), "quotas": QuotaSettings(**quotas)}
    async with opened_api(apart(settings).model_copy(update=chosen)) as api:
        yield api


@pytest.fixture(scope="module")
async def busy(infrastructure: Settings) -> AsyncIterator[User]:
    """A user whose first task holds the only place, of three that they may have."""
    async with opened(infrastructure, tasks_at_once=3, requests_per_minute=10_000) as api, api.user() as user:
        await executed(user, await user.new_task())
        yield user


async def early_in_a_minute() -> None:
    """Calls of the clock's last minute count ever less in the next: when it turns, one more is let in."""
    while time.time() % 60 > 45:
        await asyncio.sleep(0.5)


async def executed(user: User, task_id: int) -> httpx.Response:
    return await user.http.post(f"/api/task/{task_id}/execute")


async def shown(user: User, task_id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await user.http.get(f"/api/task/{task_id}")).json()
    return found


async def test_a_task_that_waits_is_running_to_its_client_and_tells_its_place(busy: User) -> None:
    low, high = await busy.new_task(priority="low"), await busy.new_task(priority="high")
    for task_id in (low, high):
        answer = await executed(busy, task_id)
        assert answer.status_code == 202
        again = await executed(busy, task_id)
        assert again.json() == answer.json()
    await asyncio.sleep(1.1)  # a place is known to the second
    assert await busy.progress(low) == {"current_segment": 0, "status": "running", "queue_position": 2}
    task = await shown(busy, high)
    assert (task["state"], task["status"], task["priority"]) == ("pending", "running", "high")
    assert task["queue_position"] == 1
    for task_id in (low, high):
        await busy.http.post(f"/api/task/{task_id}/cancel")
        assert (await shown(busy, task_id))["queue_position"] is None
        assert await busy.progress(task_id) == {"current_segment": 0, "status": "failed"}


async def test_a_priority_is_one_of_three_and_normal_when_left_out(busy: User) -> None:
    assert (await shown(busy, await busy.new_task()))["priority"] == "normal"
    answer = await busy.http.post("/api/task/new", json={"topic": "a fox", "priority": "urgent"})
    assert answer.status_code == 422
    assert "priority" in answer.json()["detail"][0]["loc"]


async def test_a_user_with_as_many_tasks_as_one_may_have_is_told_when_to_come_again(busy: User) -> None:
    tasks = [await busy.new_task() for _ in range(6)]
    answers = await asyncio.gather(*(executed(busy, task_id) for task_id in tasks))
    assert sorted(answer.status_code for answer in answers) == [202, 202, 429, 429, 429, 429]
    refused = [task_id for task_id, answer in zip(tasks, answers, strict=True) if answer.status_code == 429]
    answer = next(answer for answer in answers if answer.status_code == 429)
    assert answer.json() == {
        "detail": "3 tasks wait or run already, which is the most at once",
        "code": "too-many-tasks",
    }
    assert int(answer.headers["retry-after"]) > 0
    assert await busy.progress(refused[0]) == {"current_segment": 0, "status": "pending"}
    accepted = next(task_id for task_id in tasks if task_id not in refused)
    assert (await executed(busy, accepted)).status_code == 202
    await busy.http.delete(f"/api/task/{accepted}")
    assert (await executed(busy, refused[0])).status_code == 202


async def test_a_task_is_expected_to_end_after_those_before_it(infrastructure: Settings) -> None:
    async with opened(infrastructure) as api, api.user() as user:
        await api.runtime.database["stage_stats"].insert_one({"_id": "story", "median_s": 4.0})
        for task_id in [await user.new_task() for _ in range(2)]:
            await user.http.post(f"/api/task/{task_id}/execute/1")
        assert (await shown(user, task_id))["eta_s"] == 8
        assert await user.progress(task_id) == {
            "current_segment": 0,
            "status": "running",
            "queue_position": 1,
            "eta_s": 8,
        }


async def calls(user: User, count: int) -> list[httpx.Response]:
    return [await user.http.get("/api/task/mytasks") for _ in range(count)]


async def test_more_calls_than_a_minute_allows_are_refused_until_it_is_over(infrastructure: Settings) -> None:
    async with opened(infrastructure, requests_per_minute=CALLS) as api, api.user() as user, api.user() as other:
        await early_in_a_minute()
        answers = await calls(user, CALLS + 2)
        assert [answer.status_code for answer in answers] == [200] * CALLS + [429] * 2
        assert answers[-1].json() == {"detail": f"more than {CALLS} calls in a minute", "code": "too-many-requests"}
        assert 0 < int(answers[-1].headers["retry-after"]) <= 120
        assert [answer.status_code for answer in await calls(other, 2)] == [200, 200]


async def test_processes_that_share_a_redis_count_calls_together_and_each_alone_while_it_is_away(
    infrastructure: Settings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async with Stack(tmp_path_factory.mktemp("redis"), services=(), with_redis=True) as stack:
        shared = infrastructure.model_copy(update={"redis_url": stack.settings.redis_url})
        async with (
            opened(shared, requests_per_minute=CALLS) as api,
            api.user() as user,
            serving(create_app(api.settings, api.runtime)) as second,
        ):
            await early_in_a_minute()
            answers = await calls(user, CALLS - 5)
            user.http.base_url = httpx.URL(second)
            answers += await calls(user, 7)
            assert [answer.status_code for answer in answers] == [200] * CALLS + [429] * 2
        lost = infrastructure.model_copy(update={"redis_url": SecretStr("redis://127.0.0.1:9/0")})
        async with opened(lost, requests_per_minute=CALLS) as api, api.user() as user:
            await early_in_a_minute()
            assert [answer.status_code for answer in await calls(user, CALLS + 1)] == [200] * CALLS + [429]
