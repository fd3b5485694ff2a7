"""Run the API until SIGTERM or SIGINT: ``python -m services.api``."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import uvicorn

from services.api.app import create_app
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings, settings
from talestream.waiting import unless

LARGEST_CLIENT_MESSAGE_BYTES = 64 * 1024
"""Clients of a notification stream have next to nothing to say."""


class _Server(uvicorn.Server):
    """Leaves the process's signals to the service, which also ends while it still waits for broker or database."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(configured: Settings, stop: asyncio.Event) -> None:
    """Serve until ``stop``; then streams are ended, and requests under way finished, for some seconds at most."""
    async with AsyncExitStack() as stack:
        runtime = await unless(stack.enter_async_context(Runtime.open("api", configured)), stop)
        if runtime is None:
            return
        address = {"host": configured.api.host, "port": configured.api.port}
        options = {"ws_max_size": LARGEST_CLIENT_MESSAGE_BYTES, "timeout_graceful_shutdown": configured.api.drain_s}
        app = create_app(configured, runtime)
        server = _Server(uvicorn.Config(app, **graceful({**address, **options})))
        serving = asyncio.create_task(server.serve(), name="http")
        runtime.log.info("serving", **address)
        await unless(asyncio.wait({serving}), stop)
        app.state.end_streams()
        server.should_exit = True
        await serving


async def _main() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(settings(), stop)


if __name__ == "__main__":
    asyncio.run(_main())
