"""Run the notifier until SIGTERM or SIGINT."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from services.notifier.app import Notifier, create_app
from talestream.runtime import Runtime, graceful
from talestream.settings import Settings, settings

MAX_CLIENT_MESSAGE_BYTES = 16 << 10
"""Clients have nothing to say to the notifier; what they say is read and ignored."""


class _Server(uvicorn.Server):
    """Leaves the process's signals to the service, which ends its streams first: a stream never ends by itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(configured: Settings, stop: asyncio.Event) -> None:
    """Serve until ``stop``."""
    async with Runtime.open("notifier", configured) as runtime:
        notifier = Notifier(runtime)
        async with notifier.running():
            server = _Server(
                uvicorn.Config(
                    create_app(notifier),
                    **graceful(
                        {
                            "host": configured.notifier.host,
                            "port": configured.notifier.port,
                            "timeout_graceful_shutdown": 3,
                            "ws_ping_interval": configured.notifier.heartbeat_s,
                            "ws_max_size": MAX_CLIENT_MESSAGE_BYTES,
                        }
                    ),
                )
            )
            serving = asyncio.create_task(server.serve(), name="http")
            stopping = asyncio.create_task(stop.wait(), name="stop")
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            notifier.hub.close()
            server.should_exit = True
            await serving


async def _main() -> None:
    stop = asyncio.Event()
    service = asyncio.create_task(serve(settings(), stop), name="notifier")

    def leave() -> None:
        if stop.is_set():
            service.cancel()
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, leave)
    with suppress(asyncio.CancelledError):
        await service


if __name__ == "__main__":
    asyncio.run(_main())
