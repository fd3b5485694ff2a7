"""Run the API until SIGTERM or SIGINT: ``python -m services.api``."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from services.api.app import create_app
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings, settings

LARGEST_CLIENT_MESSAGE_BYTES = 64 * 1024
"""Clients of a notification stream have next to nothing to say."""


class _Server(uvicorn.Server):
    """Leaves the process's signals to the service, which also ends while it still waits for broker or database."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(configured: Settings) -> None:
    """Serve until cancelled; then requests under way are finished, for some seconds at most."""
    async with Runtime.open("api", configured) as runtime:
        address = {"host": configured.api.host, "port": configured.api.port}
        options = graceful({**address, "ws_max_size": LARGEST_CLIENT_MESSAGE_BYTES})
        server = _Server(uvicorn.Config(create_app(configured, runtime), **options))
        serving = asyncio.create_task(server.serve(), name="http")
        runtime.log.info("serving", **address)
        try:
            await asyncio.wait({serving})
        finally:
            server.should_exit = True
            await serving


async def _main() -> None:
    service = asyncio.create_task(serve(settings()), name="api")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, service.cancel)
    with suppress(asyncio.CancelledError):
        await service


if __name__ == "__main__":
    asyncio.run(_main())
