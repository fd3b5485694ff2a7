"""Giving way: heavy work lets the processes go first that people wait for."""

import os
from contextlib import suppress
from pathlib import Path

_AUTOGROUP = Path("/proc/self/autogroup")


def give_way(niceness: int) -> None:
    """Lower this process's priority, and that of all it starts, by ``niceness`` (0 to 19).

    Where Linux groups processes by session (``sched_autogroup``), niceness counts only within a session, and the
    session as a whole has one of its own: both are set, the latter only where the session is this process's own and
    not, for instance, a terminal's. See sched(7), "The autogroup feature".
    """
    if niceness:
        os.nice(niceness)
        if os.getsid(0) == os.getpid():
            with suppress(OSError):
                _AUTOGROUP.write_text(str(niceness), encoding="ascii")
