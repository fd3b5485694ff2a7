"""The offsets of one consumer: committed for messages whose outcome is durable, a few times a second, all together.

A commit that comes late costs nothing but a redelivery after a crash, and a message that is delivered again finds its
outcome in the database.
"""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from talestream.clock import Clock

COMMIT_S = 0.2


class Offsets:
    """What a consumer has carried to an outcome since its last commit. One message a partition is under way at most."""

    def __init__(self, consumer: AIOKafkaConsumer, clock: Clock) -> None:
        self._consumer = consumer
        self._clock = clock
        self._next: dict[TopicPartition, int] = {}
        self._is_behind = asyncio.Event()

    def passed(self, place: TopicPartition, offset: int) -> None:
        """The message at ``offset`` has its outcome."""
        self._next[place] = offset + 1
        self._is_behind.set()

    async def commit(self) -> None:
        """Commit what was passed, except in partitions that were revoked meanwhile: they are their next owner's."""
        self._is_behind.clear()
        held = self._consumer.assignment()
        passed = {place: offset for place, offset in self._next.items() if place in held}
        self._next = {}
        if passed:
            with suppress(KafkaError, ValueError):
                await self._consumer.commit(passed)

    async def keep_up(self) -> None:
        """Commit for ever."""
        while True:
            await self._is_behind.wait()
            await self._clock.sleep(COMMIT_S)
            await self.commit()
