"""How often the workers of a system may call a service in a minute, all together.

Counted over any sixty seconds, in Redis where there is one. Without Redis, or while it is away, each process counts for
itself: n of them may call n times as often.
"""

import time

from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter
from pydantic import SecretStr

from talestream.cancellation import check_cancelled
from talestream.telemetry import logger

REDIS_S = 0.5
"""How long Redis may take."""
LOOK_S = 0.1
"""How often whoever waits for a turn looks whether its unit was cancelled."""

_log = logger(__name__)


class RateLimit:
    """The calls of one service under one account, both in its ``name``. Blocking, and safe to share between threads."""

    def __init__(self, name: str, per_minute: int, redis_url: SecretStr | None) -> None:
        self._name = name
        self._limit = RateLimitItemPerMinute(per_minute)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._shared = _in_redis(redis_url.get_secret_value()) if redis_url else None

    def wait(self) -> None:
        """Wait for one's turn and take it. Cancelled as soon as the unit of this thread is."""
        while (until := self._take()) is not None:
            while time.time() < until:
                check_cancelled()
                time.sleep(min(LOOK_S, max(0.0, until - time.time())))

    def _take(self) -> float | None:
        """Count a call. When there will be room, as time since the epoch, if there is none now."""
        if self._shared is not None:
            try:
                return self._hit(self._shared)
            except (StorageError, OSError) as error:
                _log.warning("calls are counted by this process alone", service=self._name, reason=repr(error))
        return self._hit(self._own)

    def _hit(self, limiter: MovingWindowRateLimiter) -> float | None:
        if limiter.hit(self._limit, self._name):
            return None
        return max(limiter.get_window_stats(self._limit, self._name).reset_time, time.time() + LOOK_S)


def _in_redis(url: str) -> MovingWindowRateLimiter:
    limits = {"socket_timeout": REDIS_S, "socket_connect_timeout": REDIS_S}
    return MovingWindowRateLimiter(storage_from_string(url, wrap_exceptions=True, **limits))
