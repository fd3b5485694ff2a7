"""The nursery: one process that has loaded what all services share, and of which each service is a copy.

Loading that code is most of what a service does at its start: eight services that each load it take 10 s of processor
time on a small machine, copies of one next to none. Runs as ``python -m talestream.embedded.nursery``: reads orders, a
JSON object a line, from standard input, and reports on standard output which process began and which ended with what
code. A copy runs the module's own code, as ``python -m`` would, in a session, environment, folder and log of its own.
"""

import ctypes
import importlib
import json
import os
import runpy
import selectors
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED_CODE = ("talestream.worker_process", "talestream.auth", "fastapi")
"""Loaded once. None of it may start a thread, open a connection or read the environment when it is imported."""
PR_SET_NAME = 15


@dataclass(frozen=True)
class Order:
    """A copy to make."""

    number: int
    name: str
    module: str
    environment: Mapping[str, str]
    folder: str
    log: str


def main() -> None:
    """Serve orders until standard input ends. In a copy, run what was ordered."""
    for name in SHARED_CODE:
        importlib.import_module(name)
    order = _serve()
    if order is not None:
        sys.argv = [order.module]
        runpy.run_module(order.module, run_name="__main__", alter_sys=True)


def _serve() -> Order | None:
    """Make copies until standard input ends. Returns None in the nursery, and the order in a copy."""
    running: dict[int, int] = {}
    wake_reader, wake_writer = os.pipe()
    os.set_blocking(wake_writer, False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    signal.set_wakeup_fd(wake_writer)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    pending = b""
    with selectors.DefaultSelector() as ready:
        ready.register(0, selectors.EVENT_READ)
        ready.register(wake_reader, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fd == wake_reader:
                    os.read(wake_reader, 4096)
                    _report_ended(running)
                    continue
                read = os.read(0, 1 << 16)
                if not read:
                    return None
                *lines, pending = (pending + read).split(b"\n")
                for line in lines:
                    order = Order(**json.loads(line))
                    pid = os.fork()
                    if pid == 0:
                        signal.set_wakeup_fd(-1)
                        os.close(wake_reader)
                        os.close(wake_writer)
                        _become(order)
                        return order
                    running[pid] = order.number
                    _report(number=order.number, pid=pid)


def _become(order: Order) -> None:
    """Turn a fresh copy into a process of its own."""
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    log = os.open(order.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, targets in ((nothing, (0,)), (log, (1, 2))):
        for target in targets:
            os.dup2(source, target)
        os.close(source)
    os.environ.clear()
    os.environ.update(order.environment)
    os.chdir(Path(order.folder))
    ctypes.CDLL(None).prctl(PR_SET_NAME, order.name.encode()[:15], 0, 0, 0)


def _report_ended(running: dict[int, int]) -> None:
    while running:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid in running:
            _report(number=running.pop(pid), code=os.waitstatus_to_exitcode(status))


def _report(**report: Any) -> None:
    os.write(1, json.dumps(report).encode() + b"\n")


if __name__ == "__main__":
    main()
