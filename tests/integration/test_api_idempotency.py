"""An order that is sent again under its key: one answer, and the work done once, whatever happened in between."""

import asyncio
import secrets
from typing import Any

import httpx
import pytest

from talestream.draft import Ref
from tests.api_server import Api, User

KEY = "Idempotency-Key"
STORY = Ref("story", "whole")
FOX = {"topic": "a fox", "page_count": 3}


def keyed(key: str | None = None) -> dict[str, str]:
    return {KEY: key or secrets.token_hex(8)}


async def forget_answer(api: Api, user: User, key: str) -> None:
    """Leave the key as a process does that was killed after its work and before its answer was stored."""
    keys = api.runtime.database["idempotency_keys"]
    changed = await keys.update_one({"_id": f"user:{user.id} {key}"}, {"$set": {"answer": None}})
    assert changed.matched_count == 1


async def task_ids(user: User) -> list[int]:
    found: list[int] = (await user.http.get("/api/task/mytasks")).json()["task_ids"]
    return found


def same(answers: list[httpx.Response]) -> httpx.Response:
    """The one answer that all of these are."""
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    return answers[0]


async def test_equal_orders_at_the_same_moment_start_one_task_and_are_answered_alike(alice: User) -> None:
    key = keyed()
    answers = await asyncio.gather(*(alice.http.post("/api/task/new", json=FOX, headers=key) for _ in range(20)))
    answer = same(answers)
    assert answer.status_code == 200
    assert await task_ids(alice) == [answer.json()["task_id"]]


async def test_equal_executes_at_the_same_moment_start_one_execution(api: Api, alice: User) -> None:
    task_id, key = await alice.new_task(), keyed()
    url = f"/api/task/{task_id}/execute"
    answer = same(await asyncio.gather(*(alice.http.post(url, headers=key) for _ in range(20))))
    assert answer.status_code == 202
    task = await api.runtime.tasks.find(task_id)
    assert task is not None
    assert task.executions == (answer.json()["celery_task_id"],)


async def test_an_answer_is_given_again_after_the_state_has_moved_on(api: Api, alice: User) -> None:
    task_id, key = await alice.new_task(), keyed()
    url = f"/api/task/{task_id}/execute/1"
    first = await alice.http.post(url, headers=key)
    await api.hand.finish(task_id)
    assert (await alice.http.post(url)).status_code == 409
    same([first, await alice.http.post(url, headers=key)])


async def test_a_task_whose_maker_was_killed_before_it_answered_is_found_again(api: Api, alice: User) -> None:
    key = keyed()
    first = await alice.http.post("/api/task/new", json=FOX, headers=key)
    await forget_answer(api, alice, key[KEY])
    same([first, await alice.http.post("/api/task/new", json=FOX, headers=key)])
    assert await task_ids(alice) == [first.json()["task_id"]]


async def test_a_task_that_was_reserved_and_never_made_is_made_under_its_id(api: Api, alice: User) -> None:
    key = keyed()
    first = await alice.http.post("/api/task/new", json=FOX, headers=key)
    await forget_answer(api, alice, key[KEY])
    await api.runtime.database["tasks"].delete_one({"_id": first.json()["task_id"]})
    same([first, await alice.http.post("/api/task/new", json=FOX, headers=key)])
    assert await task_ids(alice) == [first.json()["task_id"]]


@pytest.mark.parametrize("has_failed_again", [False, True])
async def test_an_execution_whose_caller_heard_nothing_is_not_run_again(
    api: Api, alice: User, has_failed_again: bool
) -> None:
    task_id, key = await alice.new_task(), keyed()
    first = await alice.http.post(f"/api/task/{task_id}/execute", headers=key)
    if has_failed_again:
        task = await api.runtime.tasks.find(task_id)
        assert task is not None
        await api.hand.fail(task_id, STORY)
    else:
        await api.hand.finish(task_id)
    before = await api.runtime.tasks.find(task_id)
    await forget_answer(api, alice, key[KEY])
    same([first, await alice.http.post(f"/api/task/{task_id}/execute", headers=key)])
    after = await api.runtime.tasks.find(task_id)
    assert before is not None
    assert after is not None
    assert {name: status.state for name, status in after.stages.items()} == {
        name: status.state for name, status in before.stages.items()
    }


