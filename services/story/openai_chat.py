"""A language model behind an OpenAI-compatible server: vLLM, llama.cpp, Ollama, DashScope, OpenAI itself.

By httpx and not by OpenAI's own client: what a refusal means, how long to wait and when to ask again is the stage's to
decide here, and the base install can do it. The interface is "Create chat completion" of OpenAI's API reference.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx
from httpx_sse import EventSource, SSEError, aconnect_sse
from pydantic import SecretStr

from services.story.chat import Question, Reply
from services.story.openai_errors import ContentRefused, broken_off, not_understood, refusal, unreachable
from talestream.cancellation import is_cancelled
from talestream.errors import Cancelled, ProviderUnavailable
from talestream.http_answers import retry_after_s, words
from talestream.made_by import Parameter
from talestream.model_settings import StoryModelSettings
from talestream.rate_limit import RateLimit
from talestream.telemetry import logger

T = TypeVar("T")

LOOK_S = 0.05
"""How often it is asked whether the unit was cancelled while the server is silent."""
FORMATS = ("json_schema", "json_object", "text")
"""How the server is told what the answer must be, the strictest first."""
NOT_THIS_WAY = frozenset({400, 415, 422, 501})
"""Statuses that may be about the answer's format alone."""
_END = "[DONE]"

_log = logger(__name__)


class OpenAiChat:
    """See :class:`services.story.chat.ChatModel`.

    A server that refuses the strictest format is asked in the next one, from then on for good.
    """

    name = "openai"
    revision = None
    """What a server's name for a model stands for is its own affair."""

    def __init__(self, settings: StoryModelSettings, redis_url: SecretStr | None = None) -> None:
        """ProviderUnavailable when it is not said where the server is and which model it is to use."""
        server = settings.openai
        if server.base_url is None or server.model is None:
            raise ProviderUnavailable(
                "no OpenAI-compatible server is configured",
                "set TALESTREAM_STORY_MODEL__OPENAI__BASE_URL (mostly with /v1 at its end) and "
                "TALESTREAM_STORY_MODEL__OPENAI__MODEL",
            )
        self.model = server.model
        self._settings = settings
        self._server = server
        self._url = str(server.base_url)
        self._limit = (
            RateLimit(f"{self._url} {server.model}", server.requests_per_minute, redis_url)
            if server.requests_per_minute
            else None
        )
        self._format = 0 if server.response_format == "auto" else FORMATS.index(server.response_format)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """How the server is asked."""
        own = self._settings
        return {
            "temperature": own.temperature,
            "top_p": own.top_p,
            "max_tokens": own.max_tokens,
            "response_format": FORMATS[self._format],
        }

    def warm_up(self) -> None:
        """Nothing: the server holds the model."""

    def reply(self, question: Question, hear: Callable[[str], None]) -> Reply:
        """The model's next turn. StageError says whether asking again can help, and when."""
        while True:
            if self._limit is not None:
                self._limit.wait()
            asked = self._format
            try:
                return asyncio.run(_unless_cancelled(self._ask(question, FORMATS[asked], hear)))
            except _NotThisWay as refused:
                if self._server.response_format != "auto" or asked + 1 == len(FORMATS):
                    raise refused.error from None
                self._format = asked + 1
                _log.warning(
                    "the server is asked less strictly", format=FORMATS[asked + 1], reason=refused.error.message
                )

    async def _ask(self, question: Question, response_format: str, hear: Callable[[str], None]) -> Reply:
        heard: list[str] = []
        finish = None
        async with self._opened(self._body(question, response_format)) as events:
            await self._check(events.response)
            async for choice in _choices(events):
                said = (choice.get("delta") or choice.get("message") or {}).get("content")
                if said:
                    heard.append(said)
                    hear(said)
                finish = choice.get("finish_reason") or finish
        if finish is None:
            raise broken_off(self.model)
        if finish == "content_filter":
            raise ContentRefused(self.model, "its filter has ended the answer")
        return Reply("".join(heard), is_cut=finish == "length")

    def _body(self, question: Question, response_format: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": one.role, "content": one.content} for one in question.messages],
            "stream": True,
            "seed": question.seed,
            "temperature": self._settings.temperature,
            "top_p": self._settings.top_p,
            "max_tokens": self._settings.max_tokens,
        }
        if response_format == "json_schema":
            form = {"name": "answer", "strict": True, "schema": question.schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        elif response_format == "json_object":
            body["response_format"] = {"type": "json_object"}
        return {name: value for name, value in (body | self._server.extra).items() if value is not None}

    @asynccontextmanager
    async def _opened(self, body: dict[str, Any]) -> AsyncIterator[EventSource]:
        """The server's answer as it comes. StageError when it is not reached, or falls silent."""
        key = self._server.api_key
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        limits = httpx.Timeout(self._server.silence_s, connect=self._server.connect_s)
        try:
            async with (
                httpx.AsyncClient(base_url=self._url, headers=headers, timeout=limits) as client,
                aconnect_sse(client, "POST", "chat/completions", json=body) as events,
            ):
                yield events
        except (httpx.HTTPError, SSEError) as error:
            raise unreachable(self._url, error) from error

    async def _check(self, response: httpx.Response) -> None:
        if not response.is_error:
            return
        await response.aread()
        key = self._server.api_key.get_secret_value() if self._server.api_key else ""
        said = words(response).replace(key, "…") if key else words(response)
        error = refusal(response.status_code, said, self.model, retry_after_s(response))
        if response.status_code in NOT_THIS_WAY and not isinstance(error, ContentRefused):
            raise _NotThisWay(error)
        raise error


class _NotThisWay(Exception):
    """The server does not take the question in this form; ``error`` is what it means if there is no other."""

    def __init__(self, error: Any) -> None:
        self.error = error


async def _choices(events: EventSource) -> AsyncIterator[dict[str, Any]]:
    """The first choice of each stretch of the answer. StageError when the server gives up in the middle."""
    if "json" in events.response.headers.get("content-type", ""):  # a server that does not stream
        await events.response.aread()
        yield _choice(events.response.text)
        return
    async for event in events.aiter_sse():
        if event.data == _END:
            return
        if choice := _choice(event.data):
            yield choice


def _choice(data: str) -> dict[str, Any]:
    """The first choice; empty where there is none, as in the account of what was used."""
    try:
        found = json.loads(data)
        fault = found.get("error")
        choices = found.get("choices") or [{}]
        choice: dict[str, Any] = choices[0]
    except (ValueError, AttributeError, LookupError) as error:
        raise not_understood(data) from error
    if fault:
        status = fault.get("code") if isinstance(fault, dict) else None
        said = str(fault.get("message") or fault) if isinstance(fault, dict) else str(fault)
        raise refusal(status if isinstance(status, int) else 500, said, "the model", None)
    return choice


async def _unless_cancelled(work: Coroutine[Any, Any, T]) -> T:
    """The work's result. Cancelled, and the connection closed, as soon as the unit is: the server then stops too."""
    task = asyncio.ensure_future(work)
    while not task.done():
        await asyncio.wait({task}, timeout=LOOK_S)
        if is_cancelled():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise Cancelled
    return task.result()
