"""Work that comes in pieces and is cheaper together: what is submitted while a batch is under way is the next batch."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")
R = TypeVar("R")


class Batches(Generic[K, T, R]):
    """One batch at a time for each key, in the order of submission. Nothing waits for more to come."""

    def __init__(self, work: Callable[[K, list[T]], Awaitable[list[R | Exception]]]) -> None:
        """``work`` gives one outcome for each item, in order; what it raises is the outcome of all."""
        self._work = work
        self._waiting: dict[K, list[tuple[T, asyncio.Future[R]]]] = {}
        self._workers: dict[K, asyncio.Task[None]] = {}

    async def submit(self, key: K, item: T) -> R:
        """The outcome of ``item``. A caller that is cancelled meanwhile does not stop it."""
        outcome: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append((item, outcome))
        if key not in self._workers:
            self._workers[key] = asyncio.create_task(self._work_off(key), name=f"batches-{key}")
        return await outcome

    async def _work_off(self, key: K) -> None:
        try:
            while batch := self._waiting.pop(key, None):
                try:
                    outcomes = await self._work(key, [item for item, _ in batch])
                except Exception as error:
                    outcomes = [error] * len(batch)
                for (_, outcome), result in zip(batch, outcomes, strict=True):
                    if outcome.done():
                        continue
                    if isinstance(result, Exception):
                        outcome.set_exception(result)
                    else:
                        outcome.set_result(result)
        finally:
            del self._workers[key]
            for _, outcome in self._waiting.pop(key, []):
                outcome.cancel()
