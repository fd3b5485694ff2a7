"""What the tests of the notifier share: a publisher that can misbehave as Kafka may, and clients of both kinds."""

import asyncio
import json
import random
import socket
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self

import httpx
from aiokafka.errors import KafkaError
from motor.motor_asyncio import AsyncIOMotorClient
from websockets.asyncio.client import ClientConnection, connect

from schemas import EVENTS_TOPIC, Event, OutboxEntry
from services.notifier.__main__ import serve
from talestream.auth import AccessTokens
from talestream.bus import Broker
from talestream.clock import SystemClock
from talestream.cloud_events import encode
from talestream.event_log import EventLog, LoggedEvent
from talestream.settings import Settings

PATIENCE_S = 30.0
"""How long a test waits for what must happen; far above what it takes."""


def notifier_settings(settings: Settings, **changes: Any) -> Settings:
    """``settings`` for one more notifier, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return settings.model_copy(
        update={"notifier": settings.notifier.model_copy(update={"host": "127.0.0.1", "port": port, **changes})}
    )


@asynccontextmanager
async def running_notifier(configured: Settings) -> AsyncIterator["NotifierClient"]:
    """A notifier of this process, ready, with its events topic followed."""
    serving = asyncio.create_task(serve(configured))
    client = NotifierClient(configured)
    try:
        await client.until_metric("talestream_live_feed_up", 1.0, serving)
        yield client
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


class NotifierClient:
    """Connects to a notifier as a given user."""

    def __init__(self, configured: Settings) -> None:
        self.place = f"127.0.0.1:{configured.notifier.port}"
        self._tokens = AccessTokens(configured.auth)

    def token(self, user: int) -> str:
        return self._tokens.issue(user, SystemClock().now())

    def websocket(self, user: int, query: str = "") -> connect:
        return connect(f"ws://{self.place}/ws/notifications?token={self.token(user)}&{query}")

    @asynccontextmanager
    async def events(
        self, user: int, query: str = "", headers: dict[str, str] | None = None
    ) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """A stream of server-sent events, open from the moment at which the block is entered."""
        url = f"http://{self.place}/api/notifications/stream?{query}"
        authorization = {"Authorization": f"Bearer {self.token(user)}"}
        async with (
            httpx.AsyncClient(timeout=PATIENCE_S) as client,
            client.stream("GET", url, headers={**authorization, **(headers or {})}) as response,
        ):
            assert response.status_code == 200
            yield _events(response)

    async def metrics(self) -> dict[str, float]:
        async with httpx.AsyncClient() as client:
            lines = (await client.get(f"http://{self.place}/metrics")).text.splitlines()
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}

    async def until_metric(self, name: str, value: float, serving: "asyncio.Task[None] | None" = None) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if serving is not None and serving.done():
                    serving.result()
                with suppress(httpx.TransportError):
                    if (await self.metrics()).get(name) == value:
                        return
                await asyncio.sleep(0.05)


class Publisher:
    """Logs events of one user and brings them to Kafka, or forgets to."""

    def __init__(self, configured: Settings, user: int) -> None:
        self.owner = f"user:{user}"
        self._client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
            configured.mongo.uri.get_secret_value(), tz_aware=True
        )
        self.database = self._client[configured.mongo.database]
        self.log = EventLog(self.database)
        self.broker = Broker(configured.kafka, "test", SystemClock())

    async def __aenter__(self) -> Self:
        await self.broker.start()
        await self.log.prepare()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.broker.stop()
        self._client.close()

    async def record(self, event: Event) -> LoggedEvent:
        """Write the event to the log alone."""
        entry = OutboxEntry(
            id=uuid.uuid4().hex,
            type=type(event).__name__,
            topic=EVENTS_TOPIC,
            key=str(event.task_id),
            data=event.model_dump(mode="json"),
            not_before=SystemClock().now(),
        )
        return (await self.log.append([entry]))[0]

    async def send(self, logged: LoggedEvent) -> None:
        """Bring a logged event to Kafka, as the relay does: again, when the broker fails or forgets its topics."""
        entry = OutboxEntry(
            id=logged.id,
            type=logged.type,
            topic=EVENTS_TOPIC,
            key=str(logged.task_id),
            data=logged.data,
            not_before=logged.time,
        )
        value, headers = encode(entry, "test", logged.time, logged.sequence)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await (await self.broker.send(EVENTS_TOPIC, entry.key.encode(), value, headers))
                except (KafkaError, OSError):
                    await asyncio.sleep(0.1)
                else:
                    return

    async def publish(self, *events: Event) -> list[LoggedEvent]:
        """Log the events and bring them to Kafka."""
        logged = [await self.record(event) for event in events]
        for found in logged:
            await self.send(found)
        return logged

    async def publish_unreliably(self, events: Sequence[Event], chance: random.Random) -> list[LoggedEvent]:
        """Log the events in order; lose a fifth of them on the way to Kafka, repeat a third, mix up neighbours."""
        logged = [await self.record(event) for event in events]
        brought = [found for found in logged if chance.random() > 0.2]
        brought += [found for found in brought if chance.random() < 0.33]
        brought.sort(key=lambda found: found.sequence + chance.uniform(-4, 4))
        for found in brought:
            await self.send(found)
        return logged


async def heard(websocket: ClientConnection, count: int) -> list[dict[str, Any]]:
    """The next messages of a WebSocket."""
    async with asyncio.timeout(PATIENCE_S):
        return [json.loads(await websocket.recv()) for _ in range(count)]


async def read(events: AsyncIterator[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The next server-sent events, each as its fields."""
    async with asyncio.timeout(PATIENCE_S):
        return [await anext(events) for _ in range(count)]


async def _events(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    fields: dict[str, Any] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = json.loads(value) if name == "data" else value
        else:
            if "data" in fields:
                yield fields
            fields = {}
