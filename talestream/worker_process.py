"""A stage's worker as a process: its signals, what it shows of its health, and its end."""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from functools import partial
from typing import Any

import uvicorn

from talestream.endings import end
from talestream.health import Checks, health_app
from talestream.priority import give_way
from talestream.providers import Providers
from talestream.runner import StageWorker
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings, settings
from talestream.stage import Stage
from talestream.waiting import unless
from talestream.work_folder import remove_left_over

LAST_END_S = 15.0
"""How long after its time to drain a worker ends whatever hangs: what it holds is durable or fenced by its lease."""


def run(stage: "Stage[Any, Any]", *helpers: "Stage[Any, Any]") -> None:
    """Run a stage's worker until SIGTERM or SIGINT. What its provider has to load is loaded meanwhile, in a thread.

    ``helpers`` are stages that the same providers work for: their workers run beside it, in this process.
    """
    configured = settings()
    give_way(configured.worker.niceness)
    asyncio.run(_run(stage, helpers, configured))


async def _run(stage: "Stage[Any, Any]", helpers: "Sequence[Stage[Any, Any]]", configured: Settings) -> None:
    stop = asyncio.Event()

    def leave() -> None:
        if not stop.is_set():
            stop.set()
            _end_at_last(configured.worker.drain_s + LAST_END_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    async with AsyncExitStack() as stack:
        runtime = await unless(stack.enter_async_context(Runtime.open(stage.name, configured)), stop)
        if runtime is None:
            return
        if removed := await asyncio.to_thread(remove_left_over, configured.worker.workdir):
            runtime.log.info("files of killed workers were removed", folders=removed)
        providers = Providers(configured.providers)
        worker = StageWorker(stage, runtime, providers)
        helping = [StageWorker(helper, runtime, providers) for helper in helpers]
        health = _Server(uvicorn.Config(health_app(stage.name, partial(_readiness, worker, helping)), **graceful({})))
        listener = socket.create_server((configured.worker.health_host, configured.worker.health_port))
        runtime.log.info("health", port=listener.getsockname()[1])
        serving = asyncio.create_task(health.serve([listener]), name="health")
        warming = asyncio.create_task(worker.providers.warm_up(), name="warm-up")
        telling = asyncio.create_task(worker.providers.keep_telling(), name="providers")
        try:
            await asyncio.gather(*(one.run(stop) for one in (worker, *helping)))
        finally:
            health.should_exit = True
            await end(telling)
            await asyncio.gather(serving, warming, return_exceptions=True)


async def _readiness(worker: StageWorker, helping: Sequence[StageWorker]) -> Checks:
    """What the process needs; a helper's own checks bear its name."""
    theirs = {f"{one.stage.name}_{name}": found for one in helping for name, found in one.own_checks().items()}
    return {**await worker.readiness(), **theirs}


def _end_at_last(seconds: float) -> None:
    """End the process after this time even if a thread of it hangs, for which the interpreter would wait."""
    timer = threading.Timer(seconds, os._exit, (os.EX_TEMPFAIL,))
    timer.daemon = True
    timer.start()


class _Server(uvicorn.Server):
    """Leaves the process's signals to the worker."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
