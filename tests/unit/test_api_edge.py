"""What the edge of the API answers when a request is cut off."""

import asyncio
import json

import pytest
from starlette.types import Message, Receive, Scope, Send

from services.api.edge import Edge

SCOPE: Scope = {"type": "http", "method": "GET", "path": "/api/x", "headers": [], "query_string": b""}


async def cut_off(*, after: list[Message]) -> list[Message]:
    """What a client is sent by an application that has sent ``after`` and then waits until it is cancelled."""
    sent: list[Message] = []
    is_waiting = asyncio.Event()

    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in after:
            await send(message)
        is_waiting.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    serving = asyncio.create_task(Edge(application, 1024)(SCOPE, receive, send))
    await is_waiting.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    return sent


async def test_a_request_that_the_end_of_the_service_cuts_off_is_to_be_asked_again() -> None:
    start, body = await cut_off(after=[])
    assert start["status"] == 503
    assert (b"retry-after", b"1") in start["headers"]
    assert "ask again" in json.loads(body["body"])["detail"]


async def test_an_answer_that_is_cut_off_half_way_is_not_begun_anew() -> None:
    begun: list[Message] = [{"type": "http.response.start", "status": 200, "headers": []}]
    assert [message["type"] for message in await cut_off(after=begun)] == ["http.response.start"]
