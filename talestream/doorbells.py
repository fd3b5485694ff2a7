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
from typing import Any

from aiokafka import AIOKafkaConsumer

HOST = "127.0.0.1"
PROMPT_MS = 1
"""How long the broker may hold a fetch that was rung for."""


class Doorbell(asyncio.DatagramProtocol):
    """What one consumer listens to."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """See :class:`asyncio.DatagramProtocol`."""
        self._rung.set()

    async def wait(self, seconds: float, unless: "asyncio.Future[Any]") -> bool:
        """Wait until it was rung since the last time, no longer than that.

        False as soon as ``unless`` is done: something else is to be fetched then, and the next wait is none.
        """
        ringing = asyncio.ensure_future(self._rung.wait())
        try:
            await asyncio.wait({ringing, unless}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ringing.cancel()
        if unless.done():
            self._rung.set()
            return False
        self._rung.clear()
        return True


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


def fetch_when_rung(consumer: AIOKafkaConsumer, bell: Doorbell, wait_s: float) -> None:
    """Let a consumer that was started, and has not subscribed yet, fetch when its bell is rung, else every ``wait_s``.

    aiokafka has one fetch under way at a time, and asks in it for no partition of which it still holds something. So a
    fetch that waits is put together anew once a partition has nothing left.
    """
    fetcher: Any = consumer._fetcher
    fetch = fetcher._proc_fetch_request

    async def wait_and_fetch(*request: Any) -> bool:
        try:
            is_for_this = await bell.wait(wait_s, unless=fetcher._wait_consume_future)
        except asyncio.CancelledError:  # as aiokafka wants it: whoever cancels a fetch waits for its end
            return False
        return is_for_this and bool(await fetch(*request))

    fetcher._proc_fetch_request = wait_and_fetch
    fetcher._fetch_max_wait_ms = PROMPT_MS
