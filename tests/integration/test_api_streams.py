"""A client of one address: what the API does, and what the notifier tells of it, through the API."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from services.api.app import create_app
from tests.api_server import Api, User, serving
from tests.notifier_clients import notifier_settings, running_notifier

PATIENCE_S = 30


@pytest.fixture(scope="module")
async def one_address(api: Api) -> AsyncIterator[str]:
    """An API that passes streams on to a notifier."""
    settings = notifier_settings(api.settings)
    place = f"http://127.0.0.1:{settings.notifier.port}"
    passing = settings.model_copy(update={"api": settings.api.model_copy(update={"notifier_url": place})})
    async with running_notifier(settings), serving(create_app(passing, api.runtime)) as url:
        yield url


async def told(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_S):
        return [json.loads(await socket.recv()) for _ in range(count)]


def stream(one_address: str, query: str) -> connect:
    return connect(f"{one_address.replace('http', 'ws')}/ws/notifications?{query}", proxy=None)


async def test_the_client_hears_of_each_segment_and_finds_its_resources(one_address: str, alice: User) -> None:
    alice.http.base_url = one_address
    async with stream(one_address, f"token={alice.token}") as socket:
        task_id = await alice.finished_segments(5)
        messages = await told(socket, 5)
    assert [(message["type"], message["segment_id"]) for message in messages] == [
        ("segment_finished", number) for number in range(1, 6)
    ]
    for message in messages:
        assert message["task_id"] == task_id
        assert message["resources"] == await alice.resources(task_id, message["segment_id"])


async def test_pushed_and_polled_notifications_are_the_same_and_a_cursor_fits_both(
    one_address: str, alice: User
) -> None:
    await alice.finished_segments(3)
    polled = await alice.notifications(3)
    async with stream(one_address, f"token={alice.token}&since=0") as socket:
        assert await told(socket, 3) == polled
    async with stream(one_address, f"token={alice.token}&since={polled[0]['cursor']}") as socket:
        assert await told(socket, 2) == polled[1:]


async def test_the_same_stream_comes_as_server_sent_events(one_address: str, alice: User) -> None:
    await alice.finished_segments(2)
    polled = await alice.notifications(2)
    async with (
        httpx.AsyncClient(base_url=one_address, timeout=PATIENCE_S, trust_env=False) as client,
        client.stream(
            "GET",
            "/api/notifications/stream",
            headers={"authorization": f"Bearer {alice.token}", "last-event-id": str(polled[0]["cursor"])},
        ) as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data:"):
                assert json.loads(line.removeprefix("data:")) == polled[1]
                return


@pytest.mark.parametrize("token", ["", "x.y.z", "eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0."])
async def test_a_bad_token_is_refused_with_4401(one_address: str, token: str) -> None:
    async with stream(one_address, f"token={token}") as socket:
        await asyncio.wait_for(socket.wait_closed(), PATIENCE_S)
    assert socket.close_code == 4401
