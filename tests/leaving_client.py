"""A client of a WebSocket that has left before it is answered, as a server of ASGI tells of it."""

from starlette.types import Message
from starlette.websockets import WebSocket


class LeavingClient:
    """Whatever is sent to it fails."""

    def __init__(self) -> None:
        self.offered: list[str] = []
        """The types of what was to be sent."""

    def socket(self, path: str, query: str = "") -> WebSocket:
        """The server's end of its connection."""
        scope = {"type": "websocket", "path": path, "query_string": query.encode(), "headers": [], "subprotocols": []}
        return WebSocket(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        return {"type": "websocket.connect"}

    async def _send(self, message: Message) -> None:
        self.offered.append(message["type"])
        raise OSError("the client is gone")
