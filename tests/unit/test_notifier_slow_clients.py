"""A client that does not take what it is sent is dropped, and told why and where to resume, by both transports."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from pydantic import SecretStr
from starlette.types import Message
from starlette.websockets import WebSocket

from services.notifier.hub import Hub
from services.notifier.sse import EventStream
from services.notifier.websocket import TRY_LATER, notifications
from talestream.auth import AccessTokens
from talestream.clock import SystemClock
from talestream.settings import AuthSettings
from tests.memory_log import OWNER, MemoryLog, no_tasks

TOKENS = AccessTokens(AuthSettings(secret=SecretStr("a secret of this test, long enough for it")))
LIMIT = 10


class Client:
    """The other end of a connection. It takes what it is sent once ``takes`` is set."""

    def __init__(self) -> None:
        self.takes = asyncio.Event()
        self.is_offered = asyncio.Event()
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        if message["type"] in {"http.response.body", "websocket.send"}:
            self.is_offered.set()
            await self.takes.wait()
        self.messages.append(message)

    async def receive(self) -> Message:
        if not self.messages:
            return {"type": "websocket.connect"}
        await asyncio.Event().wait()
        raise AssertionError


async def overwhelm(hub: Hub, log: MemoryLog, client: Client) -> None:
    """More happens than may wait for a client, which has been offered its first message and does not take it."""
    await client.is_offered.wait()
    for _ in range(LIMIT + 2):
        hub.deliver(log.append())
        await asyncio.sleep(0)


async def test_by_sse_in_a_last_message() -> None:
    log, client = MemoryLog(), Client()
    hub = Hub(log, no_tasks, LIMIT)
    async with AsyncExitStack() as stack:
        subscription = await stack.enter_async_context(hub.subscribe(OWNER))
        waiting = asyncio.create_task(anext(subscription))
        await asyncio.sleep(0.01)
        hub.deliver(log.append())
        await waiting
        response = EventStream(subscription, stack.pop_all(), 15, with_detail=True)
        scope: dict[str, Any] = {"type": "http", "method": "GET", "asgi": {"spec_version": "2.4"}}
        serving = asyncio.create_task(response(scope, client.receive, client.send))
        await overwhelm(hub, log, client)
        client.takes.set()
        await serving
    said = b"".join(message.get("body", b"") for message in client.messages).decode()
    name, _, data = said.strip().rpartition("\n\n")[2].partition("\ndata: ")
    assert name == "event: stream_ended"
    assert json.loads(data) == {"type": "stream_ended", "reason": "too slow", "cursor": 1}


async def test_by_websocket_in_the_reason_of_its_close() -> None:
    log, client = MemoryLog(), Client()
    hub = Hub(log, no_tasks, LIMIT)
    query = f"token={TOKENS.issue(7, SystemClock().now())}&detail=1"
    scope = {"type": "websocket", "query_string": query.encode(), "headers": [], "path": "/", "subprotocols": []}
    socket = WebSocket(scope, client.receive, client.send)
    serving = asyncio.create_task(notifications(socket, hub, TOKENS))
    while not client.messages:
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)
    hub.deliver(log.append())
    await overwhelm(hub, log, client)
    await serving
    assert client.messages[-1] == {
        "type": "websocket.close",
        "code": TRY_LATER,
        "reason": "too slow; resume with since=1",
    }
