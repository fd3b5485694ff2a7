"""A broker that takes connections and leaves what is asked on them without an answer, as one that begins may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from talestream import bus
from talestream.bus import Broker
from talestream.clock import SystemClock
from talestream.settings import Settings


class Door:
    """A port before the broker. It lets through only the connections after the first few."""

    def __init__(self, broker: str, silent: int) -> None:
        self.taken = 0
        self._broker = broker
        self._silent = silent

    async def enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection."""
        self.taken += 1
        with suppress(OSError):
            if self.taken <= self._silent:
                await reader.read()
            else:
                await self._pass(reader, writer)
        writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self._broker.rpartition(":")
        answers, questions = await asyncio.open_connection(host, int(port))

        async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while some := await source.read(65536):
                target.write(some)
                await target.drain()
            target.close()

        await asyncio.gather(copy(reader, questions), copy(answers, writer))


@asynccontextmanager
async def door(settings: Settings, silent: int) -> AsyncIterator[tuple[Door, Settings]]:
    """A door, and the settings of who goes through it."""
    opened = Door(settings.kafka.bootstrap, silent)
    server = await asyncio.start_server(opened.enter, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    kafka = settings.kafka.model_copy(update={"bootstrap": f"127.0.0.1:{port}"})
    async with server:
        yield opened, settings.model_copy(update={"kafka": kafka})


async def test_a_request_without_an_answer_is_given_up_and_made_again(
    infrastructure: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "FIRST_LOOK_S", 0.5)
    async with door(infrastructure, silent=2) as (opened, settings):
        broker = Broker(settings.kafka, "patient", SystemClock())
        try:
            async with asyncio.timeout(15):
                await broker.start()
            assert broker.is_ready()
            assert opened.taken > 2
        finally:
            await broker.stop()
