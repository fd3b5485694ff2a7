"""What the notifier needs of the durable event log, and how it reads it without ever seeing a hole."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from pymongo.errors import PyMongoError

from talestream.event_log import LoggedEvent
from talestream.telemetry import logger

PAGE = 200
UNAVAILABLE = (PyMongoError, OSError, TimeoutError)
"""What a read raises while the database is away; the reader tries again later."""

_HOLE_TRIES = 5
_HOLE_WAIT_S = 0.05
_log = logger(__name__)


class Log(Protocol):
    """Every durable event, numbered by owner without gaps from 1. :class:`talestream.store.EventLog` is one."""

    async def after(self, owner: str, cursor: int, limit: int = PAGE) -> list[LoggedEvent]:
        """The owner's next events behind ``cursor``, in order, at most ``limit``."""
        ...

    async def last(self, owner: str) -> int:
        """The number of the owner's last event; 0 when there is none."""
        ...


async def read_on(log: Log, owner: str, cursor: int) -> list[LoggedEvent]:
    """The owner's next events behind ``cursor``, at most :data:`PAGE`; empty when there is none yet.

    A database may show n + 1 to a scan that had passed the place of n a moment before n was written. The part in front
    of such a hole is returned; a hole at the very start is looked at again. One that stays is what an operator has
    deleted, and is stepped over.
    """
    for turn in range(_HOLE_TRIES):
        page = await log.after(owner, cursor, PAGE)
        whole = _up_to_hole(page, cursor)
        if whole or not page:
            return whole
        await asyncio.sleep(_HOLE_WAIT_S * turn)
    _log.warning("events are missing in the log", owner=owner, after=cursor, next=page[0].sequence)
    return _up_to_hole(page, page[0].sequence - 1)


def _up_to_hole(page: Sequence[LoggedEvent], cursor: int) -> list[LoggedEvent]:
    return [event for place, event in enumerate(page, cursor + 1) if event.sequence == place]
