"""The notifier put together: what runs in it, and its routes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from services.notifier import sse, websocket
from services.notifier.fanout import LiveFeed
from services.notifier.hub import Hub
from services.notifier.redis_channel import RedisChannel
from services.notifier.statistics import COUNTED, Statistics
from services.notifier.subscription import Happening
from talestream.auth import AccessTokens
from talestream.event_log import LoggedEvent
from talestream.health import Checks, health_routes
from talestream.log_reading import UNAVAILABLE
from talestream.runtime import Runtime
from talestream.snapshot import Snapshots
from talestream.telemetry import logger

HISTORY = 2000
"""Events from which the statistics are rebuilt at the start."""

_log = logger(__name__)


class Notifier:
    """The parts of one notifier process, from which its routes serve."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self.heartbeat_s = settings.notifier.heartbeat_s
        self.tokens = AccessTokens(settings.auth)
        snapshots = Snapshots(runtime.tasks, runtime.events, runtime.clock)
        self.hub = Hub(runtime.events, snapshots.of, settings.notifier.queue_size)
        self.statistics = Statistics(runtime.database, runtime.clock)
        self._runtime = runtime
        self._redis = (
            RedisChannel(settings.redis_url.get_secret_value(), runtime.events) if settings.redis_url else None
        )
        replica = runtime.worker.rpartition(":")[2]
        self._live = LiveFeed(settings.kafka, replica, self.receive, self._notice)

    def receive(self, item: Happening) -> None:
        """Take an event from the events topic to all who need it."""
        self.hub.deliver(item)
        if isinstance(item, LoggedEvent):
            self.statistics.count(item)
            if self._redis:
                self._redis.deliver(item)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that runs beside the routes. They can be served at once: the log alone is enough for them."""
        self._runtime.broker.on_new_incarnation(self._live.renew)
        work: list[Callable[[], Coroutine[Any, Any, None]]] = [
            self._live.run,
            self.hub.watch_log,
            self._keep_statistics,
        ]
        if self._redis:
            work.append(self._redis.run)
        tasks = [asyncio.create_task(part(), name=part.__qualname__) for part in work]
        for task in tasks:
            task.add_done_callback(_report)
        try:
            yield
        finally:
            self.hub.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def readiness(self) -> Checks:
        """What the streams cannot do without: the database. A broker that is away only makes them slower."""
        return {"database": (await self._runtime.readiness())["database"]}

    def _notice(self, is_up: bool) -> None:
        self.hub.is_deaf = not is_up
        _log.info("the live feed is up" if is_up else "the live feed is down; streams are fed from the log")

    async def _keep_statistics(self) -> None:
        while True:
            try:
                self.statistics.count_all(await self._runtime.events.latest(COUNTED, HISTORY))
                break
            except UNAVAILABLE as error:
                _log.warning("the statistics wait for the log", reason=repr(error))
                await asyncio.sleep(1)
        await self.statistics.write_changes()


def create_app(notifier: Notifier) -> Starlette:
    """The routes of the notifier. Streams have no schemas: Starlette does without FastAPI."""

    async def notifications(connection: WebSocket) -> None:
        await websocket.notifications(connection, notifier.hub, notifier.tokens)

    async def stream(request: Request) -> Response:
        return await sse.stream(request, notifier.hub, notifier.tokens, notifier.heartbeat_s)

    return Starlette(
        routes=[
            *health_routes("notifier", notifier.readiness),
            WebSocketRoute("/ws/notifications", notifications),
            Route("/api/notifications/stream", stream),
        ]
    )


def _report(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("a part of the notifier ended", part=task.get_name(), exc_info=error)
