"""Which broker this is.

A broker may come back empty. So that this is noticed, the first record of :data:`INCARNATION_TOPIC` names the broker's
incarnation; whoever finds the topic empty writes a candidate, and the record at offset 0 counts for all.
"""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from schemas import CONTROL_TOPIC, DEAD_LETTERS_TOPIC, EVENTS_TOPIC, Request
from talestream.settings import KafkaSettings
from talestream.waiting import within

INCARNATION_TOPIC = "talestream.incarnation.v1"
LARGEST_MESSAGE = 4 << 20
"""In bytes. A broker's own default may be a quarter of that."""
CLOSE_S = 2.0
"""How long each connection of a look may take to close."""

_TOPIC_EXISTS = 36
_FOREVER = {"retention.ms": "-1"}
"""A broker that forgot its incarnation after a week would be taken for none at all."""


async def find_incarnation(settings: KafkaSettings) -> str:
    """Create the topics that are missing, and say which incarnation the broker is of.

    Raises KafkaError or OSError where the broker is away. A broker that has just begun may also leave a request
    without an answer for as long as its client waits: whoever calls this bounds it.
    """
    await _create_topics(settings)
    place = TopicPartition(INCARNATION_TOPIC, 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign([place])
        if (await consumer.end_offsets([place]))[place] == 0:
            await _write_candidate(settings)
        await consumer.seek_to_beginning(place)
        first: ConsumerRecord[bytes, bytes] = await consumer.getone(place)
        return (first.value or b"").decode()
    finally:
        await within(CLOSE_S, consumer.stop())


async def narrow_topics(settings: KafkaSettings) -> dict[str, int]:
    """The topics with fewer partitions than they would have been created with here, and how many they have.

    A broker may create a topic as soon as anybody asks for it, by defaults of its own: on behalf of another system, or
    of a consumer that has outlived the broker which the topic was on. A topic of none has only just been created, and
    not every broker knows of it. Raises as :func:`find_incarnation` does.
    """
    async with _administering(settings) as admin:
        described: Any = await admin.describe_topics(_wide_topics())
    counted = {topic["topic"]: len(topic["partitions"]) for topic in described}
    return {topic: count for topic, count in sorted(counted.items()) if 0 < count < settings.partitions}


def _wide_topics() -> list[str]:
    return [*(kind.topic_name() for kind in Request.registry.values()), EVENTS_TOPIC]


async def _create_topics(settings: KafkaSettings) -> None:
    wide = _wide_topics()
    narrow = [CONTROL_TOPIC, DEAD_LETTERS_TOPIC, INCARNATION_TOPIC]
    async with _administering(settings) as admin:
        missing = {*wide, *narrow} - set(await admin.list_topics())
        if not missing:
            return
        answer: Any = await admin.create_topics(
            [
                NewTopic(
                    name,
                    settings.partitions if name in wide else 1,
                    settings.replication,
                    topic_configs={"max.message.bytes": str(LARGEST_MESSAGE)}
                    | (_FOREVER if name == INCARNATION_TOPIC else {}),
                )
                for name in sorted(missing)
            ]
        )
        for topic, code, *message in answer.topic_errors:
            if code not in {0, _TOPIC_EXISTS}:
                raise KafkaError(f"topic {topic} could not be created: {code} {message}")


async def _write_candidate(settings: KafkaSettings) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=settings.bootstrap, acks="all")
    try:
        await producer.start()
        await producer.send_and_wait(INCARNATION_TOPIC, uuid.uuid4().hex.encode())
    finally:
        await within(CLOSE_S, producer.stop())


@asynccontextmanager
async def _administering(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        await admin.start()
        yield admin
    finally:
        await within(CLOSE_S, admin.close())
