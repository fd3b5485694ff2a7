"""The storyagent dialect: a task is cancelled at once, or after what runs is finished, and what is finished stays."""

from typing import Any

import pytest

from talestream.draft import Ref
from tests.api_server import User

FIRST, SECOND = Ref("image", "1"), Ref("image", "2")


async def half_painted(user: User) -> int:
    """A task whose first page is painted, whose second is being painted, and whose third waits."""
    task_id = await user.finished_segments(1)
    await user.http.post(f"/api/task/{task_id}/execute/2")
    await user.api.hand.complete(task_id, FIRST)
    await user.api.hand.start(task_id, SECOND)
    return task_id


async def cancel(user: User, task_id: int, mode: str) -> dict[str, Any]:
    answer = await user.http.post(f"/api/task/{task_id}/cancel", params={"mode": mode})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def units(worked: list[dict[str, Any]]) -> list[tuple[str, int | None]]:
    return [(unit["stage"], unit["page"]) for unit in worked]


async def test_cancelling_now_says_what_was_kept_and_what_was_wasted(alice: User) -> None:
    task_id = await half_painted(alice)
    answer = await cancel(alice, task_id, "now")
    assert (answer["cancelled"], answer["status"], answer["state"]) == (True, "failed", "cancelled")
    account = answer["cancellation"]
    assert units(account["kept"]) == [("story", None), ("image", 1)]
    assert units(account["wasted"]) == [("image", 2)]
    assert account["wasted_s"] == account["wasted"][0]["seconds"] >= 0
    assert (account["finishing"], account["unstarted_units"]) == ([], 1)
    assert account["unstarted_stages"] == ["split", "speech", "music", "shot", "video"]
    assert (await alice.http.get(f"/api/task/{task_id}/manifest")).json()["cancellation"] == account
    told = [one for one in await alice.notifications(11, detail=1) if one["type"] == "task_cancelled"]
    assert [(one["cancellation"]["mode"], one["cancellation"]["wasted_s"]) for one in told] == [
        ("now", account["wasted_s"])
    ]


async def test_keeping_finishes_what_runs_and_then_cancels(alice: User) -> None:
    task_id = await half_painted(alice)
    answer = await cancel(alice, task_id, "keep")
    assert (answer["status"], answer["state"]) == ("running", "running")
    assert units(answer["cancellation"]["finishing"]) == [("image", 2)]
    assert (await alice.http.get(f"/api/task/{task_id}")).json()["cancel_mode"] == "keep"
    for path in ("execute", "execute/2", "execute/3", "retry"):
        assert (await alice.http.post(f"/api/task/{task_id}/{path}")).status_code == 409
    await alice.api.hand.end(task_id, SECOND)
    assert await alice.progress(task_id) == {"current_segment": 1, "status": "failed"}
    account = (await cancel(alice, task_id, "keep"))["cancellation"]
    assert units(account["kept"]) == [("story", None), ("image", 1), ("image", 2)]
    assert (account["mode"], account["wasted"], account["finishing"]) == ("keep", [], [])


async def test_now_may_follow_keep(alice: User) -> None:
    task_id = await half_painted(alice)
    await cancel(alice, task_id, "keep")
    answer = await cancel(alice, task_id, "now")
    assert answer["state"] == "cancelled"
    assert units(answer["cancellation"]["wasted"]) == [("image", 2)]


@pytest.mark.parametrize("mode", ["now", "keep"])
async def test_what_was_finished_stays_downloadable(alice: User, mode: str) -> None:
    task_id = await half_painted(alice)
    await cancel(alice, task_id, mode)
    if mode == "keep":
        await alice.api.hand.end(task_id, SECOND)
    pages = (1, 2) if mode == "keep" else (1,)
    pictures = [f"generated_stories/{task_id}/image/p{page}.png" for page in pages]
    assert await alice.resources(task_id, 1) == [f"generated_stories/{task_id}/script_data.json"]
    assert await alice.resources(task_id, 2) == pictures
    for path in pictures:
        assert (await alice.http.get("/api/resource", params={"url": path})).status_code == 200
    resource = f"/api/task/{task_id}/resource"
    assert (await alice.http.get(resource, params={"segmentId": 2, "download": 1})).status_code == 200
    assert (await alice.http.get(resource, params={"segmentId": 3})).status_code == 404


async def test_a_mode_that_there_is_not_is_refused_and_changes_nothing(alice: User) -> None:
    task_id = await half_painted(alice)
    answer = await alice.http.post(f"/api/task/{task_id}/cancel", params={"mode": "later"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", "mode"]
    assert (await alice.progress(task_id))["status"] == "running"


@pytest.mark.parametrize("mode", ["now", "keep"])
async def test_a_finished_task_stays_finished(alice: User, mode: str) -> None:
    task_id = await alice.finished_segments(2, workflow="story-pictures")
    answer = await alice.http.post(f"/api/task/{task_id}/cancel", params={"mode": mode})
    assert answer.status_code == 409
    assert (await alice.progress(task_id))["status"] == "completed"


@pytest.mark.parametrize("mode", ["now", "keep"])
async def test_nobody_cancels_anothers_task(alice: User, bob: User, mode: str) -> None:
    task_id = await half_painted(alice)
    assert (await bob.http.post(f"/api/task/{task_id}/cancel", params={"mode": mode})).status_code == 404
    assert (await alice.progress(task_id))["status"] == "running"
