"""The storyagent dialect: a page is edited after the fact."""

from typing import Any

import httpx
import pytest

from talestream.draft import Ref
from tests.api_server import User

TEXT = {"story": "Another story. It ends."}


async def edit(user: User, task_id: int, page: Any, body: Any, **params: Any) -> httpx.Response:
    return await user.http.patch(f"/api/task/{task_id}/pages/{page}", json=body, params=params)


async def script(user: User, task_id: int) -> list[dict[str, Any]]:
    answer = await user.http.get("/api/resource", params={"url": f"generated_stories/{task_id}/script_data.json"})
    pages: list[dict[str, Any]] = answer.json()["pages"]
    return pages


async def test_a_dry_run_says_what_would_be_redone_and_does_nothing(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    before = (await alice.http.get(f"/api/task/{task_id}")).json()
    answer = await edit(alice, task_id, 2, TEXT, dry_run=True)
    assert answer.status_code == 200
    assert answer.json() == {
        "redone": [
            {"stage": "split", "page": None},
            {"stage": "speech", "page": 2},
            {"stage": "music", "page": None},
            {"stage": "shot", "page": 2},
            {"stage": "shot", "page": 3},
            {"stage": "video", "page": None},
        ],
        "kept": 1 + 3 + 2 + 1,
    }
    assert (await alice.http.get(f"/api/task/{task_id}")).json() == before


async def test_an_edit_does_what_the_dry_run_said_and_the_task_is_completed_once_more(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    planned = (await edit(alice, task_id, 2, TEXT, dry_run=True)).json()
    answer = await edit(alice, task_id, 2, TEXT)
    assert answer.status_code == 202
    execution_id = answer.json()["celery_task_id"]
    assert isinstance(execution_id, str)
    expected = {"accepted": True, "message": "Edit accepted", "celery_task_id": execution_id, "revision": 2}
    assert answer.json() == {**planned, **expected}
    assert await alice.progress(task_id) == {"current_segment": 2, "status": "running"}
    await alice.api.hand.finish(task_id)
    assert await alice.progress(task_id) == {"current_segment": 5, "status": "completed"}
    pages = await script(alice, task_id)
    assert [page["story"] for page in pages] == ["Page 0 begins. It ends.", TEXT["story"], "Page 2 begins. It ends."]
    assert pages[1]["segments"] == ["Another story", "It ends."]


async def test_the_former_film_is_served_until_the_new_one_is_there(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    film = {"url": f"generated_stories/{task_id}/output.mp4"}
    former = await alice.http.get("/api/resource", params=film)
    await edit(alice, task_id, 2, {"voice": "another"})
    assert (await alice.http.get("/api/resource", params=film)).content == former.content
    assert await alice.resources(task_id, 5) == [film["url"]]
    assert len(await alice.resources(task_id, 4)) == 6


async def test_the_script_of_the_story_shows_an_edit_at_once(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    answer = await edit(alice, task_id, 3, {"story": "Third.", "image_prompt": "a whale"})
    assert answer.status_code == 202
    assert (answer.json()["redone"], answer.json()["celery_task_id"]) == ([], None)
    page = (await script(alice, task_id))[2]
    assert (page["story"], page["image_prompt"]) == ("Third.", "a whale")
    public = alice.api.runtime.blobs.uri(f"generated_stories/{task_id}/script_data.json")
    await alice.notifications(2, detail=True)
    for _ in range(200):
        if b"a whale" in await alice.api.runtime.blobs.get(public):
            break
    else:
        raise AssertionError("the public copy still has the old script")


async def test_a_change_can_be_taken_back_by_null(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    await edit(alice, task_id, 1, {"story": "New.", "voice": "v"})
    await edit(alice, task_id, 1, {"story": None})
    assert (await script(alice, task_id))[0]["story"] == "Page 0 begins. It ends."


async def test_an_edit_that_says_what_is_so_already_changes_nothing(alice: User) -> None:
    task_id = await alice.finished_segments(2)
    answer = await edit(alice, task_id, 1, {"image_prompt": "page 0"})
    assert answer.status_code == 202
    assert (answer.json()["redone"], answer.json()["revision"]) == ([], 1)
    assert await alice.progress(task_id) == {"current_segment": 2, "status": "pending"}


async def test_an_edit_is_told_to_those_who_ask_for_detail(alice: User) -> None:
    task_id = await alice.finished_segments(2)
    await edit(alice, task_id, 1, {"image_prompt": "a whale"})
    page = await alice.notifications(1, detail=True, limit=500)
    found = [told for told in page if told["type"] == "task_edited"]
    while not found:
        page = await alice.notifications(len(page) + 1, detail=True, limit=500)
        found = [told for told in page if told["type"] == "task_edited"]
    assert (found[0]["page"], found[0]["revision"]) == (1, 2)
    assert found[0]["redone"] == [{"stage": "image", "page": 1}]


@pytest.mark.parametrize("page", [0, 4, -1, 10**20])
async def test_a_page_that_there_is_not_is_not_found(alice: User, page: int) -> None:
    task_id = await alice.finished_segments(1)
    for dry_run in (False, True):
        answer = await edit(alice, task_id, page, TEXT, dry_run=dry_run)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown-page")


async def test_nothing_can_be_edited_before_the_story_or_after_a_cancel(alice: User) -> None:
    task_id = await alice.new_task()
    answer = await edit(alice, task_id, 1, TEXT)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-written")
    task_id = await alice.finished_segments(1)
    await alice.http.post(f"/api/task/{task_id}/cancel")
    answer = await edit(alice, task_id, 1, TEXT)
    assert (answer.status_code, answer.json()["code"]) == (409, "cancelled")


async def test_a_page_that_failed_runs_again_when_it_is_edited(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    await alice.http.post(f"/api/task/{task_id}/execute/2")
    await alice.api.hand.fail(task_id, Ref("image", "2"))
    await alice.api.hand.finish(task_id)
    assert (await alice.progress(task_id))["status"] == "failed"
    answer = await edit(alice, task_id, 2, {"image_prompt": "something that can be drawn"})
    assert answer.json()["redone"] == [{"stage": "image", "page": 2}]
    await alice.api.hand.finish(task_id)
    assert await alice.progress(task_id) == {"current_segment": 2, "status": "pending"}


async def test_anothers_page_is_the_same_as_one_that_never_was(alice: User, bob: User) -> None:
    task_id = await alice.finished_segments(1)
    for dry_run in (False, True):
        others = await edit(bob, task_id, 1, TEXT, dry_run=dry_run)
        never = await edit(bob, task_id - 1 or 2, 1, TEXT, dry_run=dry_run)
        assert others.status_code == never.status_code == 404
        assert others.text.replace(str(task_id), "") == never.text.replace(str(task_id - 1 or 2), "")
    assert (await script(alice, task_id))[0]["story"] != TEXT["story"]


@pytest.mark.parametrize(
    ("body", "at_fault"),
    [
        ({}, "body"),
        ({"unheard_of": 1}, "body"),
        ([], "body"),
        ({"story": ""}, "story"),
        ({"story": "  "}, "story"),
        ({"story": "x" * 5001}, "story"),
        ({"story": "a\x00b"}, "story"),
        ({"story": 5}, "story"),
        ({"image_prompt": "a\x1b[31m"}, "image_prompt"),
        ({"image_prompt": "x" * 2001}, "image_prompt"),
        ({"voice": "x" * 101}, "voice"),
    ],
)
async def test_a_bad_field_of_an_edit_is_named(alice: User, body: Any, at_fault: str) -> None:
    task_id = await alice.finished_segments(1)
    answer = await edit(alice, task_id, 1, body)
    assert answer.status_code == 422
    assert at_fault in {str(part) for problem in answer.json()["detail"] for part in problem["loc"]}
