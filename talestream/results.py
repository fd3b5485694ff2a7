"""The store of results, by what they were made from: equal work of one owner is not done twice.

Every worker looks here once it has claimed a unit, and tells here what it made. A result is given to its owner alone:
nobody gets anything of somebody else's, or learns from how fast a unit is done that somebody else had it made.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, IndexModel
from pymongo.errors import BulkWriteError, PyMongoError

from schemas import Artifact, Record, Task
from schemas.base import UtcTime
from talestream.bulk_writes import beside_duplicates
from talestream.clock import Clock
from talestream.draft import Ref
from talestream.telemetry import logger

GATHER_S = 0.2
"""How long results are gathered before they are written together."""
SIMULATED = "simulated"
"""The provider of whom stand-ins are asked. Others, and what another made in a provider's stead, are not given to equal
work: their cause may pass.
"""
SHARED_OWNERS = frozenset({"anonymous", "topic"})
"""Owners that stand for many people, of whom nobody is to get anything of another."""

_log = logger(__name__)


class StoredResult(Record):
    """A unit's result with its artifacts, as the task that made it has them."""

    key: str
    task_id: int
    prefix: str
    result: Mapping[str, Any]
    artifacts: tuple[Artifact, ...] = ()
    expires_at: UtcTime


class Results:
    """The results of one system. Writing is best effort and nobody waits for it: what is not here is made again."""

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]], clock: Clock, keep_s: float) -> None:
        """``keep_s`` is how long a result may be given to other units; 0: none is."""
        self._results = database["results"]
        self._clock = clock
        self._keep_s = keep_s
        self._unwritten: dict[str, StoredResult] = {}
        self._writing: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Create the indexes."""
        expiry = IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)
        await self._results.create_indexes([expiry, IndexModel([("task_id", ASCENDING)])])

    async def stop(self) -> None:
        """Write what is not written yet."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._write()

    def key(self, task: Task, ref: Ref, provider: str) -> str | None:
        """The key of what the unit is made from, by this provider, for its owner. None: it is not to be shared."""
        unit = task.stages[ref.stage].units[ref.key]
        if not self._keep_s or unit.inputs_hash is None or unit.job is not None or task.is_direct:
            return None
        scope = f"{task.owner}/{task.id}" if task.owner in SHARED_OWNERS else task.owner
        return hashlib.sha256("\0".join((scope, ref.stage, provider, unit.inputs_hash)).encode()).hexdigest()

    async def find(self, key: str) -> StoredResult | None:
        """The result of equal work, if there is one. None too while the database is away."""
        try:
            found = await self._results.find_one({"_id": key, "expires_at": {"$gt": self._clock.now()}})
        except PyMongoError as error:
            _log.warning("no look at earlier results", reason=type(error).__name__)
            return None
        return StoredResult.model_validate({**found, "key": key}) if found else None

    def keep(self, key: str, task: Task, provider: str, result: Record, artifacts: tuple[Artifact, ...]) -> None:
        """Keep a result for equal work to come. Returns at once."""
        if any(one.instead_of or (one.degraded and provider != SIMULATED) for one in artifacts):
            return
        self._unwritten[key] = StoredResult(
            key=key,
            task_id=task.id,
            prefix=task.prefix,
            result=result.model_dump(mode="json"),
            artifacts=artifacts,
            expires_at=self._clock.now() + timedelta(seconds=self._keep_s),
        )
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon(), name="results")

    async def drop(self, key: str) -> None:
        """Forget a result: its objects are gone."""
        with suppress(PyMongoError):
            await self._results.delete_one({"_id": key})

    async def forget(self, task_id: int) -> None:
        """Forget what a task made."""
        await self._results.delete_many({"task_id": task_id})

    async def _write_soon(self) -> None:
        while self._unwritten:  # what came while others were written, too
            await self._clock.sleep(GATHER_S)
            await self._write()

    async def _write(self) -> None:
        unwritten, self._unwritten = list(self._unwritten.values()), {}
        if not unwritten:
            return
        documents = [{"_id": stored.key, **stored.model_dump(mode="python", exclude={"key"})} for stored in unwritten]
        try:
            await self._results.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            # equal work that was done twice at the same time is no trouble: the first result is as good
            if problems := beside_duplicates(error):
                _log.warning("results are not kept", count=len(problems), reason=problems[0].get("errmsg"))
        except PyMongoError as error:
            _log.warning("results are not kept", count=len(documents), reason=type(error).__name__)
