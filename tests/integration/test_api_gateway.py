"""The way through the API to the notifier: what passes, and that it passes as it is.

The far end is a small application that does what no notifier would do on demand: refuse, hang, close with odd codes.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from services.api.app import create_app
from services.api.gateway import Gateway, sendable
from talestream.settings import Settings
from tests.api_server import Api, serving
from tests.leaving_client import LeavingClient

PATIENCE_S = 10


@dataclass
class FarEnd:
    """What the far end has seen, and the levers of the test."""

    url: str = ""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    stream_ended: asyncio.Event = field(default_factory=asyncio.Event)
    socket_ended: asyncio.Event = field(default_factory=asyncio.Event)
    close_code: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    target: str = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/notifications/stream", self.stream),
                WebSocketRoute("/ws/echo", self.echo),
                WebSocketRoute("/ws/notifications", self.refuse),
                WebSocketRoute("/ws/denied", self.deny),
            ]
        )

    async def stream(self, request: Request) -> Response:
        self.headers, self.target = dict(request.headers), str(request.url)
        if request.query_params.get("token") == "bad":
            return JSONResponse({"detail": "the token has expired"}, 401, {"www-authenticate": "Bearer"})

        async def events() -> AsyncIterator[bytes]:
            try:
                yield b"id: 1\ndata: first\n\n"
                await self.go_on.wait()
                yield b"id: 2\ndata: second\n\n"
            finally:
                self.stream_ended.set()

        return StreamingResponse(events(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def echo(self, socket: WebSocket) -> None:
        self.headers, self.target = dict(socket.headers), str(socket.url)
        await socket.accept()
        try:
            while True:
                said = await socket.receive_text()
                if said.startswith("close "):
                    await socket.close(int(said.removeprefix("close ")), "as you wish")
                    return
                await socket.send_text(f"you said {said}")
        except WebSocketDisconnect as end:
            self.close_code = end.code
        finally:
            self.socket_ended.set()

    async def refuse(self, socket: WebSocket) -> None:
        await socket.accept()
        await socket.close(4401, "the token has expired")

    async def deny(self, socket: WebSocket) -> None:
        await socket.send_denial_response(JSONResponse({"detail": "not here"}, 418))


@pytest.fixture
async def far_end() -> AsyncIterator[FarEnd]:
    end = FarEnd()
    async with serving(end.app()) as url:
        end.url = url
        yield end


@pytest.fixture
async def near_end(api: Api, far_end: FarEnd) -> AsyncIterator[str]:
    """The URL of an API whose notifier is the far end."""
    async with serving(create_app(passing_to(api, far_end.url), api.runtime)) as url:
        yield url


def passing_to(api: Api, url: str) -> Settings:
    return api.settings.model_copy(update={"api": api.settings.api.model_copy(update={"notifier_url": url})})


def socket_to(near_end: str, path: str, **headers: str) -> connect:
    return connect(near_end.replace("http", "ws") + path, additional_headers=headers, proxy=None)


async def closed(socket: ClientConnection) -> tuple[int | None, str | None]:
    await asyncio.wait_for(socket.wait_closed(), PATIENCE_S)
    return socket.close_code, socket.close_reason


async def test_messages_pass_both_ways_with_path_query_and_token(near_end: str, far_end: FarEnd) -> None:
    async with socket_to(near_end, "/ws/echo?token=a%2Bb&since=7", authorization="Bearer x") as socket:
        for text in ("hello", "狐狸", "x" * 100_000):
            await socket.send(text)
            assert await socket.recv() == f"you said {text}"
    assert far_end.target.endswith("/ws/echo?token=a%2Bb&since=7")
    assert far_end.headers["authorization"] == "Bearer x"
    assert far_end.headers["x-forwarded-for"] == "127.0.0.1"


async def test_a_refused_token_reaches_the_client_as_close_4401(near_end: str) -> None:
    async with socket_to(near_end, "/ws/notifications?token=bad") as socket:
        assert await closed(socket) == (4401, "the token has expired")


@pytest.mark.parametrize("code", [1000, 1012, 1013, 4000])
async def test_a_close_by_the_notifier_reaches_the_client_with_its_code(near_end: str, code: int) -> None:
    async with socket_to(near_end, "/ws/echo") as socket:
        await socket.send(f"close {code}")
        assert await closed(socket) == (code, "as you wish")


async def test_a_close_by_the_client_reaches_the_notifier_with_its_code(near_end: str, far_end: FarEnd) -> None:
    async with socket_to(near_end, "/ws/echo") as socket:
        await socket.close(4123, "enough")
    await asyncio.wait_for(far_end.socket_ended.wait(), PATIENCE_S)
    assert far_end.close_code == 4123


async def test_a_client_that_vanishes_is_gone_for_the_notifier_too(near_end: str, far_end: FarEnd) -> None:
    async with socket_to(near_end, "/ws/echo") as socket:
        await socket.send("hello")
        await socket.recv()
        socket.transport.abort()
        await asyncio.wait_for(far_end.socket_ended.wait(), PATIENCE_S)


async def test_a_refused_handshake_reaches_the_client_with_its_status(near_end: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with socket_to(near_end, "/ws/denied"):
            pass
    assert refused.value.response.status_code == 418
    assert refused.value.response.body == b'{"detail":"not here"}'


async def test_events_pass_one_by_one_as_they_happen(near_end: str, far_end: FarEnd) -> None:
    async with (
        httpx.AsyncClient(base_url=near_end, timeout=PATIENCE_S) as client,
        client.stream("GET", "/api/notifications/stream?token=t&since=3", headers={"last-event-id": "5"}) as answer,
    ):
        pieces = answer.aiter_bytes()
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert await anext(pieces) == b"id: 1\ndata: first\n\n"
        far_end.go_on.set()
        assert await anext(pieces) == b"id: 2\ndata: second\n\n"
        with pytest.raises(StopAsyncIteration):
            await anext(pieces)
    assert far_end.target.endswith("/api/notifications/stream?token=t&since=3")
    assert far_end.headers["last-event-id"] == "5"


async def test_a_reader_that_leaves_ends_the_stream_behind(near_end: str, far_end: FarEnd) -> None:
    async with (
        httpx.AsyncClient(base_url=near_end, timeout=PATIENCE_S) as client,
        client.stream("GET", "/api/notifications/stream") as answer,
    ):
        await anext(answer.aiter_bytes())
    await asyncio.wait_for(far_end.stream_ended.wait(), PATIENCE_S)


async def test_a_stream_that_the_notifier_refuses_is_refused(near_end: str) -> None:
    async with httpx.AsyncClient(base_url=near_end) as client:
        answer = await client.get("/api/notifications/stream", params={"token": "bad"})
    assert (answer.status_code, answer.json()) == (401, {"detail": "the token has expired"})
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_while_the_notifier_is_away_clients_are_told_to_come_back(api: Api) -> None:
    async with serving(Starlette()) as gone:
        pass
    async with serving(create_app(passing_to(api, gone), api.runtime)) as near_end:
        async with httpx.AsyncClient(base_url=near_end) as client:
            answer = await client.get("/api/notifications/stream")
            assert answer.status_code == 503
            assert answer.headers["retry-after"]
        async with socket_to(near_end, "/ws/notifications") as socket:
            assert (await closed(socket))[0] == 1013


async def test_a_server_that_stops_lets_its_clients_go_within_seconds(api: Api, far_end: FarEnd) -> None:
    async with asyncio.timeout(PATIENCE_S):
        async with serving(create_app(passing_to(api, far_end.url), api.runtime)) as near_end:
            socket = await socket_to(near_end, "/ws/echo")
            await socket.send("hello")
            await socket.recv()
        await socket.wait_closed()


async def test_a_client_that_leaves_during_its_handshake_is_answered_once_and_left_alone(far_end: FarEnd) -> None:
    for url in (far_end.url, "http://127.0.0.1:9"):
        client = LeavingClient()
        await Gateway(url).pass_socket(client.socket("/ws/echo"))
        assert client.offered == ["websocket.accept"]


@pytest.mark.parametrize(
    ("seen", "sent"), [(1000, 1000), (4401, 4401), (1005, 1000), (None, 1000), (1006, 1011), (1015, 1011)]
)
def test_codes_that_mean_none_are_never_sent(seen: int | None, sent: int) -> None:
    assert sendable(seen) == sent
