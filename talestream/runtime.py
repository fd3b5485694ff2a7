"""What every service opens at its start and closes at its end: the one place where the parts are put together."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import PyMongoError

from schemas import Task
from talestream.blobs import Blobs
from talestream.bus import Broker
from talestream.clock import Clock, SystemClock
from talestream.event_log import EventLog
from talestream.health import Checks
from talestream.janitor import Janitor
from talestream.outbox import Relay
from talestream.results import Results
from talestream.scheduler import Scheduler
from talestream.settings import Settings
from talestream.store import TaskStore
from talestream.task_documents import Document
from talestream.telemetry import configure_logging, logger

RELAY_PATIENCE_S = 1.0
"""How long the relay waits for the object store at a time: it keeps what it could not do, and others wait behind it."""

T = TypeVar("T")


@dataclass
class Runtime:
    """The open connections of one process."""

    service: str
    worker: str
    """This process's name among all: service, host, process id and a random part."""
    settings: Settings
    clock: Clock
    database: AsyncIOMotorDatabase[Document]
    tasks: TaskStore
    events: EventLog
    results: Results
    blobs: Blobs
    broker: Broker
    relay: Relay
    scheduler: Scheduler
    log: structlog.stdlib.BoundLogger

    @classmethod
    @asynccontextmanager
    async def open(cls, service: str, settings: Settings, clock: Clock | None = None) -> AsyncIterator["Runtime"]:
        """Connect to broker, database and object store, waiting for each as long as it takes."""
        configure_logging(service, settings)
        clock = clock or SystemClock()
        log = logger(f"talestream.{service}")
        worker = f"{service}@{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            settings.mongo.uri.get_secret_value(),
            tz_aware=True,
            serverSelectionTimeoutMS=5000,
            connectTimeoutMS=5000,
            socketTimeoutMS=20_000,
            appname=f"talestream-{service}",
        )
        database = client[settings.mongo.database]
        tasks, events = TaskStore(database), EventLog(database)
        results = Results(database, clock, settings.results.keep_s)
        blobs = Blobs(settings.objects, clock)
        broker = Broker(settings.kafka, service, clock)
        hasty = Blobs(settings.objects, clock, patience_s=RELAY_PATIENCE_S)
        relay = Relay(tasks, events, hasty, broker, database, clock, worker)
        scheduler = Scheduler(tasks, settings.admission, clock)
        tasks.on_commit = partial(_committed, relay, scheduler)
        relay.sweeper.on_sweep = scheduler.admit_waiting
        relay.publisher.on_purge = results.forget
        janitor = Janitor(events, settings.events, clock, lambda: relay.sweeper.is_leader)
        runtime = cls(
            service, worker, settings, clock, database, tasks, events, results, blobs, broker, relay, scheduler, log
        )
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(broker.start())
                group.create_task(blobs.prepare())
                group.create_task(runtime._prepare_database())
            await relay.start()
            janitor.start()
            log.info("connected", worker=worker, broker=broker.incarnation)
            yield runtime
        finally:
            await scheduler.stop()
            await janitor.stop()
            await results.stop()
            await relay.stop()
            await broker.stop()
            client.close()

    async def readiness(self) -> Checks:
        """Whether broker, database and object store answer now, and what broke off the last sweep."""
        database, objects = await asyncio.gather(self._database_answers(), self.blobs.is_ready())
        return {
            "broker": self.broker.is_ready(),
            "database": database,
            "objects": objects,
            "relay": self.relay.sweeper.trouble or True,
        }

    async def patiently(self, write: Callable[[], Awaitable[T]]) -> T:
        """Repeat a write while the database is away: what it records must not be lost for that."""
        delay_s = 0.2
        while True:
            try:
                return await write()
            except PyMongoError as error:
                self.log.warning("waiting for the database", reason=type(error).__name__)
                await self.clock.sleep(delay_s)
                delay_s = min(5.0, delay_s * 2)

    async def _database_answers(self) -> bool:
        try:
            await asyncio.wait_for(self.database.command("ping"), 2)
        except (PyMongoError, TimeoutError):
            return False
        return True

    async def _prepare_database(self) -> None:
        while True:
            try:
                await self.tasks.prepare()
                await self.events.prepare()
                await self.results.prepare()
            except PyMongoError as error:
                self.log.info("waiting for the database", reason=type(error).__name__)
                await self.clock.sleep(0.3)
            else:
                return


def _committed(relay: Relay, scheduler: Scheduler, task: Task, keys: frozenset[str]) -> None:
    """What this process committed is published, and whoever may be admitted after it is."""
    relay.nudge(task, keys)
    scheduler.nudge(task)


def graceful(config: dict[str, Any]) -> dict[str, Any]:
    """Settings of uvicorn that every service shares: connections are closed within seconds, and no address is logged.

    Below WARNING uvicorn logs each WebSocket with its whole URL, and there the access token.
    """
    return {"log_config": None, "access_log": False, "log_level": "warning", "timeout_graceful_shutdown": 5, **config}
