"""``WS /ws/notifications``: one JSON object a message, resumable by ``?since=CURSOR``."""

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from services.notifier.access import BadCursor, cursor_of, is_asked, owner_by_token
from services.notifier.hub import Hub
from services.notifier.message import told
from services.notifier.subscription import End, Subscription
from talestream.auth import AccessTokens, InvalidToken
from talestream.cloud_events import json_bytes
from talestream.log_reading import UNAVAILABLE
from talestream.metrics import EVENTS_FANNED_OUT, STREAM_CLIENTS, STREAM_CLIENTS_DROPPED
from talestream.telemetry import logger

BAD_REQUEST = 4400
UNAUTHENTICATED = 4401
TRY_LATER = 1013
RESTARTING = 1012

CLOSE_S = 2.0
"""How long a client may take to hear why it is closed."""
_TRANSPORT = "websocket"
_log = logger(__name__)


async def notifications(websocket: WebSocket, hub: Hub, tokens: AccessTokens) -> None:
    """Serve one client until it leaves, is too slow, or the service closes.

    Without ``since`` the client gets what happens from the moment at which the handshake is done. With ``detail=1`` it
    gets every event and progress, not the segments' ends alone. With ``snapshot=1`` it gets a snapshot of its active
    tasks first, unless it resumes.

    A client that is refused is accepted first and then closed with a code of its own (4401: bad or expired token, 4400:
    bad cursor): refused before, it would get a bare HTTP 403, and a browser tells a page 1006 whatever the reason.
    """
    try:
        owner, since = owner_by_token(websocket, tokens), cursor_of(websocket)
    except InvalidToken as error:
        return await _refuse(websocket, UNAUTHENTICATED, error.reason)
    except BadCursor as error:
        return await _refuse(websocket, BAD_REQUEST, str(error))
    with_detail, with_snapshot = is_asked(websocket, "detail"), is_asked(websocket, "snapshot")
    subscribing = hub.subscribe(owner, since, with_progress=with_detail, with_snapshot=with_snapshot)
    try:
        async with subscribing as subscription:
            try:
                await websocket.accept()
            except OSError:  # the client has left already: it is not the log that fails
                return None
            with STREAM_CLIENTS.labels(_TRANSPORT).track_inprogress():
                await _serve(websocket, subscription, with_detail=with_detail)
    except UNAVAILABLE:
        await _refuse(websocket, TRY_LATER, "the event log cannot be read at the moment")


async def _serve(websocket: WebSocket, subscription: Subscription, *, with_detail: bool) -> None:
    """Send until the client leaves or the stream ends, whichever is first: a client that only listens is heard too,
    and one that takes nothing does not keep the service from closing."""
    work = [
        asyncio.create_task(_send(websocket, subscription, with_detail=with_detail)),
        asyncio.create_task(_until_gone(websocket)),
        asyncio.create_task(subscription.ended.wait()),
    ]
    try:
        await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in work:
            task.cancel()
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                _log.warning("a client could not be served", reason=repr(outcome))
    if subscription.end is End.TOO_SLOW:
        STREAM_CLIENTS_DROPPED.labels(_TRANSPORT).inc()
        await _close(websocket, TRY_LATER, f"too slow; resume with since={subscription.cursor}")
    elif subscription.end is End.CLOSING:
        await _close(websocket, RESTARTING, f"the service restarts; resume with since={subscription.cursor}")


async def _send(websocket: WebSocket, subscription: Subscription, *, with_detail: bool) -> None:
    async for item in subscription:
        message = told(item, with_detail=with_detail)
        if message is not None:
            await websocket.send_text(json_bytes(message).decode())
            EVENTS_FANNED_OUT.labels(_TRANSPORT).inc()


async def _until_gone(websocket: WebSocket) -> None:
    """Read, and ignore, what the client says until it leaves."""
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_text()


async def _refuse(websocket: WebSocket, code: int, reason: str) -> None:
    with suppress(OSError):  # the client has left already
        await websocket.accept()
        await _close(websocket, code, reason)


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(CLOSE_S):
            await websocket.close(code, reason)
