"""A worker's consumer on the embedded broker, which is rung for when a message is published."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from talestream.bus import Broker
from talestream.clock import SystemClock
from talestream.reading import Reader, RungReader
from talestream.settings import Settings

TOPIC = "talestream.test-reading"
"""Of these tests alone: others' workers would take what lies on a stage's."""
LONG_S, SHORT_S = 60.0, 0.05
PATIENCE_S = 30


@pytest_asyncio.fixture
async def broker(infrastructure: Settings) -> AsyncIterator[Broker]:
    broker = Broker(infrastructure.kafka, "reading", SystemClock())
    await broker.start()
    admin = AIOKafkaAdminClient(bootstrap_servers=infrastructure.kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, num_partitions=4, replication_factor=1)])
    await admin.close()
    yield broker
    await broker.stop()


@dataclass
class Reading:
    """A member of a group that reads the topic from now on."""

    consumer: AIOKafkaConsumer
    reader: Reader

    async def places(self) -> set[TopicPartition]:
        """What it is assigned, once it is assigned something."""
        while not (places := self.consumer.assignment()):
            await asyncio.sleep(SHORT_S)
        return places

    async def next_value(self, wait_s: float = LONG_S) -> bytes | None:
        """What it is given next, of any partition."""
        found = await self.reader.next_of(await self.places(), wait_s)
        return next((record.value for records in found.values() for record in records), None)

    async def settled(self) -> None:
        """Return once it knows the ends of its partitions: what comes from now on is read."""
        async with asyncio.timeout(PATIENCE_S):
            while await self.next_value(SHORT_S) is not None or not await self.places():
                pass


@asynccontextmanager
async def reading(broker: Broker, group: str) -> AsyncIterator[Reading]:
    consumer = broker.consumer((), group, from_start=False, is_attended=True)
    await consumer.start()
    try:
        async with broker.attending(consumer, TOPIC) as reader:
            consumer.subscribe([TOPIC])
            yield Reading(consumer, reader)
    finally:
        await consumer.stop()


def group() -> str:
    return f"reading-{random.randbytes(4).hex()}"


async def publish(broker: Broker, value: bytes, key: bytes = b"1") -> None:
    await (await broker.send(TOPIC, key, value, []))


async def test_whoever_waits_is_rung_for_when_a_message_is_published(broker: Broker) -> None:
    async with reading(broker, group()) as member:
        assert isinstance(member.reader, RungReader)
        await member.settled()
        waiting = asyncio.create_task(member.next_value())
        await asyncio.sleep(1)  # long enough to wait for the bell alone
        await publish(broker, b"an order")
        async with asyncio.timeout(PATIENCE_S):  # less than it would wait without the bell
            while (value := await waiting) is None:  # the bell of another test's message
                waiting = asyncio.create_task(member.next_value())
        assert value == b"an order"


async def test_a_message_of_which_nobody_rang_is_found_after_a_while(broker: Broker, infrastructure: Settings) -> None:
    async with AsyncExitStack() as parts, reading(broker, group()) as member:
        await member.settled()
        foreign = AIOKafkaProducer(bootstrap_servers=infrastructure.kafka.bootstrap, enable_idempotence=False)
        await foreign.start()
        parts.push_async_callback(foreign.stop)
        await foreign.send_and_wait(TOPIC, b"a foreign order")
        async with asyncio.timeout(PATIENCE_S):
            while (value := await member.next_value(SHORT_S)) is None:
                pass
        assert value == b"a foreign order"


async def test_who_is_not_rung_for_hardly_asks(broker: Broker) -> None:
    async with reading(broker, group()) as member:
        await member.settled()
        await member.next_value(SHORT_S)
        answers = set()
        for _ in range(30):
            await member.next_value(0.02)
            answers.add(tuple(member.consumer.last_poll_timestamp(place) for place in sorted(await member.places())))
        assert len(answers) <= 2  # a fetch that was under way may have ended


async def test_nothing_is_fetched_while_nothing_is_wanted(broker: Broker) -> None:
    async with reading(broker, group()) as member:
        await member.settled()
        member.reader.rest()
        await asyncio.sleep(0.5)  # a fetch that was under way has ended
        answered = {place: member.consumer.last_poll_timestamp(place) for place in await member.places()}
        await publish(broker, b"an order")
        await asyncio.sleep(0.5)
        assert {place: member.consumer.last_poll_timestamp(place) for place in await member.places()} == answered
        assert await member.next_value() == b"an order"


async def test_messages_come_once_and_in_order_however_often_who_asks_is_stopped(broker: Broker) -> None:
    async with reading(broker, group()) as member:
        await member.settled()
        count, found = 300, defaultdict[TopicPartition, list[int]](list)

        async def publish_all() -> None:
            for number in range(count):
                await publish(broker, b"%d" % number, key=b"%d" % (number % 7))
                await asyncio.sleep(random.choice((0, 0, 0.01)))

        publishing = asyncio.create_task(publish_all())
        async with asyncio.timeout(PATIENCE_S):
            while sum(map(len, found.values())) < count:
                places = await member.places()
                wanted = set(random.sample(sorted(places), random.randint(1, len(places))))
                asking = asyncio.create_task(member.reader.next_of(wanted, SHORT_S))
                await asyncio.wait({asking}, timeout=random.choice((0, 0.001, 0.005, 1)))
                asking.cancel()
                (given,) = await asyncio.gather(asking, return_exceptions=True)
                if isinstance(given, dict):
                    for place, records in given.items():
                        assert place in wanted
                        found[place] += [int(record.value or b"-1") for record in records]
        await publishing
        assert sorted(number for numbers in found.values() for number in numbers) == list(range(count))
        assert all(numbers == sorted(numbers) for numbers in found.values())


async def test_nothing_is_missed_when_a_member_joins_and_leaves(broker: Broker) -> None:
    found, name, count = Counter[int](), group(), 200

    async def take_all(member: Reading) -> None:
        while True:
            for place, records in (await member.reader.next_of(member.consumer.assignment(), SHORT_S)).items():
                found.update(int(record.value or b"-1") for record in records)
                await member.consumer.commit({place: records[-1].offset + 1})

    async with reading(broker, name) as first:
        await first.settled()
        taking = [asyncio.create_task(take_all(first))]
        for number in range(count):
            if number == count // 3:
                second = reading(broker, name)
                taking.append(asyncio.create_task(take_all(await second.__aenter__())))
            if number == 2 * count // 3:
                taking.pop().cancel()
                await second.__aexit__(None, None, None)
            await publish(broker, b"%d" % number, key=b"%d" % number)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(PATIENCE_S):
            while len(found) < count:
                if taking[0].done():
                    await taking[0]
                await asyncio.sleep(SHORT_S)
        taking[0].cancel()
    assert set(found) == set(range(count))
