"""The embedded stack: every server and service on one machine, as one thing that starts, stays up and stops.

Everything starts at once: services wait for the servers they need, and what takes longest, loading code, goes on side
by side. What dies is started again. Nothing outlives the stack: see :mod:`talestream.embedded.watchdog`.
"""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from talestream.embedded import servers, watchdog
from talestream.embedded.connection import (
    BUCKET,
    FETCH_WAIT,
    NOTIFIER_FETCH_WAIT_MS,
    settings_environment,
    settings_from,
)
from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder, StackState
from talestream.embedded.ports import HOST, Ports
from talestream.embedded.probes import answers_http, lacks
from talestream.embedded.process import ProcessSpec, Say, SupervisedProcess
from talestream.embedded.spawning import Nursery, Running, run_program
from talestream.settings import Settings

SERVICES = ("api", "notifier", "story", "image", "split", "speech", "music", "video")
ANIMATION = "animation"
"""The service that runs only where ``TALESTREAM_IMG2VID`` names who sets pictures in motion."""
START_TIMEOUT_S = 900.0
"""Long, because a worker is ready once its model is loaded, and large ones take minutes. What keeps dying is given up
sooner.
"""
TOLD_S = 30.0
"""How often it is told meanwhile what is waited for."""
SERVICE_GRACE_S = 8.0


