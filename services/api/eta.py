"""When a task will be finished, from how long its stages took lately.

The notifier keeps the collection ``stage_stats``, a document a stage: ``_id`` (its name), ``median_s``, ``p90_s``,
``failure_rate``, ``count``. They change slowly, so a process reads them every few seconds at most.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase

from schemas import StageState, StageStatus, Task, TaskState
from talestream import rules

FRESH_S = 5.0


class StageStatistics:
    """The latest median duration of each stage in seconds, as far as known."""

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


def eta_s(task: Task, medians: Mapping[str, float]) -> float | None:
    """Seconds until everything that was ordered is finished: the longest way through the graph.

    None when nothing runs, or when a stage on the way has not been seen to finish yet.
    """
    if task.state is not TaskState.RUNNING:
        return None
    ends: dict[str, float] = {}
    for spec in task.workflow.stages:
        status = task.stages[spec.name]
        if status.state is StageState.COMPLETED:
            ends[spec.name] = 0.0
        elif status.execution_id is None or status.state is StageState.FAILED:
            continue
        elif all(need in ends for need in spec.needs):
            if spec.name not in medians:
                return None
            start = max((ends[need] for need in spec.needs), default=0.0)
            ends[spec.name] = start + medians[spec.name] * _left(status)
    return round(max(ends.values()), 1) if ends else None


def _left(status: StageStatus) -> float:
    return 1.0 - rules.stage_progress(status)
