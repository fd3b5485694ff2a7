"""One owner's events in order, put together from what Kafka brings and what the log keeps."""

from services.notifier.subscription import Happening, Progress, Subscription
from talestream.event_log import LoggedEvent
from talestream.log_reading import Interruption, Log, read_on
from talestream.metrics import EVENTS_RECOVERED


class Feed:
    """The tail of one owner's log, for all of its clients that have caught up.

    Kafka may lose, repeat and reorder. The next number is passed on, an old one is dropped, and a number too high means
    that something is missing, which is then read from the log: every event is there before it is published.
    """

    def __init__(self, log: Log, owner: str, cursor: int) -> None:
        self.owner = owner
        self.cursor = cursor
        self.users = 0
        """Subscriptions that need this feed, those too that are still catching up."""
        self._log = log
        self._live: set[Subscription] = set()
        self._heard_of = cursor

    def attach(self, subscription: Subscription) -> None:
        """Pass on to ``subscription`` what comes from now on."""
        self._live.add(subscription)

    def detach(self, subscription: Subscription) -> None:
        """Pass nothing more on to ``subscription``."""
        self._live.discard(subscription)

    def offer(self, item: Happening) -> bool:
        """Take what Kafka brought. False when something before it is missing: then :meth:`fill` must follow."""
        if isinstance(item, Progress):
            self._pass_on(item)
        elif item.sequence == self.cursor + 1:
            self._advance(item)
        elif item.sequence > self.cursor:
            self._heard_of = max(self._heard_of, item.sequence)
            return False
        return True

    async def fill(self) -> None:
        """Pass on everything that the log has beyond the cursor. Events that come meanwhile are passed on only once."""
        while True:
            heard_of = self._heard_of
            stretch = await read_on(self._log, self.owner, self.cursor)
            if stretch.interruption is not None and stretch.interruption.asked == self.cursor:
                self.cursor = stretch.interruption.cursor
                self._pass_on(stretch.interruption)
            for event in stretch.events:
                if event.sequence > self.cursor:
                    EVENTS_RECOVERED.inc()
                    self._advance(event)
            if not stretch.events and heard_of == self._heard_of:
                return

    def _advance(self, event: LoggedEvent) -> None:
        self.cursor = event.sequence
        self._pass_on(event)

    def _pass_on(self, item: Happening | Interruption) -> None:
        for subscription in tuple(self._live):
            subscription.offer(item)
