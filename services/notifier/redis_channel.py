"""The Redis channel ``user:<id>``: the messages of the WebSocket, for back ends that subscribe to Redis.

Several replicas see each event, and each message must go out once and in order. So the cursor of every channel is in
Redis itself, and one script moves it and publishes: whichever replica comes first publishes, the others find the cursor
moved. What is published is read from the log behind that cursor, so that nothing is left out when Kafka lost an event
or Redis was away. A channel without a cursor starts with what happened in the last seconds, because events of several
tasks come by several partitions, the later one first perhaps.

Not chosen: a consumer group shared by the replicas. It delivers again after a rebalance, and Faust drops what was being
published when a replica stopped.
"""

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import redis.asyncio as redis
from redis.exceptions import RedisError

from services.notifier.message import told
from talestream.cloud_events import json_bytes
from talestream.event_log import LoggedEvent
from talestream.log_reading import PAGE, UNAVAILABLE, Log, read_on
from talestream.metrics import EVENTS_FANNED_OUT
from talestream.telemetry import logger

CURSOR_TTL_S = 30 * 24 * 3600
LOOK_AGAIN_S = 5.0
"""How often the log is read for owners of late events, in case that Kafka lost one."""
LATE_S = 120.0
FRESH_S = 10.0
"""How far back a channel without a cursor starts."""
RETRY_S = 2.0
MOST_OWNERS = 10_000
"""Owners who are remembered at a time; the longest silent one is forgotten first."""

_PUBLISH = """
local last = redis.call('GET', KEYS[1])
if last and tonumber(ARGV[1]) <= tonumber(last) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[3], ARGV[4]) end
return 1
"""
_TRANSPORT = "redis"
_USER = "user:"
_log = logger(__name__)


class RedisChannel:
    """Publishes users' notifications. Whatever Redis does, it disturbs nobody else."""

    def __init__(self, url: str, log: Log) -> None:
        self._redis: redis.Redis = redis.Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=15
        )
        self._publish = self._redis.register_script(_PUBLISH)
        self._log = log
        self._due: OrderedDict[str, int] = OrderedDict()
        """Owners who have something new, each with the cursor to start from if its channel has none."""
        self._late: OrderedDict[str, tuple[float, int]] = OrderedDict()
        """Owners of late events, each with the time and number of the last."""
        self._wake = asyncio.Event()

    def deliver(self, logged: LoggedEvent) -> None:
        """Note that this event's owner has something new."""
        if logged.owner.startswith(_USER):
            self._note(logged.owner, logged.sequence - 1)
            self._late[logged.owner] = (time.monotonic(), logged.sequence)
            self._late.move_to_end(logged.owner)
            if len(self._late) > MOST_OWNERS:
                self._late.popitem(last=False)

    async def run(self) -> None:
        """Publish until cancelled."""
        looking = asyncio.create_task(self._look_again(), name="redis-look-again")
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._publish_due()
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            with suppress(RedisError, OSError):
                await self._redis.aclose()

    async def _publish_due(self) -> None:
        while self._due:
            owner, start = self._due.popitem(last=False)
            try:
                await self._publish_new(owner, start)
            except (RedisError, *UNAVAILABLE) as error:
                self._note(owner, start)
                _log.warning("the Redis channel will be served later", reason=repr(error))
                await asyncio.sleep(RETRY_S)

    async def _publish_new(self, owner: str, start: int) -> None:
        key = f"talestream:cursor:{owner}"
        known = await self._redis.get(key)
        cursor = await self._first_cursor(owner, start) if known is None else int(known)
        while True:
            stretch = await read_on(self._log, owner, cursor)
            if stretch.interruption is not None:
                cursor = stretch.interruption.cursor
                _log.warning("a Redis channel goes on behind events that are gone", owner=owner, cursor=cursor)
            for event in stretch.events:
                message = told(event, with_detail=False)
                text = b"" if message is None else json_bytes(message)
                is_first = await self._publish(keys=[key], args=[event.sequence, CURSOR_TTL_S, owner, text])
                if is_first and text:
                    EVENTS_FANNED_OUT.labels(_TRANSPORT).inc()
            if not stretch.events:
                return
            cursor = stretch.events[-1].sequence

    async def _first_cursor(self, owner: str, start: int) -> int:
        """Where a channel starts that has no cursor: at ``start``, or before it when more has only just happened."""
        since = datetime.now(UTC) - timedelta(seconds=FRESH_S)
        before = await self._log.after(owner, max(0, start - PAGE), PAGE)
        fresh = (event.sequence - 1 for event in before if event.time >= since)
        return min(start, next(fresh, start))

    async def _look_again(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN_S)
            horizon = time.monotonic() - LATE_S
            while self._late and next(iter(self._late.values()))[0] < horizon:
                self._late.popitem(last=False)
            for owner, (_, sequence) in self._late.items():
                self._note(owner, sequence)

    def _note(self, owner: str, start: int) -> None:
        self._due[owner] = min(start, self._due.get(owner, start))
        self._wake.set()