async def test_a_retry_sent_twice_under_its_key_retries_once(api: Api, alice: User) -> None:
    task_id, key = await alice.new_task(), keyed()
    await alice.http.post(f"/api/task/{task_id}/execute")
    await api.hand.fail(task_id, STORY)
    url = f"/api/task/{task_id}/retry"
    first = await alice.http.post(url, headers=key)
    assert first.status_code == 202
    await api.hand.fail(task_id, STORY)
    same([first, await alice.http.post(url, headers=key)])
    assert (await alice.progress(task_id))["status"] == "failed"


async def test_a_cancel_sent_twice_under_its_key_is_answered_twice(alice: User) -> None:
    task_id, key = await alice.new_task(), keyed()
    url = f"/api/task/{task_id}/cancel"
    assert same([await alice.http.post(url, headers=key) for _ in range(2)]).status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"url": "/api/task/new", "json": {**FOX, "page_count": 4}},
        {"url": "/api/task/new?draft=1", "json": FOX},
        {"url": "/api/task/{task_id}/execute"},
        {"url": "/api/task/{task_id}/cancel"},
    ],
)
async def test_another_request_under_a_used_key_is_409_and_does_nothing(alice: User, other: dict[str, Any]) -> None:
    key = keyed()
    task_id = (await alice.http.post("/api/task/new", json=FOX, headers=key)).json()["task_id"]
    request = {**other, "url": other["url"].format(task_id=task_id)}
    answer = await alice.http.post(**request, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-reused")
    assert await task_ids(alice) == [task_id]
    assert (await alice.progress(task_id))["status"] == "pending"


async def test_the_same_json_written_in_another_way_is_the_same_request(alice: User) -> None:
    key = keyed() | {"content-type": "application/json"}
    bodies = [b'{"topic":"a fox","page_count":3}', b'{ "page_count": 3,\n "topic": "a f\\u006fx" }']
    same([await alice.http.post("/api/task/new", content=body, headers=key) for body in bodies])


async def test_a_key_is_its_owners_alone(alice: User, bob: User) -> None:
    key = keyed()
    made = [(await user.http.post("/api/task/new", json=FOX, headers=key)).json()["task_id"] for user in (alice, bob)]
    assert made[0] != made[1]
    assert await task_ids(bob) == [made[1]]


async def test_a_refused_request_does_not_use_its_key_up(api: Api, alice: User) -> None:
    task_id, key = await alice.new_task(), keyed()
    early = await alice.http.post(f"/api/task/{task_id}/execute/2", headers=key)
    assert early.status_code == 409
    await alice.http.post(f"/api/task/{task_id}/execute/1")
    await api.hand.finish(task_id)
    assert (await alice.http.post(f"/api/task/{task_id}/execute/2", headers=key)).status_code == 202
    wrong = {**FOX, "workflow": "no-such"}
    assert (await alice.http.post("/api/task/new", json=wrong, headers=keyed(key[KEY] + "b"))).status_code == 422
    assert (await alice.http.post("/api/task/new", json=FOX, headers=keyed(key[KEY] + "b"))).status_code == 200


async def test_an_expired_key_is_a_new_one_also_where_the_database_has_kept_it(api: Api, alice: User) -> None:
    key = keyed()
    first = await alice.http.post("/api/task/new", json=FOX, headers=key)
    keys = api.runtime.database["idempotency_keys"]
    await keys.update_one({"_id": f"user:{alice.id} {key[KEY]}"}, {"$set": {"expires_at": api.runtime.clock.now()}})
    second = await alice.http.post("/api/task/new", json=FOX, headers=key)
    assert second.json()["task_id"] != first.json()["task_id"]


@pytest.mark.parametrize("key", ["", "two words", "x" * 256, "ключ"])
async def test_a_key_that_is_no_key_is_refused_by_name(alice: User, key: str) -> None:
    answer = await alice.http.post("/api/task/new", json=FOX, headers={KEY: key.encode()})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["header", "idempotency-key"]
    assert await task_ids(alice) == []


async def test_without_a_key_each_order_is_another(alice: User) -> None:
    for _ in range(2):
        assert (await alice.http.post("/api/task/new", json=FOX)).status_code == 200
    assert len(await task_ids(alice)) == 2
