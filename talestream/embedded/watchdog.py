"""The watchdog of a stack: ends what is left of it when its parent dies, however it dies.

Runs as a file of its own with nothing but the standard library, so that it is there in milliseconds. The parent holds
the other end of its standard input and writes the process group of each process that it starts (``+123``) and ends
(``-123``). When that input ends, every group, and every process whose environment carries the run's mark, is killed:
processes that left their group are found by their mark, those that overwrote their environment by their group.

The servers lose nothing by it: each is durable against a kill at any moment.
"""

import os
import signal
import sys
import time

MARK = "TALESTREAM_STACK_RUN"
ROUNDS = 20
PAUSE_S = 0.05


def marked_processes(run_id: str) -> set[int]:
    """The processes whose environment carries the mark of the run."""
    wanted = f"{MARK}={run_id}".encode()
    found = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc") else []:  # noqa: PTH112, PTH208
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:  # noqa: PTH123
                if wanted in file.read().split(b"\0"):
                    found.add(int(name))
        except OSError:
            continue
    return found


def kill_run(run_id: str, groups: frozenset[int] = frozenset()) -> None:
    """Kill every process of the run, until none is found."""
    for _ in range(ROUNDS):
        for group in groups:
            try:
                os.killpg(group, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        marked = marked_processes(run_id)
        for pid in marked:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        if not marked:
            return
        time.sleep(PAUSE_S)


def main() -> None:
    """Follow standard input to its end, then kill what is left."""
    run_id = sys.argv[1]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    kill_run(run_id, frozenset(groups))


if __name__ == "__main__":
    main()
