"""A worker whose broker dies under it and comes back empty."""

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError

from schemas import StoryRequested, TaskState
from talestream.bus import Broker
from talestream.clock import SystemClock
from talestream.embedded.stack import Stack
from talestream.incarnation import narrow_topics
from talestream.settings import Settings
from tests.runner_bench import Author, Bench, working

TOPIC = StoryRequested.topic_name()


def checking_by_hand(settings: Settings) -> Settings:
    """Settings under which a process finds out that its broker is a new one when the test wants it to."""
    return settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"incarnation_check_s": 3600})})


async def offsets(settings: Settings, group: str) -> list[tuple[int, int]]:
    """By partition: how far the group has read the story topic, by what it committed, and where the topic ends.

    A topic ends at 0 in partitions that it has not, and that the group knows of an earlier broker.
    """
    places = [TopicPartition(TOPIC, number) for number in range(settings.kafka.partitions)]
    reader = AIOKafkaConsumer(bootstrap_servers=settings.kafka.bootstrap)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap)
    await reader.start()
    await admin.start()
    try:
        (described,) = await admin.describe_topics([TOPIC])
        ends = await reader.end_offsets(places[: len(described["partitions"])])
        committed = await admin.list_consumer_group_offsets(group, partitions=places)
        return [(read.offset, ends.get(place, 0)) for place, read in committed.items()]
    finally:
        await reader.stop()
        await admin.close()


async def have_created_by_the_broker(settings: Settings) -> None:
    """Have the story topic as the broker creates it by its own defaults, for whoever asks before it is created here.

    Other processes of the stack may have created it by now.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap)
    try:
        async with asyncio.timeout(60):
            while True:
                with suppress(KafkaConnectionError):  # the broker is not there yet
                    await admin.start()
                    break
                await asyncio.sleep(0.1)
            while True:
                await admin.delete_topics([TOPIC])
                (described,) = await admin.describe_topics([TOPIC])
                if 0 < len(described["partitions"]) < settings.kafka.partitions:
                    break
    finally:
        await admin.close()


async def finished(bench: Bench, *task_ids: int) -> None:
    for task_id in task_ids:
        await bench.ended(task_id, TaskState.COMPLETED)


@pytest.mark.parametrize("is_narrow", [False, True], ids=["as_created_here", "as_created_by_the_broker"])
async def test_how_far_a_lost_broker_was_read_says_nothing_of_the_new_one(
    infrastructure: Settings, embedded_servers: Stack, is_narrow: bool
) -> None:
    configured = checking_by_hand(infrastructure)
    author = Author()
    async with working(configured, author) as bench:
        broker = bench.runtime.broker
        group = broker.group("story")
        await finished(bench, *[await bench.order("plain") for _ in range(24)])
        author.started.clear()
        under_way = await bench.order("waits")
        await author.started.wait()
        os.kill(embedded_servers.pids["broker"], signal.SIGKILL)
        await embedded_servers.wait_ready("broker")
        if is_narrow:
            await have_created_by_the_broker(configured)
            assert (await narrow_topics(configured.kafka))[TOPIC] < configured.kafka.partitions
        other = Broker(infrastructure.kafka, "other", bench.runtime.clock)
        await other.start()  # creates the topics, so that the worker's consumer finds its way to the new broker
        await other.stop()
        author.proceed.set()
        await finished(bench, under_way)

        async def is_committed_beyond_the_end() -> Any:
            return any(committed > end for committed, end in await offsets(configured, group))

        await bench.until(is_committed_beyond_the_end, seconds=60)
        await broker._see()
        assert broker.group("story") != group
        await finished(bench, *[await bench.order("plain") for _ in range(24)])


class Unlucky(Broker):
    """Finds its first new broker gone again at the worst moment."""

    renewals = 0

    async def _renew_producer(self) -> None:
        self.renewals += 1
        if self.renewals == 2:
            raise KafkaConnectionError
        await super()._renew_producer()


async def test_a_check_of_the_broker_that_fails_half_way_is_made_again(
    infrastructure: Settings, embedded_servers: Stack
) -> None:
    broker = Unlucky(infrastructure.kafka, "unlucky", SystemClock())
    is_told = asyncio.Event()

    broker.on_new_incarnation(is_told.set)
    await broker.start()
    try:
        known = broker.incarnation
        os.kill(embedded_servers.pids["broker"], signal.SIGKILL)
        async with asyncio.timeout(60):
            await is_told.wait()
        assert broker.incarnation != known
        assert broker.renewals == 3
    finally:
        await broker.stop()
