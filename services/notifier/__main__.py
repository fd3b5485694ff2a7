"""Run the notifier until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn

from services.notifier.app import Notifier, create_app
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings, settings

MAX_CLIENT_MESSAGE_BYTES = 16 << 10
"""Clients have nothing to say to the notifier; what they say is read and ignored."""
CLOSE_S = 3


class _Server(uvicorn.Server):
    """Leaves the process's signals to the service, which ends its streams first: a stream never ends by itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(configured: Settings) -> None:
    """Serve until cancelled, then end the streams, telling their clients, and return within seconds."""
    async with Runtime.open("notifier", configured) as runtime:
        notifier = Notifier(runtime)
        async with notifier.running():
            server = _Server(uvicorn.Config(create_app(notifier), **_options(configured)))
            serving = asyncio.create_task(server.serve(), name="http")
            runtime.log.info("serving", host=configured.notifier.host, port=configured.notifier.port)
            try:
                await asyncio.wait({serving})
            finally:
                notifier.hub.close()
                server.should_exit = True
                await serving


def _options(configured: Settings) -> dict[str, Any]:
    return graceful(
        {
            "host": configured.notifier.host,
            "port": configured.notifier.port,
            "timeout_graceful_shutdown": CLOSE_S,
            "ws_max_size": MAX_CLIENT_MESSAGE_BYTES,
            "ws_ping_interval": configured.notifier.heartbeat_s,
        }
    )


async def _main() -> None:
    service = asyncio.create_task(serve(settings()), name="notifier")
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, service.cancel)
    with suppress(asyncio.CancelledError):
        await service


if __name__ == "__main__":
    asyncio.run(_main())
