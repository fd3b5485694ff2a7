"""Ports on the loopback interface: chosen free, the same again at the next run where they still are.

They lie below the range from which the system takes ports for outgoing connections, so that none of those gets in the
way between two runs. A chosen port stays taken until its server starts, so that two stacks that start at the same
moment do not choose the same.
"""

import errno
import random
import socket
from collections.abc import Iterable, Mapping

from talestream.embedded.errors import StackError

HOST = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 31_999
TRIES = 2000


class Ports:
    """The ports of one stack by name."""

    def __init__(self, names: Iterable[str], earlier: Mapping[str, int] | None = None) -> None:
        """Choose a port for each name: its earlier one if it is still free, else a random free one."""
        self.chosen: dict[str, int] = {}
        self._held: dict[str, socket.socket] = {}
        try:
            for name in names:
                held = _hold(earlier[name]) if earlier and name in earlier else None
                self._held[name] = held or _hold_any()
                self.chosen[name] = self._held[name].getsockname()[1]
        except BaseException:
            self.close()
            raise

    def __getitem__(self, name: str) -> int:
        return self.chosen[name]

    def release(self, *names: str) -> None:
        """Let go of ports whose server is about to start."""
        for name in names:
            if name in self._held:
                self._held.pop(name).close()

    def close(self) -> None:
        """Let go of all."""
        self.release(*list(self._held))


def _hold(port: int) -> socket.socket | None:
    """A socket that listens on the port, or None when somebody else has it.

    It may have closed connections of an earlier run behind it (SO_REUSEADDR), and only a listening socket keeps others
    that allow the same away.
    """
    try:
        return socket.create_server((HOST, port), reuse_port=False)
    except OSError as error:
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            return None
        raise


def _hold_any() -> socket.socket:
    for _ in range(TRIES):
        if held := _hold(random.randint(LOWEST, HIGHEST)):
            return held
    raise StackError(
        f"no free port between {LOWEST} and {HIGHEST} on {HOST}", "stop what uses them: 'ss -ltnp' lists it"
    )
