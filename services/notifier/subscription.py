"""One client's view of its owner's events: first the log from the client's cursor on, then what happens."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, Self, TypeAlias

from schemas import UnitProgressed
from services.notifier.log import UNAVAILABLE, Log, read_on
from talestream.event_log import LoggedEvent

RETRY_S = 1.0
"""How long a client that is catching up waits for a log that cannot be read."""
AHEAD_S = 0.02
"""The same when an event came by Kafka while the log, a moment before it, was read to its end."""


@dataclass(frozen=True)
class Progress:
    """How far a unit is. It stands in no log: passed on to those who are there, and worth nothing later."""

    event: UnitProgressed
    time: datetime


Item: TypeAlias = LoggedEvent | Progress


class End(Enum):
    """Why a stream ended. The client loses nothing either way: it resumes by its cursor."""

    TOO_SLOW = "too slow"
    CLOSING = "the service is closing"


class Source(Protocol):
    """Where a subscription that has caught up gets its items."""

    @property
    def cursor(self) -> int:
        """The number up to which events were passed on."""
        ...

    def attach(self, subscription: "Subscription") -> None:
        """Pass on to ``subscription`` what comes from now on."""
        ...


class Subscription:
    """An endless iterator over an owner's events behind a cursor: in order, none missing, none twice.

    While it catches up, it reads the log page by page as fast as its client takes it. Then it is handed what happens,
    and at most ``limit`` items wait for the client: progress is left out first, and a client that leaves that many
    events waiting is dropped.
    """

    def __init__(self, source: Source, log: Log, owner: str, cursor: int, *, with_progress: bool, limit: int) -> None:
        self.owner = owner
        self.cursor = cursor
        """The last event that was handed to the client."""
        self.end: End | None = None
        self.ended = asyncio.Event()
        self._source = source
        self._log = log
        self._with_progress = with_progress
        self._limit = limit
        self._tail = cursor
        self._waiting: deque[Item] = deque()
        self._is_live = False
        self._wake = asyncio.Event()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        """The next item. May be cancelled at any time without losing one."""
        while self.end is None:
            if self._waiting:
                return self._take()
            if self._is_live:
                self._wake.clear()
                await self._wake.wait()
            else:
                await self._catch_up()
        raise StopAsyncIteration

    def offer(self, item: Item) -> None:
        """Hand over what has just happened; the source does so in order. What the log already gave is left out."""
        if isinstance(item, Progress):
            if self._with_progress and len(self._waiting) < self._limit // 2:
                self._put(item)
        elif item.sequence > self._tail:
            if len(self._waiting) >= self._limit:
                self.stop(End.TOO_SLOW)
            else:
                self._tail = item.sequence
                self._put(item)

    def stop(self, reason: End) -> None:
        """End the stream and let go of what waits."""
        if self.end is None:
            self.end = reason
            self._waiting.clear()
            self._wake.set()
            self.ended.set()

    async def _catch_up(self) -> None:
        """Read the next page of the log, or go live when there is none and the source is not ahead."""
        try:
            page = await read_on(self._log, self.owner, self._tail)
        except UNAVAILABLE:
            await asyncio.sleep(RETRY_S)
            return
        if page:
            self._tail = page[-1].sequence
            self._waiting.extend(page)
        elif self._tail >= self._source.cursor:
            self._is_live = True
            self._source.attach(self)
        else:
            await asyncio.sleep(AHEAD_S)

    def _put(self, item: Item) -> None:
        self._waiting.append(item)
        self._wake.set()

    def _take(self) -> Item:
        item = self._waiting.popleft()
        if isinstance(item, LoggedEvent):
            self.cursor = item.sequence
        return item
