"""Who listens to whom: subscriptions by owner, fed by Kafka and, whatever Kafka does, by the durable log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from services.notifier.feed import Feed
from services.notifier.subscription import End, Happening, Progress, Subscription
from talestream.log_reading import UNAVAILABLE, Gap, Interruption, Log
from talestream.snapshot import Snapshot
from talestream.telemetry import logger

POLL_S = 3.0
"""How often the log is read for clients, in case that Kafka lost an event."""
POLL_WHEN_DEAF_S = 0.5
"""The same while Kafka brings nothing at all."""
_READS_AT_ONCE = 8

_log = logger(__name__)


class Hub:
    """The subscriptions of one process. All methods belong to one event loop."""

    def __init__(self, log: Log, snap: Callable[[str], Awaitable[Snapshot]], queue_size: int) -> None:
        """``snap`` takes a snapshot of an owner's tasks."""
        self.is_deaf = True
        """Whether the events topic is not being followed at the moment."""
        self._log = log
        self._snap = snap
        self._queue_size = queue_size
        self._feeds: dict[str, Feed] = {}
        self._subscriptions: set[Subscription] = set()
        self._filling: dict[Feed, asyncio.Task[None]] = {}
        self._is_closed = False

    @asynccontextmanager
    async def subscribe(
        self, owner: str, since: int | None = None, *, with_progress: bool = False, with_snapshot: bool = False
    ) -> AsyncIterator[Subscription]:
        """An owner's events behind ``since``, or from now on. "Now" is the moment at which the block is entered.

        A cursor from which the log does not go on is answered by an interruption; ``with_snapshot`` by a snapshot, too,
        as is no cursor. Raises what the log raises when it cannot be read.
        """
        last = await self._log.last(owner)
        feed = self._feeds.setdefault(owner, Feed(self._log, owner, last))
        cursor = last if since is None else min(since, last)
        subscription = Subscription(
            feed,
            self._log,
            owner,
            cursor,
            with_progress=with_progress,
            limit=self._queue_size,
            snap=self._snap if with_snapshot else None,
        )
        if since is None:
            subscription.begin_anew()
        elif since > last:
            subscription.interrupt(Interruption(Gap.UNKNOWN, since, last))
        feed.users += 1
        self._subscriptions.add(subscription)
        if self._is_closed:
            subscription.stop(End.CLOSING)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            feed.detach(subscription)
            feed.users -= 1
            if not feed.users:
                self._feeds.pop(owner, None)

    def deliver(self, item: Happening) -> None:
        """Take what Kafka brought: a durable event, or progress."""
        owner = item.event.owner if isinstance(item, Progress) else item.owner
        feed = self._feeds.get(owner)
        if feed is not None and not feed.offer(item):
            self._fill_soon(feed)

    async def watch_log(self) -> None:
        """Read the log for every owner who has clients, again and again, so that a loss in Kafka costs seconds only."""
        gate = asyncio.Semaphore(_READS_AT_ONCE)

        async def look(feed: Feed) -> None:
            async with gate:
                await self._fill(feed)

        while True:
            await asyncio.sleep(POLL_WHEN_DEAF_S if self.is_deaf else POLL_S)
            await asyncio.gather(*(look(feed) for feed in tuple(self._feeds.values())))

    def close(self) -> None:
        """End every stream; clients that come later are told the same."""
        self._is_closed = True
        for subscription in self._subscriptions:
            subscription.stop(End.CLOSING)

    def _fill_soon(self, feed: Feed) -> None:
        """Fill a gap without keeping other owners' events waiting. One reader a feed."""
        if feed in self._filling:
            return

        async def fill() -> None:
            try:
                await self._fill(feed)
            finally:
                del self._filling[feed]

        self._filling[feed] = asyncio.create_task(fill(), name=f"fill {feed.owner}")

    async def _fill(self, feed: Feed) -> None:
        try:
            await feed.fill()
        except UNAVAILABLE as error:
            _log.warning("the log cannot be read; clients wait", owner=feed.owner, reason=repr(error))
