"""What the workers tell of the providers of their stages, for whoever asks what can be done here.

Only a worker knows whether a provider can be had: it has the packages, the weights and the device. Each tells it once a
while, in the collection ``providers``, a document a worker and provider; what a worker has not told for long is gone.
"""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal, TypeAlias

from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ASCENDING, IndexModel, ReplaceOne

from schemas import Record
from schemas.base import UtcTime
from talestream.clock import Clock

TOLD_S = 30.0
"""How often a worker tells."""
KEPT_S = 3 * TOLD_S
"""How long it is believed."""

State: TypeAlias = Literal["ready", "loading", "untried", "unusable"]
"""``ready``: what it needs is loaded; ``untried``: it is there, and the first order for it loads what it needs."""


class ProviderState(Record):
    """One provider, as one worker finds it."""

    stage: str
    provider: str
    state: State
    why_not: str | None = None
    """Why it is unusable."""
    remedy: str | None = None
    """What to do about that."""


class ToldState(ProviderState):
    """The same, as it was told."""

    worker: str
    expires_at: UtcTime


class ProviderStates:
    """The states of one system's providers."""

    def __init__(self, database: AsyncIOMotorDatabase[dict[str, Any]], clock: Clock) -> None:
        self._states = database["providers"]
        self._clock = clock

    async def prepare(self) -> None:
        """Create the index by which what is no longer told is removed."""
        await self._states.create_indexes([IndexModel([("expires_at", ASCENDING)], expireAfterSeconds=0)])

    async def tell(self, worker: str, states: Iterable[ProviderState]) -> None:
        """Tell how this worker finds its stage's providers, in place of what it told before."""
        until = self._clock.now() + timedelta(seconds=KEPT_S)
        told = [ToldState(**state.model_dump(), worker=worker, expires_at=until) for state in states]
        writes = [ReplaceOne({"_id": f"{worker}/{one.provider}"}, one.model_dump(), upsert=True) for one in told]
        if writes:
            await self._states.bulk_write(writes, ordered=False)

    async def forget(self, worker: str) -> None:
        """The worker ends."""
        await self._states.delete_many({"worker": worker})

    async def all(self) -> tuple[ToldState, ...]:
        """Whatever is told at the moment."""
        found = self._states.find({"expires_at": {"$gt": self._clock.now()}})
        return tuple([ToldState.model_validate(document) async for document in found])
