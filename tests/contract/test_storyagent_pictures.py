"""The storyagent dialect: a user's own picture in place of a page's."""

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from schemas import ImageRequested
from tests.api_server import User

REDONE = [
    {"stage": "image", "page": 2},
    {"stage": "shot", "page": 2},
    {"stage": "shot", "page": 3},
    {"stage": "video", "page": None},
]


def picture(kind: str = "PNG", colour: str = "teal") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(data, kind)
    return data.getvalue()


async def show(user: User, task_id: int, page: Any, body: bytes, **params: Any) -> httpx.Response:
    return await user.http.put(f"/api/task/{task_id}/pages/{page}/picture", content=body, params=params)


async def picture_order(user: User, task_id: int) -> ImageRequested:
    task = await user.api.runtime.tasks.find(task_id)
    assert task is not None
    return ImageRequested.of(task, 2, 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
async def test_a_picture_of_ones_own_is_ordered_in_place_of_the_drawn_one(alice: User, kind: str) -> None:
    task_id = await alice.finished_segments(5)
    answer = await show(alice, task_id, 2, picture(kind))
    assert (answer.status_code, answer.json()["redone"], answer.json()["revision"]) == (202, REDONE, 2)
    order = await picture_order(alice, task_id)
    assert order.given is not None
    assert await alice.api.runtime.blobs.get(order.given) == picture(kind)
    await alice.api.hand.finish(task_id)
    assert await alice.progress(task_id) == {"current_segment": 5, "status": "completed"}


async def test_a_dry_run_says_what_would_be_redone_and_keeps_nothing(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    answer = await show(alice, task_id, 2, picture(), dry_run=True)
    assert (answer.status_code, answer.json()) == (200, {"redone": REDONE, "kept": 1 + 1 + 3 + 2 + 1 + 1})
    assert (await picture_order(alice, task_id)).given is None


async def test_the_same_picture_once_more_changes_nothing(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    await show(alice, task_id, 2, picture())
    await alice.api.hand.finish(task_id)
    answer = await show(alice, task_id, 2, picture())
    assert (answer.json()["redone"], answer.json()["revision"], answer.json()["celery_task_id"]) == ([], 2, None)


async def test_a_picture_can_be_taken_back(alice: User) -> None:
    task_id = await alice.finished_segments(5)
    await show(alice, task_id, 2, picture())
    await alice.api.hand.finish(task_id)
    answer = await alice.http.delete(f"/api/task/{task_id}/pages/2/picture")
    assert (answer.status_code, answer.json()["redone"], answer.json()["revision"]) == (202, REDONE, 3)
    assert (await picture_order(alice, task_id)).given is None
    again = await alice.http.delete(f"/api/task/{task_id}/pages/2/picture")
    assert (again.status_code, again.json()["redone"], again.json()["revision"]) == (202, [], 3)


@pytest.mark.parametrize("body", [b"", b"GIF89a", b"<svg/>", b"RIFF....WAVE", b"\x89PNG"])
async def test_what_is_no_picture_is_refused(alice: User, body: bytes) -> None:
    task_id = await alice.finished_segments(1)
    answer = await show(alice, task_id, 2, body)
    assert answer.status_code == 422
    assert "PNG, JPEG or WebP" in answer.text


async def test_a_picture_may_be_larger_than_other_bodies_and_has_a_limit(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    api = alice.api.settings.api
    large = picture() + bytes(2 * api.max_body_bytes)
    assert (await show(alice, task_id, 2, large)).status_code == 202
    assert (await show(alice, task_id, 2, picture() + bytes(api.max_picture_bytes))).status_code == 413


async def test_it_is_refused_as_any_edit_is(alice: User, bob: User) -> None:
    fresh = await alice.new_task()
    assert (await show(alice, fresh, 1, picture())).json()["code"] == "not-written"
    task_id = await alice.finished_segments(1)
    assert (await show(alice, task_id, 4, picture())).json()["code"] == "unknown-page"
    assert (await show(bob, task_id, 1, picture())).status_code == 404
    assert (await bob.http.delete(f"/api/task/{task_id}/pages/1/picture")).status_code == 404
