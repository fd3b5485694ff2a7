"""The storyagent dialect: register, login, refresh."""

import secrets
from typing import Any

import httpx
import pytest

from tests.api_server import PASSWORD, Api, User


def new_name() -> str:
    return f"user-{secrets.token_hex(6)}"


async def registered(client: httpx.AsyncClient, username: str) -> httpx.Response:
    return await client.post("/api/register", json={"username": username, "password": PASSWORD})


async def logged_in(client: httpx.AsyncClient, username: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/login", json={"username": username, "password": password})


async def refreshed(api: Api, cookie: str | None) -> httpx.Response:
    """Refresh as a client with exactly this cookie."""
    async with api.client() as client:
        return await client.post("/api/refresh", headers={"cookie": f"refresh_token={cookie}"} if cookie else {})


async def test_registering_gives_an_id_that_javascript_holds_exactly(api: Api) -> None:
    async with api.client() as client:
        name = new_name()
        answer = await registered(client, name)
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "username"}
    assert answer.json()["username"] == name
    assert 0 < answer.json()["id"] < 2**53


async def test_a_taken_name_is_refused_in_any_spelling_of_it(api: Api) -> None:
    async with api.client() as client:
        name = new_name()
        await registered(client, name)
        for spelling in (name, name.upper(), f"  {name} ", name.replace("u", "ｕ")):
            answer = await registered(client, spelling)
            assert answer.status_code == 409
            assert "taken" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": "mia"}, "password"),
        ({"password": PASSWORD}, "username"),
        ({"username": "", "password": PASSWORD}, "username"),
        ({"username": " ", "password": PASSWORD}, "username"),
        ({"username": "a\x00b", "password": PASSWORD}, "username"),
        ({"username": "x" * 151, "password": PASSWORD}, "username"),
        ({"username": "x" * 10_000, "password": PASSWORD}, "username"),
        ({"username": 5, "password": PASSWORD}, "username"),
        ({"username": ["mia"], "password": PASSWORD}, "username"),
        ({"username": "mia", "password": "short"}, "password"),
        ({"username": "mia", "password": "x" * 1025}, "password"),
        ({"username": "mia", "password": None}, "password"),
    ],
)
async def test_a_bad_registration_names_the_field(api: Api, body: dict[str, Any], field: str) -> None:
    async with api.client() as client:
        answer = await client.post("/api/register", json=body)
    assert answer.status_code == 422
    assert field in {problem["loc"][-1] for problem in answer.json()["detail"]}


async def test_login_gives_a_bearer_token_and_a_cookie_that_scripts_cannot_read(api: Api) -> None:
    async with api.client() as client:
        name = new_name()
        await registered(client, name)
        answer = await logged_in(client, name)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type"}
    assert answer.json()["token_type"] == "Bearer"
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("refresh_token=")
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert answer.json()["access_token"] not in cookie


async def test_login_takes_the_name_in_any_spelling(api: Api, alice: User) -> None:
    async with api.client() as client:
        assert (await logged_in(client, alice.username.upper())).status_code == 200


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(api: Api, alice: User) -> None:
    async with api.client() as client:
        wrong = await logged_in(client, alice.username, "not the password")
        unknown = await logged_in(client, new_name(), "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert "set-cookie" not in wrong.headers


async def test_refresh_gives_a_new_token_and_rotates_the_cookie(api: Api, alice: User) -> None:
    before = alice.http.cookies["refresh_token"]
    answer = await alice.http.post("/api/refresh")
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "token_type"}
    assert alice.http.cookies["refresh_token"] != before
    listed = await alice.http.get(
        "/api/task/mytasks", headers={"authorization": f"Bearer {answer.json()['access_token']}"}
    )
    assert listed.json() == {"task_ids": []}


async def test_reusing_an_old_refresh_cookie_ends_the_whole_login(api: Api, alice: User) -> None:
    stolen = alice.http.cookies["refresh_token"]
    await alice.http.post("/api/refresh")
    newest = alice.http.cookies["refresh_token"]
    assert (await refreshed(api, stolen)).status_code == 401
    assert (await refreshed(api, newest)).status_code == 401


async def test_another_login_of_the_same_user_is_not_touched_by_a_reuse(api: Api, alice: User) -> None:
    async with api.client() as phone:
        await logged_in(phone, alice.username)
        stolen = alice.http.cookies["refresh_token"]
        await alice.http.post("/api/refresh")
        await refreshed(api, stolen)
        assert (await phone.post("/api/refresh")).status_code == 200


@pytest.mark.parametrize("cookie", [None, "x", "a.b", "A" * 22 + "." + "B" * 43, "A" * 400, "..", '"'])
async def test_a_missing_or_made_up_refresh_cookie_is_refused(api: Api, cookie: str | None) -> None:
    answer = await refreshed(api, cookie)
    assert answer.status_code == 401
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer x.y.z",
        "Basic dXNlcjpwYXNz",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.",
        "Bearer " + "a" * 5000,
    ],
)
async def test_calls_without_a_good_token_are_refused(api: Api, header: str | None) -> None:
    async with api.client() as client:
        for method, path in (("GET", "/api/task/mytasks"), ("POST", "/api/task/new"), ("DELETE", "/api/task/5")):
            answer = await client.request(method, path, headers={"authorization": header} if header else {})
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert isinstance(answer.json()["detail"], str)


async def test_a_token_with_a_changed_letter_is_refused(alice: User) -> None:
    head, payload, signature = alice.token.split(".")
    changed = signature[:5] + ("A" if signature[5] != "A" else "B") + signature[6:]
    answer = await alice.http.get("/api/task/mytasks", headers={"authorization": f"Bearer {head}.{payload}.{changed}"})
    assert answer.status_code == 401