class Stack:
    """One stack in one folder. ``services=()`` gives the servers alone, for tests; None all that the environment wants.

    Where ``replicas`` asks for more than one process of a worker, they are called ``image``, ``image-2``, and so on.
    """

    def __init__(
        self,
        folder: Path,
        *,
        services: Sequence[str] | None = None,
        replicas: Mapping[str, int] | None = None,
        with_redis: bool = False,
        environment: Mapping[str, str] | None = None,
        say: Say = lambda _line: None,
    ) -> None:
        self.folder = StackFolder(folder)
        self._environment = dict(os.environ if environment is None else environment)
        wanted = (*SERVICES, ANIMATION) if self._environment.get("TALESTREAM_IMG2VID") else SERVICES
        self._services = {
            service if number == 1 else f"{service}-{number}": service
            for service in (wanted if services is None else services)
            for number in range(1, (replicas or {}).get(service, 1) + 1)
        }
        self._with_redis = with_redis
        self._say = say
        self._ports: Ports | None = None
        self._state = StackState()
        self._processes: dict[str, SupervisedProcess] = {}
        self._watchdog: asyncio.subprocess.Process | None = None
        self._nursery: Nursery | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://{HOST}:{self._chosen_ports['api']}"

    @property
    def pids(self) -> Mapping[str, int]:
        """The running processes by name, the nursery of the services among them."""
        nursery = {"nursery": self._nursery.pid} if self._nursery is not None else {}
        found = {**nursery, **{name: process.pid for name, process in self._processes.items()}}
        return {name: pid for name, pid in found.items() if pid is not None}

    @property
    def starts(self) -> Mapping[str, int]:
        """How often each process was started."""
        return {name: process.starts for name, process in self._processes.items()}

    @property
    def settings(self) -> Settings:
        """The settings with which a process in this one reaches the stack."""
        return settings_from(self.settings_environment())

    def settings_environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return settings_environment(self.folder, self._chosen_ports.chosen, self._environment)

    async def start(self) -> None:
        """Start everything and return once all of it is ready.

        StackError when the folder is in use or cannot be written, a package is missing, or something does not start.
        """
        await self.begin()
        try:
            await self.wait_ready()
        except BaseException:
            await self.stop()
            raise

    async def begin(self) -> None:
        """Start everything without waiting for it. :meth:`stop` must follow, whatever happens."""
        self.folder.acquire()
        try:
            await self._end_earlier_run()
            names = [*servers.SERVER_PORTS, *(["redis"] if self._with_redis else []), *SERVICES, *self._services]
            self._ports = Ports(dict.fromkeys(names), self.folder.state().ports)
            run_id = secrets.token_hex(16)
            url = self.url if "api" in self._services else ""
            self._state = StackState(pid=os.getpid(), run_id=run_id, url=url, ports=self._ports.chosen)
            self.folder.write_state(self._state)
            await self._start_watchdog()
            if self._services:
                self._nursery = Nursery(self.folder, self._plain_environment(), self._register)
            for spec in [*self._server_specs(), *self._service_specs()]:
                self._processes[spec.name] = self._supervised(spec)
            for process in self._processes.values():
                process.start()
        except BaseException:
            await self.stop()
            raise

    async def wait_ready(self, *names: str) -> None:
        """Return once these processes, or all, are ready. StackError when one does not start."""
        chosen = [self._processes[name] for name in names or self._processes]
        waiting = [asyncio.create_task(process.wait_ready()) for process in chosen]
        telling = asyncio.create_task(self._tell_late(chosen), name="late")
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                await asyncio.gather(*waiting)
        except TimeoutError:
            late = ", ".join(process.spec.name for process in chosen if not process.ready.is_set())
            raise StackError(
                f"not ready within {START_TIMEOUT_S:g} s: {late}", f"see the logs in {self.folder.path / 'logs'}"
            ) from None
        finally:
            for task in (telling, *waiting):
                task.cancel()
        if not names:
            self._note(is_ready=True)

    async def _tell_late(self, processes: Sequence[SupervisedProcess]) -> None:
        """Say now and again which of them are not ready, and what they say themselves."""
        while True:
            await asyncio.sleep(TOLD_S)
            for process in processes:
                if not process.ready.is_set():
                    name = process.spec.name
                    said = await lacks(self._chosen_ports[name]) if name in self._services else ""
                    self._say(f"waiting for {name}, which lacks {said}" if said else f"waiting for {name}")

    async def stop(self) -> None:
        """Stop the services, then the servers, and let go of the folder. Safe to repeat."""
        running = list(self._processes.values())
        service = [process for process in running if process.spec.name in self._services]
        for group in (service, [process for process in running if process not in service]):
            await asyncio.gather(*(process.stop() for process in group))
        if self._nursery is not None:
            await self._nursery.stop()
            self._nursery = None
        if self._watchdog is not None:
            await self._end_watchdog(self._watchdog)
            self._watchdog = None
        if self._state.run_id:
            self._note(is_ready=False, pid=0)
            self._state = StackState()
        self._processes = {}
        if self._ports is not None:
            self._ports.close()
        self.folder.release()

    @contextmanager
    def outage(self, name: str) -> Iterator[None]:
        """Kill one process and keep it down within the block: what the others do meanwhile can be watched."""
        with self._processes[name].held_down():
            yield

    async def kill(self) -> None:
        """End everything at once, as a power cut would. State is durable against it."""
        watchdog.kill_run(self._state.run_id, frozenset(self.pids.values()))
        await self.stop()

    @property
    def _chosen_ports(self) -> Ports:
        if self._ports is None:
            raise StackError("the stack is not running", "start it first")
        return self._ports

    async def _end_earlier_run(self) -> None:
        """End what an earlier run left, if its watchdog has not."""
        earlier = self.folder.state()
        if earlier.run_id and watchdog.marked_processes(earlier.run_id):
            self._say("ending what is left of an earlier run")
            await asyncio.to_thread(watchdog.kill_run, earlier.run_id)
        await asyncio.to_thread(shutil.rmtree, self.folder.work, ignore_errors=True)
        self.folder.work.mkdir(mode=0o700, exist_ok=True)

    def _server_specs(self) -> list[ProcessSpec]:
        ports, folder = self._chosen_ports, self.folder
        environment = self._plain_environment()
        specs = [
            servers.broker(ports, folder, environment),
            servers.database(ports, folder, environment),
            servers.objects(ports, folder, environment, folder.secrets(), BUCKET),
        ]
        return [*specs, servers.redis(ports, folder, environment)] if self._with_redis else specs

    def _service_specs(self) -> list[ProcessSpec]:
        ports = self._chosen_ports
        common = {**self._environment, **self.settings_environment(), **self._marked(), "PYTHONUNBUFFERED": "1"}
        return [
            ProcessSpec(
                name=name,
                command=[sys.executable, "-m", f"services.{service}"],
                module=f"services.{service}",
                environment={**common, **self._own_settings(name, service)},
                folder=self.folder.work,
                is_ready=partial(answers_http, ports[name], "/readyz"),
                ports=[name],
                stop_grace_s=SERVICE_GRACE_S,
            )
            for name, service in self._services.items()
        ]

    def _own_settings(self, name: str, service: str) -> dict[str, str]:
        own = {"TALESTREAM_WORKER__HEALTH_PORT": str(self._chosen_ports[name])}
        return own | ({FETCH_WAIT: NOTIFIER_FETCH_WAIT_MS} if service == "notifier" else {})

    def _plain_environment(self) -> dict[str, str]:
        """The environment of what is told everything on its command line."""
        plain = {name: value for name, value in self._environment.items() if not name.startswith("TALESTREAM_")}
        return {**plain, **self._marked()}

    def _marked(self) -> dict[str, str]:
        return {watchdog.MARK: self._state.run_id, "TMPDIR": str(self.folder.work)}

    def _supervised(self, spec: ProcessSpec) -> SupervisedProcess:
        return SupervisedProcess(
            spec=spec,
            stack=self.folder,
            say=self._say,
            on_group=self._register,
            spawn=self._spawn,
        )

    async def _spawn(self, spec: ProcessSpec) -> Running:
        self._chosen_ports.release(*spec.ports)
        log = self.folder.rotated_log(spec.name)
        if spec.module is None or self._nursery is None:
            return await run_program(spec.command, spec.environment, spec.folder, log)
        return await self._nursery.copy(spec.name, spec.module, spec.environment, spec.folder, log)

    def _register(self, group: int, has_begun: bool) -> None:
        if self._watchdog is not None and self._watchdog.stdin is not None:
            with suppress(OSError, RuntimeError):
                self._watchdog.stdin.write(f"{'+' if has_begun else '-'}{group}\n".encode())

    def _note(self, *, is_ready: bool, pid: int | None = None) -> None:
        self._state = replace(self._state, is_ready=is_ready, pid=self._state.pid if pid is None else pid)
        with suppress(StackError):  # a full disk must not keep the stack from stopping
            self.folder.write_state(self._state)

    async def _start_watchdog(self) -> None:
        self._watchdog = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            watchdog.__file__,
            self._state.run_id,
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
            cwd="/",
        )

    @staticmethod
    async def _end_watchdog(process: asyncio.subprocess.Process) -> None:
        """Close its input: it looks once more for anything of this run, and ends."""
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
