"""Clients of the notifier, by WebSocket and by SSE, on the real broker and database."""

import asyncio
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas import StageCompleted, TaskCompleted, TaskCreated, UnitCompleted, UnitFailed, UnitProgressed
from schemas.base import Problem
from talestream.auth import AccessTokens
from talestream.clock import SystemClock
from talestream.embedded.stack import Stack
from talestream.settings import Settings
from tests.notifier_clients import (
    PATIENCE_S,
    NotifierClient,
    Publisher,
    heard,
    notifier_settings,
    read,
    running_notifier,
)

_users = count(1)


@pytest_asyncio.fixture(scope="module")
async def configured(infrastructure: Settings) -> Settings:
    mongo = infrastructure.mongo.model_copy(update={"database": "notifier_streams"})
    return notifier_settings(infrastructure.model_copy(update={"mongo": mongo}), heartbeat_s=0.2)


@pytest_asyncio.fixture(scope="module")
async def notifier(configured: Settings) -> AsyncIterator[NotifierClient]:
    async with running_notifier(configured) as client:
        yield client


@pytest.fixture
def user() -> int:
    """A user of this test alone."""
    return next(_users)


@pytest_asyncio.fixture
async def publisher(configured: Settings, user: int) -> AsyncIterator[Publisher]:
    async with Publisher(configured, user) as found:
        yield found


def created(user: int, task_id: int = 1) -> TaskCreated:
    return TaskCreated(task_id=task_id, owner=f"user:{user}")


def segment(user: int, number: int) -> StageCompleted:
    return StageCompleted(task_id=1, owner=f"user:{user}", stage="image", segment=number)


async def close_code(url: str, headers: dict[str, str] | None = None) -> int:
    """The code with which the notifier closes a connection that it accepted."""
    async with asyncio.timeout(PATIENCE_S), connect(url, additional_headers=headers) as websocket:
        with pytest.raises(ConnectionClosed) as closed:
            await websocket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


async def test_every_client_gets_the_durable_sequence_whatever_kafka_loses_repeats_and_mixes_up(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(notifier.websocket(user, "detail=1")) for _ in range(4)]
        streams = [await stack.enter_async_context(notifier.events(user, "detail=1")) for _ in range(3)]
        events = [created(user, task_id) for task_id in range(1, 81)]
        logged = await publisher.publish_unreliably(events, random.Random(5))
        expected = [(found.sequence, found.id, found.task_id) for found in logged]
        assert [sequence for sequence, _, _ in expected] == list(range(1, 81))
        for messages in await asyncio.gather(*(heard(socket, 80) for socket in sockets)):
            assert [(told["cursor"], told["event_id"], told["task_id"]) for told in messages] == expected
        for received in await asyncio.gather(*(read(stream, 80) for stream in streams)):
            told = [fields["data"] for fields in received]
            assert [(message["cursor"], message["event_id"], message["task_id"]) for message in told] == expected
            assert [int(fields["id"]) for fields in received] == list(range(1, 81))
            assert {fields["event"] for fields in received} == {"task_created"}


