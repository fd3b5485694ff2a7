"""Reading the durable event log behind a cursor: in order, none missing and none twice, or saying what is gone."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
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
    """Every durable event, numbered by owner without gaps from 1. :class:`talestream.event_log.EventLog` is one."""

    async def after(self, owner: str, cursor: int, limit: int = PAGE) -> list[LoggedEvent]:
        """The owner's next events behind ``cursor``, in order, at most ``limit``."""
        ...

    async def last(self, owner: str) -> int:
        """The number of the owner's last event; 0 when there is none."""
        ...

    async def floor(self, owner: str) -> int:
        """The number of the owner's oldest event that is kept."""
        ...


class Gap(StrEnum):
    """Why a reader cannot go on where it left off."""

    TOO_OLD = "cursor_too_old"
    """Events behind its cursor are no longer kept."""
    UNKNOWN = "cursor_unknown"
    """Its cursor was never given by this log: it is of a database that was lost, or set back to a backup."""


@dataclass(frozen=True)
class Interruption:
    """A reader asked for what is behind ``asked`` and goes on behind ``cursor`` instead."""

    gap: Gap
    asked: int
    cursor: int


@dataclass(frozen=True)
class Stretch:
    """What follows a cursor: at most :data:`PAGE` events, none when there is none yet; maybe after an interruption."""

    events: Sequence[LoggedEvent]
    interruption: Interruption | None = None


async def read_on(log: Log, owner: str, cursor: int) -> Stretch:
    """What follows the owner's cursor. The event at the cursor is read again, as the proof that there was one.

    A database may show n + 1 to a scan that had passed the place of n a moment before n was written. The part in front
    of such a hole is returned; a hole at the very start is looked at again. One that stays, above the floor of the log,
    is what somebody has deleted by hand, and interrupts as well.
    """
    for turn in range(_HOLE_TRIES):
        page = await log.after(owner, cursor - 1, PAGE + 1) if cursor else await log.after(owner, 0, PAGE)
        is_known = bool(page) and page[0].sequence == cursor
        page = page[is_known:]
        whole = _up_to_hole(page, cursor)
        if whole or (is_known and not page):
            return Stretch(whole)
        if not is_known:
            floor, last = await log.floor(owner), await log.last(owner)
            if cursor > last:
                return Stretch((), Interruption(Gap.UNKNOWN, cursor, last))
            if floor > cursor + 1:
                kept = await log.after(owner, floor - 1, PAGE)
                return Stretch(_up_to_hole(kept, floor - 1), Interruption(Gap.TOO_OLD, cursor, floor - 1))
            if cursor == last:
                return Stretch(())
        await asyncio.sleep(_HOLE_WAIT_S * turn)
    if not page:
        return Stretch(())
    _log.warning("events are missing in the log", owner=owner, after=cursor, next=page[0].sequence)
    before = page[0].sequence - 1
    return Stretch(_up_to_hole(page, before), Interruption(Gap.TOO_OLD, cursor, before))


def _up_to_hole(page: Sequence[LoggedEvent], cursor: int) -> list[LoggedEvent]:
    return [event for place, event in enumerate(page, cursor + 1) if event.sequence == place]
