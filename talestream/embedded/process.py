"""One process of a stack: how it is started, when it is ready, and its supervision."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder
from talestream.embedded.spawning import Running

FIRST_BACK_OFF_S = 0.3
LONGEST_BACK_OFF_S = 15.0
SETTLED_S = 10.0
"""A process that answered for this long is in no crash loop: it starts with the shortest back-off again."""
STARTS_BEFORE_READY = 4
"""A process that ended this often without ever having been ready is given up."""
PROBE_PAUSE_S = 0.05
WATCH_PAUSE_S = 2.0

CANNOT_START = 127

Probe = Callable[[], Awaitable[bool]]
Say = Callable[[str], None]
Spawn = Callable[["ProcessSpec"], Awaitable[Running]]
"""Starts a process in a session of its own; OSError when it cannot."""


@dataclass(frozen=True)
class ProcessSpec:
    """How one process is run."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    """Its current folder."""
    is_ready: Probe
    module: str | None = None
    """The Python module that ``command`` runs, when a copy of the nursery may run it instead."""
    ports: Sequence[str] = ()
    """Names of the ports on which it listens."""
    stop_grace_s: float = 5.0
    """Between SIGTERM and SIGKILL."""
    must_restart: Probe | None = None
    """Asked again and again while it runs: whether it has come into a state out of which only a new start helps."""
    leftovers: Sequence[Path] = ()
    """Files outside the stack's folder, such as sockets, that are removed once it has ended."""


@dataclass
class SupervisedProcess:
    """Starts a process again whenever it dies, until it is stopped."""

    spec: ProcessSpec
    stack: StackFolder
    say: Say
    on_group: Callable[[int, bool], None]
    """Told each process group as it begins (True) and ends (False)."""
    spawn: Spawn
    pid: int | None = None
    starts: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while the process runs and has answered."""
    _ready_since: float | None = None
    _was_ever_ready: bool = False
    _may_start: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _supervision: asyncio.Task[None] | None = None
    _failure: StackError | None = None

    def start(self) -> None:
        """Begin supervision."""
        self._may_start.set()
        self._supervision = asyncio.create_task(self._supervise(), name=f"supervise-{self.spec.name}")

    async def wait_ready(self) -> None:
        """Return once the process answers. StackError when it keeps ending before that."""
        if self._supervision is None:
            raise RuntimeError("not started")
        waiting = asyncio.create_task(self.ready.wait())
        try:
            await asyncio.wait({waiting, self._supervision}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            is_ready = waiting.done()
            waiting.cancel()
        if not is_ready:
            if self._failure is not None:
                raise self._failure
            await self._supervision

    @contextmanager
    def held_down(self) -> Iterator[None]:
        """Kill the process, and do not start it again before the block ends."""
        self._may_start.clear()
        self.ready.clear()
        try:
            if self.pid is not None:
                _kill_group(self.pid)
            yield
        finally:
            self._may_start.set()

    async def stop(self) -> None:
        """SIGTERM, and after the grace SIGKILL, to the process; what is left of its group is killed."""
        self._stopping.set()
        if self._supervision is not None:
            await asyncio.gather(self._supervision, return_exceptions=True)

    async def _supervise(self) -> None:
        back_off_s = FIRST_BACK_OFF_S
        while not self._stopping.is_set():
            code = await self._run_once()
            if self._stopping.is_set():
                return
            if not self._was_ever_ready and self.starts >= STARTS_BEFORE_READY:
                self._failure = self._given_up(code)
                return
            if self._ready_since is not None and time.monotonic() - self._ready_since > SETTLED_S:
                back_off_s = FIRST_BACK_OFF_S
            self.say(f"{self.spec.name} ended ({describe(code)}); it is started again in {back_off_s:.1f} s")
            with suppress(TimeoutError):
                async with asyncio.timeout(back_off_s):
                    await self._stopping.wait()
            await self._until_it_may_start()
            back_off_s = min(LONGEST_BACK_OFF_S, back_off_s * 2)

    async def _until_it_may_start(self) -> None:
        waiting = [asyncio.create_task(event.wait()) for event in (self._may_start, self._stopping)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    async def _run_once(self) -> int:
        self.starts += 1
        self._ready_since = None
        try:
            process = await self.spawn(self.spec)
        except OSError as error:
            with self.stack.open_log(self.spec.name) as log:
                log.write(f"cannot be started: {error}\n".encode())
            return CANNOT_START
        self.pid = process.pid
        self.on_group(process.pid, True)
        if not self._may_start.is_set():  # it was being started at that moment
            _kill_group(process.pid)
        probing = asyncio.create_task(self._probe(), name=f"probe-{self.spec.name}")
        stopping = asyncio.create_task(self._stopping.wait())
        exited = asyncio.create_task(process.wait())
        try:
            await asyncio.wait({exited, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not exited.done():
                process.send_signal(signal.SIGTERM)
                await asyncio.wait({exited}, timeout=self.spec.stop_grace_s)
        finally:
            if not exited.done():
                process.send_signal(signal.SIGKILL)
            for task in (probing, stopping):
                task.cancel()
            await asyncio.gather(probing, stopping, return_exceptions=True)
            self.ready.clear()
            _kill_group(process.pid)
            self.pid = None
            self.on_group(process.pid, False)
            for path in self.spec.leftovers:
                path.unlink(missing_ok=True)
        return await exited

    async def _probe(self) -> None:
        while not await self.spec.is_ready():  # noqa: ASYNC110 (another program: there is no event to wait for)
            await asyncio.sleep(PROBE_PAUSE_S)
        if self._was_ever_ready:
            self.say(f"{self.spec.name} is up again")
        self._was_ever_ready = True
        self._ready_since = time.monotonic()
        self.ready.set()
        if self.spec.must_restart is not None:
            await self._watch(self.spec.must_restart)

    async def _watch(self, must_restart: Probe) -> None:
        while not await must_restart():  # noqa: ASYNC110 (as in _probe)
            await asyncio.sleep(WATCH_PAUSE_S)
        self.say(
            f"{self.spec.name} does not recover by itself and is started anew; see {self.stack.log(self.spec.name)}"
        )
        if self.pid is not None:
            _kill_group(self.pid)

    def _given_up(self, code: int) -> StackError:
        name = self.spec.name
        return StackError(
            f"{name} does not start: it ended {self.starts} times ({describe(code)}). The end of its log:\n"
            f"{self.stack.log_tail(name)}",
            f"see {self.stack.log(name)}; 'talestream doctor' tells what is missing on this machine",
        )


def describe(code: int) -> str:
    """An exit code in words."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
