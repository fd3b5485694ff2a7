"""Somebody who meddles with the topics: sends past messages again, mixes up their order, and writes nonsense."""

import asyncio
import random
from collections import deque
from contextlib import suppress
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas import CONTROL_TOPIC, EVENTS_TOPIC, Request

TOPICS = (*(kind.topic_name() for kind in Request.registry.values()), EVENTS_TOPIC, CONTROL_TOPIC)
KEPT = 5000
SEND_S = 10.0


@dataclass(frozen=True)
class Past:
    """A message as it was."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class Meddler:
    """Listens to every topic, through restarts of the broker, and so knows what to send again."""

    def __init__(self, bootstrap: str, chance: random.Random) -> None:
        self.past: deque[Past] = deque(maxlen=KEPT)
        self.malformed: list[bytes] = []
        """The nonsense that the broker took."""
        self._bootstrap = bootstrap
        self._chance = chance
        self._listening: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._listening = asyncio.create_task(self._listen(), name="meddler")

    async def stop(self) -> None:
        """Stop listening."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    async def repeat(self, count: int) -> int:
        """Send so many past messages again, also those that a broker has lost. Says how many were sent."""
        chosen = self._chance.sample(list(self.past), min(count, len(self.past)))
        return await self._send(chosen)

    async def reverse(self, count: int) -> int:
        """Send the last messages again, the latest first."""
        return await self._send(list(self.past)[-count:][::-1])

    async def write_nonsense(self, count: int) -> int:
        """Send what cannot be read: no JSON, half a message, the wrong type, nothing at all."""
        nonsense = []
        for number in range(count):
            topic = self._chance.choice(TOPICS)
            mark = f"nonsense {self._chance.getrandbits(64):x}".encode()
            some = next((past.value for past in reversed(self.past) if past.topic == topic and past.value), b"{")
            value = (mark, b'{"nonsense": "' + mark + b'"}', some[: len(some) // 2] + mark, b"\xff\xfe" + mark)[
                number % 4
            ]
            kind = self._chance.choice(("", "Nonsense", "StoryRequested"))
            nonsense.append(Past(topic, mark, value, (("ce_type", kind.encode()), ("ce_source", b"/meddler"))))
        sent = await self._send(nonsense)
        self.malformed += [found.value or b"" for found in nonsense[:sent]]
        return sent

    async def _send(self, messages: list[Past]) -> int:
        producer = AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all", request_timeout_ms=5000)
        sent = 0
        with suppress(KafkaError, OSError, TimeoutError):
            async with asyncio.timeout(SEND_S):
                await producer.start()
                for past in messages:
                    await producer.send_and_wait(past.topic, past.value, past.key, headers=list(past.headers))
                    sent += 1
        with suppress(KafkaError, OSError, TimeoutError):
            await asyncio.wait_for(producer.stop(), 2)
        return sent

    async def _listen(self) -> None:
        while True:
            consumer = AIOKafkaConsumer(
                *TOPICS, bootstrap_servers=self._bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=200
            )
            with suppress(KafkaError, OSError, TimeoutError):
                try:
                    await asyncio.wait_for(consumer.start(), 10)
                    async for record in consumer:
                        headers = tuple((name, value or b"") for name, value in record.headers)
                        self.past.append(Past(record.topic, record.key, record.value, headers))
                finally:
                    await asyncio.wait_for(consumer.stop(), 5)
            await asyncio.sleep(1)
