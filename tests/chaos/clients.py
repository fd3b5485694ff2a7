"""Clients of the notification streams, as they should be: they note what they are told, and resume by its cursor."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidMessage, WebSocketException

AGAIN_S = 0.5
SILENCE_S = 40.0
"""A stream that brings nothing for so long, not even a heartbeat, is opened anew."""

Transport = Literal["websocket", "sse"]


@dataclass(frozen=True)
class Told:
    """One durable event as a client was told of it."""

    cursor: int
    event_id: str
    type: str


@dataclass
class ClientLog:
    """What one client was told, in the order in which it was told."""

    owner: str
    transport: Transport
    with_detail: bool
    told: list[Told] = field(default_factory=list)
    connections: int = 0

    @property
    def cursor(self) -> int:
        """Where it resumes."""
        return self.told[-1].cursor if self.told else 0


class Listener:
    """One client: connects, listens, and connects again whenever it is cut off."""

    def __init__(self, url: str, token: str, log: ClientLog) -> None:
        self.log = log
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._listening = asyncio.create_task(self._listen(), name=f"{self.log.transport} of {self.log.owner}")

    async def stop(self) -> None:
        """Stop listening. An error that no client should have to expect is raised here."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    async def _listen(self) -> None:
        while True:
            opened = self._messages_by_socket() if self.log.transport == "websocket" else self._messages_by_sse()
            with suppress(OSError, TimeoutError, WebSocketException, httpx.HTTPError):
                async for message in opened:
                    if "cursor" in message and "event_id" in message:
                        self.log.told.append(Told(message["cursor"], message["event_id"], message["type"]))
            await asyncio.sleep(AGAIN_S)

    @property
    def _query(self) -> str:
        return "detail=1" if self.log.with_detail else ""

    async def _messages_by_socket(self) -> AsyncIterator[dict[str, Any]]:
        address = f"{self._url.replace('http', 'ws', 1)}/ws/notifications?since={self.log.cursor}&{self._query}"
        try:
            socket = await connect(address, additional_headers=self._headers, open_timeout=10, proxy=None)
        except (InvalidHandshake, InvalidMessage):
            return
        async with socket:
            self.log.connections += 1
            async for text in socket:
                yield json.loads(text)

    async def _messages_by_sse(self) -> AsyncIterator[dict[str, Any]]:
        headers = {**self._headers, "Last-Event-ID": str(self.log.cursor)}
        timeout = httpx.Timeout(10, read=SILENCE_S)
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=timeout, trust_env=False) as http,
            http.stream("GET", f"/api/notifications/stream?{self._query}", headers=headers) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                return
            self.log.connections += 1
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))
