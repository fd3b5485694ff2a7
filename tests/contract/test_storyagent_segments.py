"""The storyagent dialect: segments run one by one or all together, fail, are retried and cancelled."""

import asyncio
from typing import Any

import httpx
import pytest

from talestream.draft import Ref
from tests.api_server import User

STORY = Ref("story", "whole")


async def execute(user: User, task_id: int, segment: int | None = None) -> httpx.Response:
    return await user.http.post(f"/api/task/{task_id}/execute" + (f"/{segment}" if segment is not None else ""))


async def test_the_client_runs_the_five_segments_one_by_one(alice: User) -> None:
    task_id = await alice.new_task()
    for number in range(1, 6):
        answer = await execute(alice, task_id, number)
        assert answer.status_code == 202
        execution_id = answer.json().pop("celery_task_id")
        assert answer.json() == {"accepted": True, "celery_task_id": execution_id, "message": "Execution queued"}
        assert isinstance(execution_id, str)
        assert await alice.progress(task_id) == {"current_segment": number - 1, "status": "running"}
        await alice.api.hand.finish(task_id)
        expected = "completed" if number == 5 else "pending"
        assert await alice.progress(task_id) == {"current_segment": number, "status": expected}


@pytest.mark.parametrize(("finished", "asked"), [(0, 2), (0, 5), (1, 3), (2, 1), (2, 2), (4, 3)])
async def test_a_segment_out_of_order_is_409(alice: User, finished: int, asked: int) -> None:
    task_id = await alice.finished_segments(finished)
    answer = await execute(alice, task_id, asked)
    assert answer.status_code == 409
    assert isinstance(answer.json()["detail"], str)
    assert await alice.progress(task_id) == {"current_segment": finished, "status": "pending"}


@pytest.mark.parametrize("asked", [0, -1, 6, 99, 10**20])
async def test_a_segment_that_the_workflow_has_not_is_not_found(alice: User, asked: int) -> None:
    task_id = await alice.new_task()
    answer = await execute(alice, task_id, asked)
    assert answer.status_code == 404
    assert "1, 2, 3, 4, 5" in answer.json()["detail"]


async def test_executing_what_is_queued_or_running_starts_nothing_twice(alice: User) -> None:
    task_id = await alice.new_task()
    answers = await asyncio.gather(*(execute(alice, task_id, 1) for _ in range(8)))
    await alice.api.hand.start(task_id, STORY)
    answers.append(await execute(alice, task_id, 1))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["celery_task_id"] for answer in answers}) == 1
    [story] = [stage for stage in (await shown(alice, task_id))["stages"] if stage["name"] == "story"]
    assert [unit["attempt"] for unit in story["units"]] == [1]


async def test_a_failed_segment_may_be_executed_again(alice: User) -> None:
    task_id = await alice.new_task()
    first = await execute(alice, task_id, 1)
    await alice.api.hand.fail(task_id, STORY, "the model is out of memory")
    assert await alice.progress(task_id) == {"current_segment": 0, "status": "failed"}
    assert (await shown(alice, task_id))["problem"]["message"] == "the model is out of memory"
    again = await execute(alice, task_id, 1)
    assert again.status_code == 202
    assert again.json()["celery_task_id"] != first.json()["celery_task_id"]
    await alice.api.hand.finish(task_id)
    assert await alice.progress(task_id) == {"current_segment": 1, "status": "pending"}


async def test_execute_without_a_number_runs_everything_that_is_left(alice: User) -> None:
    task_id = await alice.finished_segments(2)
    answer = await execute(alice, task_id)
    assert answer.status_code == 202
    same = [await execute(alice, task_id), await execute(alice, task_id, 3), await execute(alice, task_id, 5)]
    assert {other.json()["celery_task_id"] for other in same} == {answer.json()["celery_task_id"]}
    await alice.api.hand.finish(task_id)
    assert await alice.progress(task_id) == {"current_segment": 5, "status": "completed"}
    assert (await execute(alice, task_id)).status_code == 409


async def test_the_last_finished_segment_is_the_one_before_the_first_gap(alice: User) -> None:
    task_id = await alice.new_task()
    await execute(alice, task_id)
    await alice.api.hand.finish(task_id, "story", "split", "speech")
    assert await alice.progress(task_id) == {"current_segment": 1, "status": "running"}


async def test_retry_runs_again_what_failed_and_nothing_else(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    await execute(alice, task_id, 2)
    await alice.api.hand.fail(task_id, Ref("image", "2"))
    await alice.api.hand.finish(task_id)
    assert (await alice.progress(task_id))["status"] == "failed"
    answer = await alice.http.post(f"/api/task/{task_id}/retry")
    assert answer.status_code == 202
    assert answer.json()["accepted"] is True
    [image] = [stage for stage in (await shown(alice, task_id))["stages"] if stage["name"] == "image"]
    assert [unit["state"] for unit in image["units"]] == ["completed", "queued", "completed"]
    await alice.api.hand.finish(task_id)
    assert await alice.progress(task_id) == {"current_segment": 2, "status": "pending"}


async def test_retry_of_what_has_not_failed_is_409(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    assert (await alice.http.post(f"/api/task/{task_id}/retry")).status_code == 409


async def test_a_cancelled_task_has_failed_and_runs_no_more(alice: User) -> None:
    task_id = await alice.new_task()
    await execute(alice, task_id)
    answer = await alice.http.post(f"/api/task/{task_id}/cancel")
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in ("cancelled", "status", "state")} == {
        "cancelled": True,
        "status": "failed",
        "state": "cancelled",
    }
    assert await alice.progress(task_id) == {"current_segment": 0, "status": "failed"}
    for path in ("execute", "execute/1", "retry"):
        refused = await alice.http.post(f"/api/task/{task_id}/{path}")
        assert refused.status_code == 409
        assert "cancelled" in refused.json()["detail"]
    assert (await alice.http.post(f"/api/task/{task_id}/cancel")).status_code == 200


async def test_a_finished_task_cannot_be_cancelled(alice: User) -> None:
    task_id = await alice.finished_segments(2, workflow="story-pictures")
    assert (await alice.progress(task_id))["status"] == "completed"
    assert (await alice.http.post(f"/api/task/{task_id}/cancel")).status_code == 409


async def test_a_task_tells_how_it_stands_stage_by_stage_and_page_by_page(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    await execute(alice, task_id, 2)
    await alice.api.hand.complete(task_id, Ref("image", "1"))
    await alice.api.hand.start(task_id, Ref("image", "2"))
    task = await shown(alice, task_id)
    assert task["task_id"] == task_id
    assert task["title"] == "The tale of a fox"
    assert (task["workflow"], task["state"], task["current_segment"]) == ("story-video", "running", 1)
    assert 1 / 7 < task["progress"] < 1.7 / 7
    stages = {stage["name"]: stage for stage in task["stages"]}
    assert list(stages) == ["story", "image", "split", "speech", "music", "shot", "video"]
    assert [stage["segment"] for stage in stages.values()] == [1, 2, 3, 4, 5, 5, 5]
    assert stages["story"]["progress"] == 1
    assert [unit["page"] for unit in stages["image"]["units"]] == [1, 2, 3]
    assert [unit["state"] for unit in stages["image"]["units"]] == ["completed", "running", "queued"]
    assert set(stages["image"]["units"][0]) == {"page", "state", "progress", "note", "attempt", "problem"}
    assert stages["video"]["units"] == []
    assert task["problem"] is None


async def shown(user: User, task_id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await user.http.get(f"/api/task/{task_id}")).json()
    return found
