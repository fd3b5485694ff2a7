"""When a task will be finished, from how long the units of its stages took lately.

The notifier keeps the collection ``stage_stats``, a document a stage: ``_id`` (its name) and ``median_s``, from claim
to result of a unit, among others. They change slowly, so a process reads them every few seconds at most.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from schemas import Request, StageState, Task, TaskState, UnitState
from talestream.admission import Place

FRESH_S = 5.0


class StageStatistics:
    """The latest median duration of a unit of each stage in seconds, as far as known."""

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]]) -> None:
        self._collection = database["stage_stats"]
        self._medians: Mapping[str, float] = {}
        self._read_at = float("-inf")

    async def medians(self) -> Mapping[str, float]:
        """By stage; not older than :data:`FRESH_S`."""
        now = asyncio.get_running_loop().time()
        if now - self._read_at > FRESH_S:
            self._read_at = now
            found = self._collection.find({"median_s": {"$gt": 0}}, {"median_s": 1})
            self._medians = {document["_id"]: float(document["median_s"]) async for document in found}
        return self._medians


def eta_s(task: Task, medians: Mapping[str, float], place: Place | None = None) -> float | None:
    """Seconds until everything that was ordered, and not cancelled, is finished: the longest way through the graph.

    As many units of a stage are taken to run side by side as do now, in a stage that has not started one. Where the
    task waits for its turn at ``place``, those before it are taken to be like it. None when nothing was ordered, or
    when no unit of a stage on the way has been seen to finish yet.
    """
    if task.state is not TaskState.RUNNING and place is None:
        return None
    work_s = _work_s(task, medians)
    if work_s is None:
        return None
    return round(work_s * (1 + place.position / place.side_by_side if place else 1), 1)


def _work_s(task: Task, medians: Mapping[str, float]) -> float | None:
    """Seconds of work that are left, without the wait."""
    ends: dict[str, float] = {}
    for spec in task.workflow.stages:
        status = task.stages[spec.name]
        if status.state is StageState.COMPLETED:
            ends[spec.name] = 0.0
            continue
        is_off = status.execution_id is None or status.state in {StageState.FAILED, StageState.CANCELLED}
        if is_off or not {*spec.needs, *spec.follows} <= set(ends):
            continue
        if spec.name not in medians:
            return None
        start = max((ends[need] for need in spec.needs), default=0.0)
        last_page = max((ends[name] for name in spec.follows), default=0.0) + medians[spec.name]
        work = start + medians[spec.name] * _units_left(task, spec.name)
        ends[spec.name] = max(work, last_page) if spec.follows else work
    return max(ends.values(), default=None)


def _units_left(task: Task, stage: str) -> float:
    """How many unit durations the stage still takes."""
    units = task.stages[stage].units.values()
    if not units:
        is_by_page = Request.registry[stage].unit == "page"
        return float(task.input.page_count) if is_by_page and task.input else 1.0
    side_by_side = max(1, sum(unit.state is UnitState.RUNNING for unit in units))
    left = [1.0 - unit.progress for unit in units if unit.state in {UnitState.QUEUED, UnitState.RUNNING}]
    return max([sum(left) / side_by_side, *left], default=0.0)
