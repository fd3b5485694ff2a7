"""The notifier when something is wrong: a broker that dies and comes back empty, a client that takes nothing, Redis."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import redis.asyncio as redis
from pydantic import SecretStr

from schemas import Problem, StageCompleted, StageFailed, TaskCreated, TaskFailed
from talestream.embedded.stack import Stack
from talestream.settings import Settings
from tests.conftest import TEST_SETTINGS
from tests.notifier_clients import PATIENCE_S, Publisher, heard, notifier_settings, read, running_notifier


@pytest_asyncio.fixture(scope="module")
async def own_stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers that a test may kill, Redis among them."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TALESTREAM_")}
    folder = tmp_path_factory.mktemp("notifier-servers")
    async with Stack(folder, services=(), with_redis=True, environment={**environment, **TEST_SETTINGS}) as stack:
        yield stack


def without_redis(settings: Settings) -> Settings:
    return settings.model_copy(update={"redis_url": None})


async def test_a_broker_that_comes_back_empty_costs_no_client_an_event(own_stack: Stack) -> None:
    configured = notifier_settings(without_redis(own_stack.settings))
    async with (
        running_notifier(configured) as notifier,
        Publisher(configured, 1) as publisher,
        AsyncExitStack() as stack,
    ):
        websocket = await stack.enter_async_context(notifier.websocket(1, "detail=1"))
        stream = await stack.enter_async_context(notifier.events(1, "detail=1"))
        await publisher.publish(*(TaskCreated(task_id=number, owner="user:1") for number in range(1, 11)))
        broker = own_stack.pids["broker"]
        os.kill(broker, signal.SIGKILL)
        lost = [await publisher.record(TaskCreated(task_id=number, owner="user:1")) for number in range(11, 21)]
        assert len(lost) == 10
        messages = await heard(websocket, 20)
        async with asyncio.timeout(PATIENCE_S):
            while publisher.broker.incarnation == "" or own_stack.pids.get("broker", broker) == broker:
                await asyncio.sleep(0.05)
        await own_stack.wait_ready("broker")
        await _until_followed_again(publisher, notifier)
        final = await publisher.record(TaskCreated(task_id=99, owner="user:1"))
        await publisher.send(final)
        async with asyncio.timeout(PATIENCE_S):
            while messages[-1]["task_id"] != 99:
                messages += await heard(websocket, 1)
        received = [fields["data"] for fields in await read(stream, len(messages))]
        assert [told["cursor"] for told in messages] == list(range(1, final.sequence + 1))
        assert received == messages


async def _until_followed_again(publisher: Publisher, notifier: Any) -> None:
    """Send events until Kafka brings one all the way: what the notifier takes from the log counts as recovered."""
    recovered = "talestream_events_recovered_total"
    passed = 'talestream_events_fanned_out_total{transport="websocket"}'
    async with asyncio.timeout(PATIENCE_S):
        while True:
            before = await notifier.metrics()
            logged = await publisher.record(TaskCreated(task_id=50, owner=publisher.owner))
            await publisher.send(logged)
            await asyncio.sleep(0.25)
            after = await notifier.metrics()
            if after[passed] > before[passed] and after[recovered] == before[recovered]:
                return


async def test_a_client_that_takes_nothing_is_dropped_and_delays_nobody(own_stack: Stack) -> None:
    configured = notifier_settings(without_redis(own_stack.settings), queue_size=50)
    problem = Problem(code="big", message="x" * 200_000)
    async with running_notifier(configured) as notifier, Publisher(configured, 2) as publisher:
        dropped = {
            kind: f'talestream_stream_clients_dropped_total{{transport="{kind}"}}' for kind in ("websocket", "sse")
        }
        before = await notifier.metrics()
        host, port = notifier.place.split(":")
        token = notifier.token(2)
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        asked = {
            f"GET /ws/notifications?detail=1&token={token} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n": b"101",
            f"GET /api/notifications/stream?detail=1&token={token} HTTP/1.1\r\nHost: x\r\n\r\n": b"200",
        }
        deaf: list[socket.socket] = []
        for request, status in asked.items():
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await asyncio.to_thread(client.connect, (host, int(port)))
            await asyncio.to_thread(client.sendall, request.encode())
            assert status in await asyncio.to_thread(client.recv, 12)
            deaf.append(client)
        async with notifier.websocket(2, "detail=1") as websocket:
            for _ in range(40):
                await publisher.publish(*[TaskFailed(task_id=1, owner="user:2", problem=problem)] * 10)
                await heard(websocket, 10)
                now = await notifier.metrics()
                if all(now.get(name, 0) > before.get(name, 0) for name in dropped.values()):
                    break
            else:
                pytest.fail(f"still there: {now}")
            await publisher.publish(TaskCreated(task_id=7, owner="user:2"))
            assert (await heard(websocket, 1))[0]["task_id"] == 7
        for client in deaf:
            client.close()


async def test_redis_gets_each_message_once_in_order_from_several_replicas(own_stack: Stack) -> None:
    first, second = notifier_settings(own_stack.settings), notifier_settings(own_stack.settings)
    assert first.redis_url is not None
    client = redis.Redis.from_url(first.redis_url.get_secret_value())
    async with client, client.pubsub() as subscriber:
        await subscriber.subscribe("user:3")
        await subscriber.get_message(timeout=PATIENCE_S)
        problem = Problem(code="timeout", message="late")
        async with running_notifier(first) as notifier, running_notifier(second), Publisher(first, 3) as publisher:
            async with notifier.websocket(3) as websocket:
                for number in range(1, 31):
                    done = StageCompleted(task_id=number, owner="user:3", stage="image", segment=2)
                    (logged,) = await publisher.publish(done)
                    await publisher.send(logged)
                await publisher.publish(TaskCreated(task_id=31, owner="user:3"))
                await publisher.publish(
                    StageFailed(task_id=31, owner="user:3", stage="image", segment=2, problem=problem)
                )
                pushed = await heard(websocket, 31)
            published: list[dict[str, Any]] = []
            async with asyncio.timeout(PATIENCE_S):
                while not published or published[-1]["task_id"] != 31:
                    message = await subscriber.get_message(ignore_subscribe_messages=True, timeout=1)
                    published += [json.loads(message["data"])] if message else []
        assert await subscriber.get_message(ignore_subscribe_messages=True, timeout=0.2) is None
    assert published == pushed
    assert [told["type"] for told in published] == ["segment_finished"] * 30 + ["segment_failed"]


async def test_a_redis_that_is_away_disturbs_nobody(own_stack: Stack, tmp_path: Path) -> None:
    nowhere = SecretStr(f"unix://{tmp_path}/nobody.sock")
    configured = notifier_settings(own_stack.settings.model_copy(update={"redis_url": nowhere}))
    async with (
        running_notifier(configured) as notifier,
        Publisher(configured, 4) as publisher,
        notifier.websocket(4) as websocket,
    ):
        for number in range(1, 4):
            await publisher.publish(StageCompleted(task_id=1, owner="user:4", stage="image", segment=number))
        assert [told["segment_id"] for told in await heard(websocket, 3)] == [1, 2, 3]
