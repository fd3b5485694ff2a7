"""The janitor of the event log: forgets events that are too old, or too many for one owner."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from pymongo.errors import PyMongoError

from talestream.clock import Clock
from talestream.event_log import EventLog
from talestream.metrics import EVENTS_FORGOTTEN
from talestream.settings import EventSettings
from talestream.telemetry import logger

ROUND_S = 600.0
"""How often every owner's log is looked at: one indexed read each, where nothing is to be done."""

_log = logger(__name__)


class Janitor:
    """Trims the event log. Runs in every process and works in the one that leads."""

    def __init__(self, events: EventLog, settings: EventSettings, clock: Clock, leads: Callable[[], bool]) -> None:
        self._events = events
        self._settings = settings
        self._clock = clock
        self._leads = leads
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look after the log."""
        self._running = asyncio.create_task(self._run(), name="janitor")

    async def stop(self) -> None:
        """Stop, in the middle of a round if need be: the next one finds what is left."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def trim(self) -> int:
        """Trim the log of every owner; returns how many events were forgotten."""
        horizon = self._clock.now() - timedelta(days=self._settings.keep_days)
        forgotten = 0
        async for owner in self._events.owners():
            forgotten += await self._events.trim(owner, horizon, self._settings.keep_events)
        EVENTS_FORGOTTEN.inc(forgotten)
        return forgotten

    async def _run(self) -> None:
        while True:
            await self._clock.sleep(ROUND_S)
            if not self._leads():
                continue
            try:
                forgotten = await self.trim()
            except (PyMongoError, OSError, TimeoutError) as error:
                _log.warning("the event log will be trimmed later", reason=repr(error))
            except Exception:
                _log.exception("the event log will be trimmed later")
            else:
                _log.info("the event log was trimmed", forgotten=forgotten)
