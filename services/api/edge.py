"""What happens to every HTTP request before and after its route: its id, its size limit, its log line, its metric.

Plain ASGI, because Starlette's BaseHTTPMiddleware costs a task and a queue a request and buffers streams.
"""

import asyncio
import re
import uuid
from collections.abc import Mapping
from time import perf_counter

import structlog
from fastapi import HTTPException
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talestream.metrics import REQUEST_SECONDS
from talestream.telemetry import logger

_GIVEN_ID = re.compile(r"[A-Za-z0-9._:-]{1,80}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

_log = logger(__name__)


class Edge:
    """Outermost of all. An error that nobody foresaw becomes a 500 that tells its request id and nothing else."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, larger: Mapping[re.Pattern[str], int] | None = None) -> None:
        """``larger``: the paths whose bodies may have another size."""
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex
        started = perf_counter()
        most = self._most_bytes(scope["path"])
        status = received = 0

        async def take() -> Message:
            """The next piece of the body; HTTPException 413 once there are too many bytes, announced or not."""
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413, f"the body is larger than {most} bytes")
            return message

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        with structlog.contextvars.bound_contextvars(request=request_id):
            try:
                await self._app(scope, take, answer)
            except asyncio.CancelledError:
                _log.warning("a request was not finished before the service ended", path=scope["path"])
                if not status:
                    await _unfinished(request_id)(scope, receive, answer)
                raise
            except Exception:
                _log.exception("a request ended in an error that nobody foresaw", path=scope["path"])
                if status:
                    raise
                last_resort = JSONResponse(
                    {"detail": "something went wrong on our side", "request_id": request_id}, status_code=500
                )
                await last_resort(scope, receive, answer)
            finally:
                self._note(scope, status, perf_counter() - started)

    def _most_bytes(self, path: str) -> int:
        return next((most for paths, most in self._larger.items() if paths.fullmatch(path)), self._max_body_bytes)

    @staticmethod
    def _note(scope: Scope, status: int, seconds: float) -> None:
        """Path parameters stay out of the metric and the query, which may hold a token, out of the log."""
        if scope["path"] in _QUIET:
            return
        method = scope["method"] if scope["method"] in _METHODS else "other"
        REQUEST_SECONDS.labels(method, _template(scope), str(status)).observe(seconds)
        _log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            status=status,
            duration_ms=round(seconds * 1000, 1),
        )


def _unfinished(request_id: str) -> JSONResponse:
    """Whether the request took effect is not known: it was cut off, as when the time that SIGTERM gives is over."""
    said = {"detail": "the service ended before this was finished; ask again", "request_id": request_id}
    return JSONResponse(said, status_code=503, headers={"retry-after": "1"})


def _template(scope: Scope) -> str:
    """The path with its parameters' names for their values, so that a metric has few of them."""
    if "route" not in scope:
        return "none"
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))
