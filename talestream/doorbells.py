"""Doorbells: processes of one machine tell each other that there is something to fetch.

For a broker that does not wake a waiting fetch, as the embedded one: its consumers would have to ask many times a
second, which costs more of the machine than what they ask for. Whoever has put a message on a topic rings for it
instead, by an empty datagram to every process that reads the topic. Who is rung for asks at once, and seldom otherwise.
A ring that is lost, or rung by nobody because the message came from another machine, costs a moment.
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"


class Doorbell(asyncio.DatagramProtocol):
    """What one consumer listens to."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """See :class:`asyncio.DatagramProtocol`."""
        self._rung.set()

    def hush(self) -> bool:
        """Forget that it was rung, if it was. Whoever rings from now on is heard."""
        was_rung = self._rung.is_set()
        self._rung.clear()
        return was_rung

    async def wait(self, seconds: float) -> None:
        """Wait until it is rung, or was since it was hushed, no longer than that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()


class Doorbells:
    """All doorbells of a machine: files in one folder, by topic, named after the ports that are listened to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def ring(self, topic: str) -> None:
        """Ring for whoever reads the topic. Never waits; what cannot be reached is not."""
        with suppress(OSError):
            for door in (self._folder / topic).iterdir():
                with suppress(OSError):
                    self._socket.sendto(b"", (HOST, int(door.name)))

    @asynccontextmanager
    async def answering(self, topic: str) -> AsyncIterator[Doorbell]:
        """A doorbell for the topic, as long as the block runs."""
        loop = asyncio.get_running_loop()
        transport, bell = await loop.create_datagram_endpoint(Doorbell, local_addr=(HOST, 0))
        door = self._folder / topic / str(transport.get_extra_info("sockname")[1])
        try:
            door.parent.mkdir(parents=True, exist_ok=True)
            door.touch()
            yield bell
        finally:
            door.unlink(missing_ok=True)
            transport.close()

    def close(self) -> None:
        """Ring no more."""
        self._socket.close()
