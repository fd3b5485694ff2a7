"""``GET /api/notifications/stream``: server-sent events, resumable by ``Last-Event-ID`` or ``?since=``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from services.notifier.access import BadCursor, cursor_of, is_asked, owner_by_token
from services.notifier.hub import Hub
from services.notifier.message import told
from services.notifier.subscription import End, Subscription
from talestream.auth import AccessTokens, InvalidToken
from talestream.cloud_events import json_bytes
from talestream.log_reading import UNAVAILABLE
from talestream.metrics import EVENTS_FANNED_OUT, STREAM_CLIENTS, STREAM_CLIENTS_DROPPED
from talestream.telemetry import logger

RETRY_MS = 2000
"""After how long a browser connects again."""
FAREWELL_S = 2.0
"""How long a dropped client may take to hear why."""
_TRANSPORT = "sse"
_log = logger(__name__)
_HEARTBEAT = b": heartbeat\n\n"


async def stream(request: Request, hub: Hub, tokens: AccessTokens, heartbeat_s: float) -> Response:
    """Serve one client until it leaves, is too slow, or the service closes.

    Each message has its type as ``event``, its JSON object as ``data`` and its cursor as ``id``, with which a browser
    resumes by itself. Without a cursor the stream starts from now. Heartbeats are comments: they have no id, so that
    they do not move the cursor. The last message, ``stream_ended``, says why the stream ends and where to resume; it
    has no id either. Refusals are JSON, ``{"detail": ...}``: 401, 400 for a bad cursor, and 503 while the
    log cannot be read.
    """
    try:
        owner = owner_by_token(request, tokens)
        since = cursor_of(request)
    except InvalidToken as error:
        return _refusal(HTTPStatus.UNAUTHORIZED, error.reason, {"WWW-Authenticate": "Bearer"})
    except BadCursor as error:
        return _refusal(HTTPStatus.BAD_REQUEST, str(error))
    with_detail, with_snapshot = is_asked(request, "detail"), is_asked(request, "snapshot")
    subscribing = hub.subscribe(owner, since, with_progress=with_detail, with_snapshot=with_snapshot)
    async with AsyncExitStack() as stack:
        try:
            subscription = await stack.enter_async_context(subscribing)
        except UNAVAILABLE:
            return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the event log cannot be read at the moment")
        return EventStream(subscription, stack.pop_all(), heartbeat_s, with_detail=with_detail)


class EventStream(StreamingResponse):
    """A response as long as its subscription. One that a client does not take is cut off."""

    media_type = "text/event-stream"

    def __init__(
        self, subscription: Subscription, resources: AsyncExitStack, heartbeat_s: float, *, with_detail: bool
    ) -> None:
        """``resources`` are closed with the response."""
        super().__init__(
            _written(subscription, heartbeat_s, with_detail=with_detail),
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._subscription = subscription
        self._resources = resources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._resources:
            with STREAM_CLIENTS.labels(_TRANSPORT).track_inprogress():
                await self._run(asyncio.create_task(super().__call__(scope, receive, send)))

    async def _run(self, streaming: "asyncio.Task[None]") -> None:
        ended = asyncio.create_task(self._subscription.ended.wait())
        try:
            await asyncio.wait({streaming, ended}, return_when=asyncio.FIRST_COMPLETED)
            if self._subscription.end is End.TOO_SLOW:
                STREAM_CLIENTS_DROPPED.labels(_TRANSPORT).inc()
            await asyncio.wait({streaming}, timeout=FAREWELL_S)
        finally:
            ended.cancel()
            streaming.cancel()
            outcome, _ = await asyncio.gather(streaming, ended, return_exceptions=True)
            if isinstance(outcome, Exception) and not isinstance(outcome, ClientDisconnect):
                _log.warning("a client could not be served", reason=repr(outcome))


async def _written(subscription: Subscription, heartbeat_s: float, *, with_detail: bool) -> AsyncIterator[bytes]:
    yield f"retry: {RETRY_MS}\n: connected\n\n".encode()
    while subscription.end is None:
        try:
            async with asyncio.timeout(heartbeat_s):
                item = await anext(subscription)
        except StopAsyncIteration:
            break
        except TimeoutError:
            yield _HEARTBEAT
            continue
        message = told(item, with_detail=with_detail)
        if message is not None:
            yield _event(message["type"], json_bytes(message), message.get("cursor"))
            EVENTS_FANNED_OUT.labels(_TRANSPORT).inc()
    reason = subscription.end.value if subscription.end else "ended"
    ended = {"type": "stream_ended", "reason": reason, "cursor": subscription.cursor}
    yield _event("stream_ended", json_bytes(ended), None)


def _event(name: str, data: bytes, cursor: int | None) -> bytes:
    identified = b"" if cursor is None else b"id: %d\n" % cursor
    return b"%sevent: %s\ndata: %s\n\n" % (identified, name.encode(), data)


def _refusal(status: HTTPStatus, detail: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"detail": detail}, status_code=status, headers=headers)
