"""One client's view of its owner's events: first the log from the client's cursor on, then what happens."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, Self, TypeAlias

from schemas import UnitProgressed
from talestream.event_log import LoggedEvent
from talestream.log_reading import UNAVAILABLE, Gap, Interruption, Log, read_on
from talestream.snapshot import Snapshot

RETRY_S = 1.0
"""How long a client that is catching up waits for a log that cannot be read."""
AHEAD_S = 0.02
"""The same when an event came by Kafka while the log, a moment before it, was read to its end."""


@dataclass(frozen=True)
class Progress:
    """How far a unit is. It stands in no log: passed on to those who are there, and worth nothing later."""

    event: UnitProgressed
    time: datetime


Happening: TypeAlias = LoggedEvent | Progress
"""What comes while a client listens."""
Item: TypeAlias = Happening | Interruption | Snapshot
"""What a client is handed."""


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

    What is missing because it is no longer kept is said to be, by an :class:`~talestream.log_reading.Interruption`. A
    client that wants snapshots gets one wherever there is no cursor to go on from: at first, or after an interruption.
    """

    def __init__(
        self,
        source: Source,
        log: Log,
        owner: str,
        cursor: int,
        *,
        with_progress: bool,
        limit: int,
        snap: Callable[[str], Awaitable[Snapshot]] | None = None,
    ) -> None:
        """``snap`` takes a snapshot of an owner's tasks; None: this client wants none."""
        self.owner = owner
        self.cursor = cursor
        """The last event that was handed to the client."""
        self.end: End | None = None
        self.ended = asyncio.Event()
        self._source = source
        self._log = log
        self._with_progress = with_progress
        self._limit = limit
        self._snap = snap
        self._lacks_snapshot = False
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

    def begin_anew(self) -> None:
        """The client came without a cursor."""
        self._lacks_snapshot = self._snap is not None

    def interrupt(self, interruption: Interruption) -> None:
        """The client's cursor leads nowhere: tell it, and go on from another."""
        self._tail = interruption.cursor
        self._waiting.append(interruption)
        self.begin_anew()

    def offer(self, item: Happening | Interruption) -> None:
        """Hand over what has just happened; the source does so in order. What the log already gave is left out."""
        if isinstance(item, Progress):
            if self._with_progress and len(self._waiting) < self._limit // 2:
                self._put(item)
        elif isinstance(item, Interruption):
            if item.gap is Gap.UNKNOWN or item.cursor > self._tail:
                self.interrupt(item)
                self._is_live = not self._lacks_snapshot
                self._wake.set()
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
            if self._snap is not None and self._lacks_snapshot:
                snapshot = await self._snap(self.owner)
                self._lacks_snapshot = False
                self._tail = snapshot.cursor
                self._waiting.append(snapshot)
                return
            stretch = await read_on(self._log, self.owner, self._tail)
        except UNAVAILABLE:
            await asyncio.sleep(RETRY_S)
            return
        if stretch.interruption is not None:
            self.interrupt(stretch.interruption)
        elif stretch.events:
            self._tail = stretch.events[-1].sequence
            self._waiting.extend(stretch.events)
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
        elif not isinstance(item, Progress):
            self.cursor = item.cursor
        return item
