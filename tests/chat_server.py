"""A server with OpenAI's interface on a loopback port, which answers what a test wants.

As the API reference words it: ``POST /v1/chat/completions``, an event stream of ``chat.completion.chunk`` objects that
ends with ``[DONE]``; refusals as ``{"error": {"message": …}}`` with the documented statuses.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.api_server import serving

KEY = "sk-of-this-test"
MODEL = "storyteller"
STRETCH = 12
"""Characters that come at once."""

Fate = Literal["whole", "cut", "filtered", "broken off", "fault", "garbled", "hangs", "unstreamed"]


@dataclass
class ChatServer:
    """What it was asked, and what it will do."""

    answer: Callable[[dict[str, Any]], str]
    """From the body of a call to what the model says."""
    url: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    """The body of every call that was let in."""
    refusals: deque[Response] = field(default_factory=deque)
    """Given to the next calls, one each, before they are looked at."""
    fates: deque[Fate] = field(default_factory=deque)
    """Of the next answers; then they come whole."""
    formats: frozenset[str] = frozenset({"json_schema", "json_object", "text"})
    """The response formats that it knows."""
    refused_formats: int = 0
    """Calls for a response format that it does not know."""
    left: int = 0
    """Callers that went away before their answer ended."""

    def app(self) -> Starlette:
        """The server."""
        return Starlette(routes=[Route("/v1/chat/completions", self._complete, methods=["POST"])])

    async def _complete(self, request: Request) -> Response:
        if self.refusals:
            return self.refusals.popleft()
        if request.headers.get("authorization") != f"Bearer {KEY}":
            said = f"Incorrect API key provided: {request.headers.get('authorization', '').removeprefix('Bearer ')}"
            return refused(401, said)
        body = await request.json()
        if body["model"] != MODEL:
            return refused(404, f"The model {body['model']!r} does not exist")
        wanted = body.get("response_format", {"type": "text"})["type"]
        if wanted not in self.formats:
            self.refused_formats += 1
            return refused(400, f"response_format {wanted} is not supported")
        self.calls.append(body)
        fate = self.fates.popleft() if self.fates else "whole"
        if fate == "unstreamed":
            message = {"role": "assistant", "content": self.answer(body)}
            return JSONResponse({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        return StreamingResponse(self._events(body, fate), media_type="text/event-stream")

    async def _events(self, body: dict[str, Any], fate: Fate) -> AsyncIterator[str]:
        said = self.answer(body)
        said = said[: len(said) // 2] if fate != "whole" else said
        try:
            yield _event({"role": "assistant", "content": None})
            for at in range(0, len(said), STRETCH):
                yield _event({"content": said[at : at + STRETCH]})
                await asyncio.sleep(0)
            if fate == "hangs":
                await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        if fate == "fault":
            yield f"data: {json.dumps({'error': {'code': 500, 'message': 'out of slots'}})}\n\n"
        elif fate == "garbled":
            yield "data: {not json\n\n"
        elif fate != "broken off":
            yield _event({}, {"whole": "stop", "cut": "length", "filtered": "content_filter"}[fate])
            yield f"data: {json.dumps({'choices': [], 'usage': {'total_tokens': 7}})}\n\n"
            yield "data: [DONE]\n\n"


def refused(status: int, message: str, **headers: str) -> Response:
    """An answer that is no success."""
    return JSONResponse({"error": {"message": message, "type": "error"}}, status, headers)


def _event(delta: dict[str, Any], finish: str | None = None) -> str:
    chunk = {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return f"data: {json.dumps(chunk)}\n\n"


@asynccontextmanager
async def chatting(answer: Callable[[dict[str, Any]], str]) -> AsyncIterator[ChatServer]:
    """A running server."""
    server = ChatServer(answer)
    async with serving(server.app()) as url:
        server.url = f"{url}/v1"
        yield server
