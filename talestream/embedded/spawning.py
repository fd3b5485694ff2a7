"""How a stack makes processes: programs as every process does, services as copies of its nursery."""

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from talestream.embedded.folder import StackFolder


class Running(Protocol):
    """A process that was started."""

    pid: int

    async def wait(self) -> int:
        """Its exit code, negative when a signal ended it."""

    def send_signal(self, number: signal.Signals, /) -> None:
        """Send it a signal; none when it has ended."""


async def run_program(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, log: Path
) -> asyncio.subprocess.Process:
    """Start a program in a session of its own."""
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )


class Copy:
    """A copy of the nursery."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def wait(self) -> int:
        """Its exit code; ConnectionError when the nursery died and nobody will ever know it."""
        return await asyncio.shield(self.code)

    def send_signal(self, number: signal.Signals, /) -> None:
        """Send it a signal; none when it has ended."""
        if not self.code.done():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Nursery:
    """The nursery of one stack, started when it is first needed and again when it died."""

    def __init__(
        self, folder: StackFolder, environment: Mapping[str, str], on_group: Callable[[int, bool], None]
    ) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._on_group = on_group
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Copy]] = {}
        self._copies: dict[int, Copy] = {}

    @property
    def pid(self) -> int | None:
        """Its process; None while there is none."""
        return None if self._process is None or self._process.returncode is not None else self._process.pid

    async def copy(self, name: str, module: str, environment: Mapping[str, str], folder: Path, log: Path) -> Copy:
        """A new process that runs the module. OSError when the nursery does not live."""
        async with self._starting:
            if self._reader is None or self._reader.done():
                await self._start()
        number = next(self._numbers)
        answer: asyncio.Future[Copy] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        order: dict[str, Any] = {"number": number, "name": name, "module": module, "environment": dict(environment)}
        order |= {"folder": str(folder), "log": str(log)}
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return await answer

    async def stop(self) -> None:
        """End it. Its copies are not its to end."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(2):
                    await self._process.wait()
            if self._process.returncode is None:
                self._process.kill()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _start(self) -> None:
        with self._folder.open_log("nursery") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "talestream.embedded.nursery",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._environment,
                cwd=self._folder.work,
                start_new_session=True,
            )
        self._on_group(self._process.pid, True)
        self._reader = asyncio.create_task(self._read(self._process), name="nursery")

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        if process.stdout is None:
            return
        async for line in process.stdout:
            report = json.loads(line)
            number = report["number"]
            if "pid" in report:
                self._copies[number] = Copy(report["pid"])
                self._asked.pop(number).set_result(self._copies[number])
            else:
                self._copies.pop(number).code.set_result(report["code"])
        self._on_group(process.pid, False)
        lost = ConnectionError(f"the nursery ended; the end of its log: {self._folder.log_tail('nursery')}")
        for answer in self._asked.values():
            answer.set_exception(lost)
        for orphan in self._copies.values():
            orphan.send_signal(signal.SIGKILL)
            orphan.code.set_result(-signal.SIGKILL)
        self._asked, self._copies = {}, {}
