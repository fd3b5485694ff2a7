"""Whether a server answers, asked without blocking and without raising."""

import asyncio
import json
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
    status, _body = await _asked(port, path)
    return status == b"200"


async def lacks(port: int) -> str:
    """What a service says on ``/readyz`` that it does not have yet; nothing while it does not answer."""
    _status, body = await _asked(port, "/readyz")
    try:
        checks = json.loads(body)["checks"]
    except (ValueError, KeyError, TypeError):
        return ""
    return "; ".join(
        name if check is False else f"{name}: {check}" for name, check in checks.items() if check is not True
    )


async def _asked(port: int, path: str) -> tuple[bytes, bytes]:
    """Status and body of the answer to a GET; both empty where there is none."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(HOST, port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return b"", b""
    return b"".join(head.split(b" ")[1:2]), body
