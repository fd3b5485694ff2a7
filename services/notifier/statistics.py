"""How long the units of each stage take and how often they fail, lately: what estimates of the time left stand on."""

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from statistics import median, quantiles
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pydantic import Field
from pymongo.errors import DuplicateKeyError

from schemas import Record, UnitCompleted, UnitFailed
from schemas.base import UtcTime
from talestream.clock import Clock
from talestream.event_log import LoggedEvent
from talestream.log_reading import UNAVAILABLE
from talestream.telemetry import logger

WINDOW = 200
"""Attempts of a stage that count: the latest so many."""
WRITE_S = 3.0
COUNTED = (UnitCompleted.__name__, UnitFailed.__name__)

_log = logger(__name__)


class StageStatistics(Record):
    """A document of ``stage_stats``, whose ``_id`` is the stage."""

    count: int = Field(ge=0, description="Attempts that the figures are of")
    median_s: float | None = Field(description="Of completed units, from claim to result; None: none was completed")
    p90_s: float | None
    failure_rate: float = Field(ge=0, le=1, description="Attempts that failed, of all")
    updated_at: UtcTime


class StageWindow:
    """The latest attempts of one stage. An event that comes twice counts once, in whatever order they come."""

    def __init__(self) -> None:
        self._attempts: deque[tuple[str, float | None]] = deque(maxlen=WINDOW)

    def add(self, event_id: str, duration_s: float | None) -> bool:
        """Count an attempt; ``duration_s`` is None when it failed. False when it is counted already."""
        if any(event_id == known for known, _ in self._attempts):
            return False
        self._attempts.append((event_id, duration_s))
        return True

    def summary(self, now: datetime) -> StageStatistics:
        """The figures of what is in the window."""
        durations = [duration for _, duration in self._attempts if duration is not None]
        count = len(self._attempts)
        return StageStatistics(
            count=count,
            median_s=round(median(durations), 3) if durations else None,
            p90_s=round(_p90(durations), 3) if durations else None,
            failure_rate=round((count - len(durations)) / count, 4) if count else 0.0,
            updated_at=now,
        )


class Statistics:
    """The windows of all stages and their documents in ``stage_stats``.

    Every replica sees every event, so each keeps the same windows and writes the same figures: no replica depends on
    another, and writing twice does no harm.
    """

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]], clock: Clock) -> None:
        self._collection = database["stage_stats"]
        self._clock = clock
        self._windows: dict[str, StageWindow] = {}
        self._changed: set[str] = set()

    def count(self, logged: LoggedEvent) -> None:
        """Count what an event says of an attempt, if it says anything."""
        if logged.type not in COUNTED:
            return
        match logged.event:
            case UnitCompleted(is_reused=True):
                return  # it says nothing of how long the work takes
            case UnitCompleted(stage=stage, duration_s=duration_s):
                self._add(stage, logged.id, duration_s)
            case UnitFailed(stage=stage):
                self._add(stage, logged.id, None)

    def count_all(self, history: Iterable[LoggedEvent]) -> None:
        """Count the events of a while, the oldest first."""
        for logged in history:
            self.count(logged)

    async def write_changes(self) -> None:
        """Write the figures that have changed since the last time, every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_S)
            try:
                await self.flush()
            except UNAVAILABLE as error:
                _log.warning("the statistics will be written later", reason=repr(error))

    async def flush(self) -> None:
        """Write the figures that have changed."""
        for stage in sorted(self._changed):
            figures = self._windows[stage].summary(self._clock.now()).model_dump()
            self._changed.discard(stage)
            try:
                await self._write(stage, figures)
            except BaseException:
                self._changed.add(stage)
                raise

    async def _write(self, stage: str, figures: dict[str, Any]) -> None:
        while True:
            written = await self._collection.update_one({"_id": stage}, {"$set": figures})
            if written.matched_count:
                return
            try:
                await self._collection.insert_one({"_id": stage, **figures})
            except DuplicateKeyError:
                continue
            return

    def _add(self, stage: str, event_id: str, duration_s: float | None) -> None:
        if self._windows.setdefault(stage, StageWindow()).add(event_id, duration_s):
            self._changed.add(stage)


def _p90(values: list[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else values[0]
