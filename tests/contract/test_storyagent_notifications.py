"""The storyagent dialect: notifications, as clients that poll get them."""

from datetime import UTC, datetime

import pytest

from talestream.draft import Ref
from tests.api_server import User

OF_THE_CONTRACT = {"segment_finished", "segment_failed"}


async def test_a_finished_segment_is_told_with_its_resources(alice: User) -> None:
    task_id = await alice.finished_segments(2)
    story, image = await alice.notifications(2)
    assert story["resources"] == [f"generated_stories/{task_id}/script_data.json"]
    assert {key: image[key] for key in ("type", "task_id", "segment_id", "status", "resources")} == {
        "type": "segment_finished",
        "task_id": task_id,
        "segment_id": 2,
        "status": "completed",
        "resources": [f"generated_stories/{task_id}/image/p{page}.png" for page in (1, 2, 3)],
    }
    assert image["event_id"] != story["event_id"]
    assert image["cursor"] > story["cursor"]
    assert image["time"].endswith("Z")


async def test_a_whole_film_is_five_notifications_each_with_what_the_resource_call_lists(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    told = await alice.notifications(5)
    assert [one["segment_id"] for one in told] == [1, 2, 3, 4, 5]
    for one in told:
        assert one["resources"] == await alice.resources(task_id, one["segment_id"])


async def test_a_failed_segment_is_told_with_its_error(alice: User) -> None:
    task_id = await alice.new_task()
    await alice.http.post(f"/api/task/{task_id}/execute/1")
    await alice.api.hand.fail(task_id, Ref("story", "whole"), "the model is out of memory")
    [told] = await alice.notifications(1)
    assert {key: told[key] for key in ("type", "task_id", "segment_id", "status", "error")} == {
        "type": "segment_failed",
        "task_id": task_id,
        "segment_id": 1,
        "status": "failed",
        "error": "the model is out of memory",
    }


async def test_cancelling_tells_that_the_running_segment_failed(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    await alice.http.post(f"/api/task/{task_id}/execute/2")
    await alice.http.post(f"/api/task/{task_id}/cancel")
    told = (await alice.notifications(2))[1]
    assert (told["type"], told["segment_id"], told["error"]) == ("segment_failed", 2, "cancelled")


async def test_a_client_that_asks_for_no_more_gets_the_two_types_of_the_contract_alone(alice: User) -> None:
    await alice.finished_segments(5)
    assert {told["type"] for told in await alice.notifications(5)} <= OF_THE_CONTRACT


async def test_detail_tells_of_stages_units_and_the_task_too(alice: User) -> None:
    await alice.finished_segments(2, workflow="story-pictures")
    told = await alice.notifications(14, detail=1)
    types = [one["type"] for one in told]
    assert types[0] == "task_created"
    assert types[-1] == "task_completed"
    assert {"stage_started", "unit_started", "unit_completed", "segment_finished"} <= set(types)
    assert [one["cursor"] for one in told] == list(range(1, len(told) + 1))
    page = next(one for one in told if one["type"] == "unit_completed" and one.get("page") == 2)
    assert page["stage"] == "image"
    assert page["resources"] == [f"generated_stories/{page['task_id']}/image/p2.png"]


async def test_a_cursor_resumes_without_a_gap_or_a_repeat(alice: User) -> None:
    await alice.finished_segments(5)
    everything = await alice.notifications(5)
    collected, cursor, has_more = [], 0, True
    while has_more:
        page = (await alice.http.get("/api/notifications", params={"after": cursor, "limit": 2})).json()
        assert len(page["notifications"]) <= 2
        assert page["cursor"] >= cursor
        collected += page["notifications"]
        cursor, has_more = page["cursor"], page["has_more"]
    assert collected == everything
    nothing = (await alice.http.get("/api/notifications", params={"after": cursor})).json()
    assert nothing == {"notifications": [], "cursor": cursor, "has_more": False}


async def test_the_cursor_of_a_notification_resumes_behind_it(alice: User) -> None:
    await alice.finished_segments(3)
    told = await alice.notifications(3)
    page = (await alice.http.get("/api/notifications", params={"after": told[0]["cursor"]})).json()
    assert page["notifications"] == told[1:]


async def test_nobody_is_told_of_anothers_tasks(alice: User, bob: User) -> None:
    await alice.finished_segments(1)
    await alice.notifications(1)
    assert (await bob.http.get("/api/notifications")).json() == {"notifications": [], "cursor": 0, "has_more": False}


@pytest.mark.parametrize("params", [{"after": -1}, {"after": "x"}, {"after": 2**53}, {"limit": 0}, {"limit": 501}])
async def test_a_bad_cursor_or_limit_is_refused(alice: User, params: dict[str, int]) -> None:
    answer = await alice.http.get("/api/notifications", params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["query", next(iter(params))]


async def test_a_cursor_that_is_too_old_is_told_and_polling_goes_on_behind_it(alice: User) -> None:
    await alice.finished_segments(3)
    everything = await alice.notifications(3)
    await alice.api.runtime.events.trim(f"user:{alice.id}", datetime(1970, 1, 1, tzinfo=UTC), 1)
    page = (await alice.http.get("/api/notifications", params={"after": everything[0]["cursor"]})).json()
    (gap, *rest) = page["notifications"]
    assert (gap["type"], gap["asked"]) == ("cursor_too_old", everything[0]["cursor"])
    assert (gap["cursor"], page["cursor"]) == (everything[-1]["cursor"] - 1, everything[-1]["cursor"])
    assert rest == everything[-1:]
    again = (await alice.http.get("/api/notifications", params={"after": gap["cursor"]})).json()
    assert again["notifications"] == rest
    from_the_start = (await alice.http.get("/api/notifications")).json()
    assert from_the_start["notifications"] == rest


async def test_a_cursor_that_was_never_given_is_told_with_the_last_one(alice: User) -> None:
    await alice.finished_segments(1)
    last = (await alice.notifications(5, detail=1))[-1]["cursor"]
    page = (await alice.http.get("/api/notifications", params={"after": last + 1000})).json()
    assert [(gap["type"], gap["asked"], gap["cursor"]) for gap in page["notifications"]] == [
        ("cursor_unknown", last + 1000, last)
    ]
    assert (page["cursor"], page["has_more"]) == (last, False)


async def test_a_snapshot_tells_where_every_active_task_stands_and_polling_goes_on_behind_it(alice: User) -> None:
    await alice.finished_segments(2, workflow="story-pictures")
    first, second = await alice.new_task(), await alice.finished_segments(1)
    page = (await alice.http.get("/api/notifications", params={"snapshot": 1})).json()
    (snapshot,) = page["notifications"]
    assert (snapshot["type"], snapshot["cursor"]) == ("snapshot", page["cursor"])
    assert [(task["task_id"], task["current_segment"], task["status"]) for task in snapshot["tasks"]] == [
        (second, 1, "pending"),
        (first, 0, "pending"),
    ]
    await alice.http.post(f"/api/task/{second}/execute/2")
    await alice.api.hand.finish(second)
    (told,) = await alice.notifications(1, after=page["cursor"], snapshot=1)
    assert (told["type"], told["task_id"], told["segment_id"]) == ("segment_finished", second, 2)


async def test_a_snapshot_is_of_the_callers_tasks_alone(alice: User, bob: User) -> None:
    await alice.new_task()
    page = (await bob.http.get("/api/notifications", params={"snapshot": 1})).json()
    assert [snapshot["tasks"] for snapshot in page["notifications"]] == [[]]
