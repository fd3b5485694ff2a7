"""Passes notification streams on to the notifier, so that a client on one machine needs one address only.

Where an ingress does this (``TALESTREAM_API__NOTIFIER_URL`` empty), these routes do not exist. What the notifier says
reaches the client as it is: each message at once, a refused handshake with its status, a close with its code.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated
from urllib.parse import quote

import httpx
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from talestream.telemetry import logger

CONNECT_S = 5.0
PASSED_ON = ("authorization", "last-event-id", "accept", "user-agent", "traceparent", "x-request-id")
PASSED_BACK = ("content-type", "cache-control", "x-accel-buffering", "www-authenticate", "retry-after")
AWAY = "notifications are not available at the moment; try again soon"

_log = logger(__name__)


class Gateway:
    """The way to one notifier."""

    def __init__(self, notifier_url: str) -> None:
        self._url = notifier_url.rstrip("/")
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,
        )
        self._streams: set[asyncio.Timeout] = set()

    def end_streams(self) -> None:
        """End every SSE stream, which never ends by itself. Its client resumes it elsewhere, without a gap."""
        for stream in self._streams:
            stream.reschedule(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Use it within this, so that its connections are closed at the end."""
        async with self._client:
            yield

    def router(self) -> APIRouter:
        """The routes that are passed on."""
        router = APIRouter()

        @router.get(
            "/api/notifications/stream",
            tags=["notifications"],
            summary="Notifications as Server-Sent Events",
            response_class=Response,
            responses={
                200: {"content": {"text/event-stream": {}}, "description": "One event a notification"},
                401: {"description": "The token is missing, expired or not valid"},
                503: {"description": "The notifier is away"},
            },
        )
        async def stream(
            request: Request,
            token: Annotated[str | None, Query(description="Access token, for clients that can set no header")] = None,
            since: Annotated[str | None, Query(description="Cursor behind which to resume")] = None,
            detail: Annotated[str | None, Query(description="1: events of stages, units and tasks too")] = None,
            snapshot: Annotated[
                str | None, Query(description="1: where there is no cursor to resume from, all active tasks first")
            ] = None,
            last_event_id: Annotated[str | None, Header(description="Cursor behind which to resume")] = None,
        ) -> Response:
            """The stream of `/ws/notifications` as SSE. `id` is the cursor; a client that reconnects misses nothing."""
            return await self.pass_stream(request)

        router.add_api_websocket_route("/ws/{path:path}", self.pass_socket)
        return router

    async def pass_stream(self, request: Request) -> Response:
        """Answer with what the notifier answers to the same GET, piece by piece."""
        order = self._client.build_request("GET", self._target(request, self._url), headers=_headers(request))
        try:
            answer = await self._client.send(order, stream=True)
        except httpx.TransportError as error:
            _log.warning("the notifier does not answer", reason=repr(error))
            return JSONResponse({"detail": AWAY}, status_code=503, headers={"retry-after": "2"})

        async def body() -> AsyncIterator[bytes]:
            try:
                with suppress(httpx.TransportError, TimeoutError):
                    async with asyncio.timeout(None) as lasting:
                        self._streams.add(lasting)
                        async for piece in answer.aiter_raw():
                            yield piece
            finally:
                self._streams.discard(lasting)
                await answer.aclose()

        headers = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        return StreamingResponse(body(), status_code=answer.status_code, headers=headers)

    async def pass_socket(self, socket: WebSocket) -> None:
        """Connect the client's WebSocket with one of the notifier's, until either closes."""
        target = self._target(socket, self._url.replace("http", "ws", 1))
        protocols = [Subprotocol(name) for name in socket.scope.get("subprotocols", [])]
        try:
            async with connect(
                target,
                additional_headers=_headers(socket),
                subprotocols=protocols or None,
                user_agent_header=None,
                compression=None,
                proxy=None,
                open_timeout=CONNECT_S,
                close_timeout=2,
            ) as notifier:
                try:
                    await socket.accept(subprotocol=notifier.subprotocol)
                except OSError:  # the client has left already: it is not the notifier that does not answer
                    return
                await _join(socket, notifier)
        except InvalidStatus as refusal:
            answer = refusal.response
            kind = answer.headers.get("content-type")
            await socket.send_denial_response(Response(bytes(answer.body), answer.status_code, media_type=kind))
        except (OSError, InvalidHandshake) as error:
            _log.warning("the notifier does not answer", reason=repr(error))
            with suppress(OSError):  # the client has left already
                await socket.accept()
                await socket.close(1013, AWAY)

    @staticmethod
    def _target(connection: HTTPConnection, base: str) -> str:
        query = connection.scope.get("query_string", b"").decode("ascii", "ignore")
        return base + quote(connection.scope["path"]) + (f"?{query}" if query else "")


async def _join(socket: WebSocket, notifier: ClientConnection) -> None:
    """Carry messages both ways. Whoever closes, the other side is closed with the same code and reason."""
    to_client = asyncio.create_task(_carry_to_client(notifier, socket))
    to_notifier = asyncio.create_task(_carry_to_notifier(socket, notifier))
    try:
        await asyncio.wait({to_client, to_notifier}, return_when=asyncio.FIRST_COMPLETED)
        seen = to_notifier.result() if to_notifier.done() else None
    finally:
        to_client.cancel()
        to_notifier.cancel()
        await asyncio.gather(to_client, to_notifier, return_exceptions=True)
    if seen is not None:
        await notifier.close(sendable(seen))
        return
    with suppress(WebSocketDisconnect, RuntimeError, OSError):
        await socket.close(sendable(notifier.close_code), notifier.close_reason)


async def _carry_to_client(notifier: ClientConnection, socket: WebSocket) -> None:
    with suppress(ConnectionClosed, WebSocketDisconnect, OSError):
        async for message in notifier:
            await (socket.send_text(message) if isinstance(message, str) else socket.send_bytes(message))


async def _carry_to_notifier(socket: WebSocket, notifier: ClientConnection) -> int | None:
    """Ends with the code of the client's close, or with None when it was the notifier that closed."""
    with suppress(ConnectionClosed):
        while (message := await socket.receive())["type"] == "websocket.receive":
            await notifier.send(message["text"] if message.get("text") is not None else message["bytes"])
        return int(message.get("code") or 1000)
    return None


def sendable(code: int | None) -> int:
    """The code to close with where ``code`` was seen: 1005 and 1006 stand for "none" and cannot be sent (RFC 6455)."""
    if code in {None, 1005}:
        return 1000
    return 1011 if code is None or code in {1006, 1015} else code


def _headers(connection: HTTPConnection) -> dict[str, str]:
    headers = {name: connection.headers[name] for name in PASSED_ON if name in connection.headers}
    if connection.client:
        headers["x-forwarded-for"] = connection.client.host
    return headers
