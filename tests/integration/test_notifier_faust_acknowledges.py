"""What docs/adr/0001 stands on: a Faust agent acknowledges what it has not done. When this fails, decide again."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import faust
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faust.types import StreamT

from services.notifier.kafka_driver import PromptTransport
from talestream.settings import Settings

PATIENCE_S = 30.0


async def committed_after(
    settings: Settings,
    folder: Path,
    messages: list[bytes],
    handle: Callable[[object], Awaitable[None]],
    is_enough: asyncio.Event,
    serializer: str = "raw",
) -> int | None:
    """The offset that an agent's group has committed, once the agent has met ``messages`` and its app was stopped."""
    topic = f"acknowledged-{uuid.uuid4().hex}"
    place = TopicPartition(topic, 0)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka.bootstrap)
    await producer.start()
    for message in messages:
        await producer.send_and_wait(topic, message, partition=0)
    await producer.stop()

    app = faust.App(
        topic,
        broker=f"kafka://{settings.kafka.bootstrap}",
        loop=asyncio.get_running_loop(),
        autodiscover=False,
        web_enabled=False,
        datadir=folder,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        table_standby_replicas=0,
        stream_wait_empty=False,
        broker_session_timeout=settings.kafka.session_timeout_s,
        broker_heartbeat_interval=settings.kafka.heartbeat_s,
    )
    app.transport = PromptTransport(app, settings.kafka.fetch_max_wait_ms)

    @app.agent(app.topic(topic, value_serializer=serializer))
    async def follow(stream: StreamT[object]) -> None:
        async for value in stream:
            await handle(value)

    app.finalize()
    await app.start()
    async with asyncio.timeout(PATIENCE_S):
        await is_enough.wait()
    await app.stop()
    reader = AIOKafkaConsumer(bootstrap_servers=settings.kafka.bootstrap, group_id=topic, enable_auto_commit=False)
    await reader.start()
    try:
        reader.assign([place])
        offset: int | None = await reader.committed(place)
        return offset
    finally:
        await reader.stop()


async def test_a_message_whose_handler_raised_is_acknowledged(infrastructure: Settings, tmp_path: Path) -> None:
    is_enough = asyncio.Event()
    done: list[object] = []

    async def handle(value: object) -> None:
        if value == b"1":
            raise ValueError("the handler failed")
        done.append(value)
        if value == b"2":
            is_enough.set()

    assert await committed_after(infrastructure, tmp_path, [b"0", b"1", b"2"], handle, is_enough) == 3
    assert done == [b"0", b"2"]


async def test_a_message_that_cannot_be_decoded_is_acknowledged(infrastructure: Settings, tmp_path: Path) -> None:
    is_enough = asyncio.Event()
    done: list[object] = []

    async def handle(value: object) -> None:
        done.append(value)
        if len(done) == 2:
            is_enough.set()

    messages = [b'{"n": 1}', b"\xff{", b'{"n": 3}']
    assert await committed_after(infrastructure, tmp_path, messages, handle, is_enough, "json") == 3
    assert done == [{"n": 1}, {"n": 3}]


async def test_a_message_in_the_middle_of_which_the_app_is_stopped_is_acknowledged(
    infrastructure: Settings, tmp_path: Path
) -> None:
    is_enough = asyncio.Event()
    done: list[object] = []

    async def handle(value: object) -> None:
        if value == b"1":
            is_enough.set()
            await asyncio.Event().wait()
        done.append(value)

    assert await committed_after(infrastructure, tmp_path, [b"0", b"1", b"2"], handle, is_enough) == 2
    assert done == [b"0"]