async def test_without_detail_a_client_hears_of_segments_alone(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    async with notifier.websocket(user) as websocket:
        await publisher.publish(created(user), segment(user, 2), TaskCompleted(task_id=1, owner=publisher.owner))
        await publisher.publish(segment(user, 3))
        messages = await heard(websocket, 2)
    assert [(told["type"], told["segment_id"], told["cursor"]) for told in messages] == [
        ("segment_finished", 2, 2),
        ("segment_finished", 3, 4),
    ]


async def test_a_websocket_resumes_behind_its_cursor(notifier: NotifierClient, publisher: Publisher, user: int) -> None:
    await publisher.publish(*(created(user, task_id) for task_id in range(1, 6)))
    async with notifier.websocket(user, "detail=1&since=0") as websocket:
        first = await heard(websocket, 3)
    await publisher.publish(created(user, 6))
    async with notifier.websocket(user, f"detail=1&since={first[-1]['cursor']}") as websocket:
        rest = await heard(websocket, 3)
        await publisher.publish(created(user, 7))
        rest += await heard(websocket, 1)
    assert [told["task_id"] for told in first + rest] == [1, 2, 3, 4, 5, 6, 7]


async def test_an_event_source_resumes_behind_the_last_event_that_it_saw(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    await publisher.publish(*(created(user, task_id) for task_id in range(1, 5)))
    async with notifier.events(user, "detail=1&after=0") as stream:
        first = await read(stream, 2)
    async with notifier.events(user, "detail=1&after=0", {"Last-Event-ID": first[-1]["id"]}) as stream:
        rest = await read(stream, 2)
    assert [fields["data"]["task_id"] for fields in first + rest] == [1, 2, 3, 4]


async def test_without_a_cursor_a_stream_starts_from_now(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    await publisher.publish(created(user, 1))
    async with notifier.websocket(user, "detail=1") as websocket, notifier.events(user, "detail=1") as stream:
        await publisher.publish(created(user, 2))
        assert (await heard(websocket, 1))[0]["task_id"] == 2
        assert (await read(stream, 1))[0]["data"]["task_id"] == 2


async def test_progress_reaches_who_asks_for_detail_and_has_no_cursor(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    async with notifier.websocket(user, "detail=1&since=0") as websocket, notifier.events(user, "detail=1") as stream:
        await publisher.publish(created(user))
        assert (await heard(websocket, 1))[0]["type"] == "task_created"
        assert (await read(stream, 1))[0]["event"] == "task_created"
        await publisher.broker.send_live(
            UnitProgressed(task_id=1, owner=publisher.owner, stage="image", page=2, attempt=1, progress=0.5)
        )
        (message,) = await heard(websocket, 1)
        assert (message["type"], message["page"], message["progress"]) == ("unit_progressed", 2, 0.5)
        (fields,) = await read(stream, 1)
        assert fields["event"] == "unit_progressed"
        assert "id" not in fields


async def test_users_do_not_hear_of_each_other(
    notifier: NotifierClient, publisher: Publisher, configured: Settings, user: int
) -> None:
    other = next(_users)
    async with notifier.websocket(other, "detail=1&since=0") as theirs, notifier.websocket(user, "detail=1") as mine:
        await publisher.publish(created(user))
        await heard(mine, 1)
        async with Publisher(configured, other) as their_publisher:
            await their_publisher.publish(created(other, 99))
        assert (await heard(theirs, 1))[0]["task_id"] == 99


async def test_a_bad_or_expired_token_is_closed_with_4401(
    notifier: NotifierClient, configured: Settings, user: int
) -> None:
    url = f"ws://{notifier.place}/ws/notifications"
    expired = AccessTokens(configured.auth).issue(user, SystemClock().now() - timedelta(days=1))
    assert await close_code(url) == 4401
    assert await close_code(f"{url}?token=nonsense") == 4401
    assert await close_code(f"{url}?token={expired}") == 4401
    assert await close_code(url, {"Authorization": f"Bearer {expired}"}) == 4401
    async with connect(url, additional_headers={"Authorization": f"Bearer {notifier.token(user)}"}) as websocket:
        await (await websocket.ping())
    async with httpx.AsyncClient() as client:
        for query in ("", "?token=nonsense", f"?token={expired}"):
            refused = await client.get(f"http://{notifier.place}/api/notifications/stream{query}")
            assert refused.status_code == 401
            assert list(refused.json()) == ["detail"]


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5", "٣", "9" * 30, "%00"])
async def test_a_bad_cursor_is_refused_and_said_so(notifier: NotifierClient, user: int, cursor: str) -> None:
    token = notifier.token(user)
    assert await close_code(f"ws://{notifier.place}/ws/notifications?token={token}&since={cursor}") == 4400
    async with httpx.AsyncClient() as client:
        url = f"http://{notifier.place}/api/notifications/stream?token={token}&after={cursor}"
        assert (await client.get(url)).status_code == 400


async def test_an_idle_event_stream_has_heartbeats_without_an_id(notifier: NotifierClient, user: int) -> None:
    url = f"http://{notifier.place}/api/notifications/stream?token={notifier.token(user)}"
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient() as client, client.stream("GET", url) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            lines.append(line)
            if lines.count(": heartbeat") == 3:
                break
    assert not any(line.startswith(("id", "data", "event")) for line in lines)


async def test_a_client_that_leaves_is_forgotten(notifier: NotifierClient, user: int) -> None:
    await notifier.until_metric('talestream_stream_clients{transport="websocket"}', 0.0)
    async with notifier.websocket(user), notifier.events(user):
        await notifier.until_metric('talestream_stream_clients{transport="websocket"}', 1.0)
        await notifier.until_metric('talestream_stream_clients{transport="sse"}', 1.0)
    await notifier.until_metric('talestream_stream_clients{transport="websocket"}', 0.0)
    await notifier.until_metric('talestream_stream_clients{transport="sse"}', 0.0)


async def test_what_is_no_event_on_the_topic_disturbs_nobody(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    async with notifier.websocket(user, "detail=1") as websocket:
        for value, headers in ((b"\xff{", []), (None, []), (b"{}", [("ce_type", b"TaskCreated")])):
            await (await publisher.broker.send("talestream.events.v1", b"1", value, headers))
        await publisher.publish(created(user, 5))
        assert (await heard(websocket, 1))[0]["task_id"] == 5


async def test_the_statistics_of_a_stage_are_kept_and_come_back_after_a_restart(
    notifier: NotifierClient, publisher: Publisher, configured: Settings
) -> None:
    stage = f"music-{publisher.owner[5:]}"
    owned: dict[str, Any] = {"task_id": 1, "owner": publisher.owner, "stage": stage, "attempt": 1}
    done = [UnitCompleted(**owned, duration_s=float(second)) for second in range(1, 10)]
    failed = UnitFailed(**owned, problem=Problem(code="timeout", message="late"), will_retry=True)
    logged = await publisher.publish(*done, failed)
    for found in logged:
        await publisher.send(found)
    assert await _statistics(publisher, stage) == (10, 5.0, 8.2, 0.1)
    await publisher.database["stage_stats"].delete_many({})
    async with running_notifier(notifier_settings(configured)):
        assert await _statistics(publisher, stage) == (10, 5.0, 8.2, 0.1)


async def _statistics(publisher: Publisher, stage: str) -> tuple[int, float, float, float]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            found = await publisher.database["stage_stats"].find_one({"_id": stage})
            if found is not None and found["count"] >= 10:
                return found["count"], found["median_s"], found["p90_s"], found["failure_rate"]
            await asyncio.sleep(0.1)


async def test_sigterm_ends_the_streams_with_a_reason_and_the_process_cleanly(
    embedded_servers: Stack, configured: Settings, user: int
) -> None:
    alone = notifier_settings(configured)
    environment = {
        **os.environ,
        **embedded_servers.settings_environment(),
        "TALESTREAM_MONGO__DATABASE": alone.mongo.database,
        "TALESTREAM_NOTIFIER__PORT": str(alone.notifier.port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notifier", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        client = NotifierClient(alone)
        await client.until_metric("talestream_live_feed_up", 1.0)
        async with client.websocket(user) as websocket, client.events(user) as stream:
            process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as closed:
                await websocket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012
            (farewell,) = await read(stream, 1)
            assert farewell["event"] == "stream_ended"
            assert farewell["data"] == {"type": "stream_ended", "reason": "the service is closing", "cursor": 0}
            assert "id" not in farewell
            with pytest.raises(StopAsyncIteration):
                await anext(stream)
        async with asyncio.timeout(PATIENCE_S):
            log = (await process.stderr.read()).decode()
            assert await process.wait() == 0
        assert all(isinstance(json.loads(line), dict) for line in log.splitlines())
        assert "token" not in log
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_sigterm_ends_a_notifier_that_still_waits_for_its_broker(
    embedded_servers: Stack, configured: Settings
) -> None:
    environment = {
        **os.environ,
        **embedded_servers.settings_environment(),
        "TALESTREAM_KAFKA__BOOTSTRAP": "127.0.0.1:1",
        "TALESTREAM_NOTIFIER__PORT": str(notifier_settings(configured).notifier.port),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.notifier", env=environment, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while b"waiting for the broker" not in await process.stderr.readline():
                pass
            process.send_signal(signal.SIGTERM)
            await process.stderr.read()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
