"""Run the API: ``python -m services.api``."""

import uvicorn

from services.api.app import create_app
from talestream.runtime import graceful
from talestream.settings import settings
from talestream.telemetry import configure_logging

LARGEST_CLIENT_MESSAGE_BYTES = 64 * 1024
"""Clients of a notification stream have next to nothing to say."""


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    configured = settings()
    configure_logging("api", configured)
    address = {"host": configured.api.host, "port": configured.api.port}
    uvicorn.run(create_app(configured), **graceful({**address, "ws_max_size": LARGEST_CLIENT_MESSAGE_BYTES}))


if __name__ == "__main__":
    main()
