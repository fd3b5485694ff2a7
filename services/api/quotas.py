"""How many calls a user may make in a minute.

Counted by the minute of the clock, with the share of the last one that a sliding minute still has: two numbers a user,
and one call more may be let in when the minute turns. The counts are in Redis where there is one, so that all API
processes count together. Without Redis, or while it is away, each process counts for itself: a user who is spread over
n of them may make n times as many.
"""

import asyncio
import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from services.api.errors import TooMany
from talestream.metrics import REFUSED_BY_QUOTA
from talestream.settings import Settings
from talestream.telemetry import logger

REDIS_S = 0.5
"""How long Redis may take."""

_log = logger(__name__)


class RequestQuota:
    """The counts of one system, or of one process."""

    def __init__(self, settings: Settings) -> None:
        self._limit = RateLimitItemPerMinute(settings.quotas.requests_per_minute)
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = _in_redis(settings.redis_url.get_secret_value()) if settings.redis_url else None

    async def take(self, owner: str) -> None:
        """Count a call of the owner. TooMany when they have had their share; a call that is refused does not count."""
        if self._shared is not None:
            try:
                async with asyncio.timeout(REDIS_S):
                    await self._take(self._shared, owner)
            except (StorageError, OSError, TimeoutError) as error:
                _log.warning("calls are counted by this process alone", reason=repr(error))
            else:
                return
        await self._take(self._own, owner)

    async def _take(self, limiter: SlidingWindowCounterRateLimiter, owner: str) -> None:
        if await limiter.hit(self._limit, owner):
            return
        reset_time, _ = await limiter.get_window_stats(self._limit, owner)
        REFUSED_BY_QUOTA.labels("requests_per_minute").inc()
        raise TooMany(
            "too-many-requests",
            f"more than {self._limit.amount} calls in a minute",
            retry_after_s=max(1, math.ceil(reset_time - time.time())),
        )


def _in_redis(url: str) -> SlidingWindowCounterRateLimiter:
    storage = storage_from_string(f"async+{url}", implementation="redispy", wrap_exceptions=True)
    return SlidingWindowCounterRateLimiter(storage)
