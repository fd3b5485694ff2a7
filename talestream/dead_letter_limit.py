"""The limit of the dead letters: when so much fails that the fault must be ours, a worker stops taking work.

A bad deploy, a missing model or an unpaid provider fails every message alike. Setting them all aside would turn one
fault into a topic full of letters and as many failed tasks. So a failure that says that *we* are broken is allowed only
while messages keep succeeding beside it: an unforeseen error, a message of our own that cannot be decoded, or an error
that a person must put right at the provider that we configured. What a user or another system can cause at will says
nothing of us and is never counted: bad input, a provider that the order chose, a malformed order from elsewhere. Nor is
a failure whose cause is known to pass.

Beyond the limit a message is withheld: not committed, not counted against its unit, left for whoever can do it. The
worker leaves the group, so that healthy ones, of the version before, have its partitions. After a pause it tries one
message, as a circuit breaker does when it is half open: if that succeeds, all is as before, else it pauses for longer.
"""

import itertools
from datetime import datetime, timedelta

from schemas import Problem, Request
from talestream.clock import Clock
from talestream.worker_settings import DeadLetterSettings

INTERNAL = "internal"
"""The code of an error that no stage foresaw."""


def is_our_fault(problem: Problem, request: Request) -> bool:
    """Whether a failed attempt says that we are broken, rather than something of its order or of the moment."""
    return problem.code == INTERNAL or (problem.remedy is not None and request.provider is None)


class DeadLetterLimit:
    """What one worker has seen of late, and whether it may go on. Messages are named, so that a retry counts once."""

    def __init__(self, settings: DeadLetterSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._outcomes: dict[str, tuple[datetime, bool]] = {}
        """When each message of the window was last seen, and whether it failed; the oldest first."""
        self._streak: set[str] = set()
        """The messages that failed since the last success, however long that takes."""
        self._paused_until: datetime | None = None
        self._pauses = 0
        self.reason: str | None = None
        """Why nothing is taken, or one message at a time; None when all is well."""

    def room(self, slots: int) -> int:
        """How many messages may be under way, of the ``slots`` that there are."""
        return slots if self.reason is None else 1

    def pause_s(self) -> float:
        """Seconds until a message may be taken; 0 when one may be now."""
        if self._paused_until is None:
            return 0
        return max(0.0, (self._paused_until - self._clock.now()).total_seconds())

    def succeeded(self, message: str) -> bool:
        """A message was carried out. True when work may go on because of it."""
        if self.pause_s() > 0:
            return False
        self._streak.clear()
        self._note(message, has_failed=False)
        if self.reason is None:
            return False
        self._outcomes.clear()
        self._paused_until, self._pauses, self.reason = None, 0, None
        return True

    def withholds(self, message: str, why: str) -> bool:
        """A message failed in a way that says that we are broken. True when it must be withheld."""
        if self.reason is None:
            self._streak.add(message)
            self._note(message, has_failed=True)
            self.reason = self._reason(why)
        if self.reason is not None and self.pause_s() == 0:
            self._pause()
        return self.reason is not None

    def _reason(self, why: str) -> str | None:
        if len(self._streak) >= self._settings.max_consecutive:
            return f"{len(self._streak)} messages failed in a row, the last by {why}"
        count = len(self._outcomes)
        failed = sum(has_failed for _, has_failed in self._outcomes.values())
        if count >= self._settings.min_messages and failed > self._settings.max_ratio * count:
            return f"{failed} of the last {count} messages failed, the last by {why}"
        return None

    def _pause(self) -> None:
        seconds = self._settings.first_pause_s * 2.0 ** min(self._pauses, 30)
        self._paused_until = self._clock.now() + timedelta(seconds=min(self._settings.longest_pause_s, seconds))
        self._pauses += 1

    def _note(self, message: str, *, has_failed: bool) -> None:
        now = self._clock.now()
        self._outcomes.pop(message, None)
        self._outcomes[message] = now, has_failed
        begin = now - timedelta(seconds=self._settings.window_s)
        for old in list(itertools.takewhile(lambda seen: self._outcomes[seen][0] < begin, self._outcomes)):
            del self._outcomes[old]
