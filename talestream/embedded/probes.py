"""Whether a server answers, asked without blocking and without raising."""

import asyncio
from contextlib import suppress

from talestream.embedded.ports import HOST

TIMEOUT_S = 2.0


async def listens(port: int) -> bool:
    """Whether something accepts connections on the port."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            _, writer = await asyncio.open_connection(HOST, port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return True


async def answers_http(port: int, path: str) -> bool:
    """Whether a GET of the path is answered with 200."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
                status = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return status.split(b" ")[1:2] == [b"200"]
