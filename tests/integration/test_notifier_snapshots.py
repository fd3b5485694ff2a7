"""How streams begin on the real broker and database: with a snapshot, or with why a cursor leads nowhere."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from schemas import TaskCreated, TaskInput, builtin_workflows
from talestream import admission, rules
from talestream.clock import SystemClock
from talestream.settings import Settings
from talestream.store import TaskStore
from tests.notifier_clients import (
    PATIENCE_S,
    NotifierClient,
    Publisher,
    heard,
    notifier_settings,
    read,
    running_notifier,
)

EVER = datetime(1970, 1, 1, tzinfo=UTC)
_users = count(1)


@pytest_asyncio.fixture(scope="module")
async def configured(infrastructure: Settings) -> Settings:
    mongo = infrastructure.mongo.model_copy(update={"database": "notifier_snapshots"})
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


def created(user: int, task_id: int) -> TaskCreated:
    return TaskCreated(task_id=task_id, owner=f"user:{user}")


async def first_told(notifier: NotifierClient, user: int, query: str, number: int) -> list[list[dict[str, Any]]]:
    """The first messages of a stream that is opened with ``query``, by WebSocket and by SSE."""
    async with notifier.websocket(user, query) as websocket, notifier.events(user, query) as stream:
        pushed = await heard(websocket, number)
        sent = await read(stream, number)
    assert [fields["event"] for fields in sent] == [fields["data"]["type"] for fields in sent]
    assert [int(fields["id"]) for fields in sent] == [fields["data"]["cursor"] for fields in sent]
    return [pushed, [fields["data"] for fields in sent]]


async def running_task(publisher: Publisher) -> int:
    """A task of the user whose story was ordered, and whose events are out."""
    now, task_id = SystemClock().now(), secrets.randbelow(2**53 - 1) + 1
    workflow = builtin_workflows()["story-video"]
    task = rules.create(task_id, publisher.owner, workflow, TaskInput(topic="a fox"), now)
    task = admission.admit(rules.order(task, ["story"], "x", now), now).model_copy(update={"outbox": {}})
    await TaskStore(publisher.database).insert(task)
    return task_id


async def test_a_cursor_that_is_too_old_is_told_first_by_both_transports(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    await publisher.publish(*(created(user, task_id) for task_id in range(1, 7)))
    await publisher.log.trim(publisher.owner, EVER, 2)
    for gap, *rest in await first_told(notifier, user, "detail=1&since=1", 3):
        assert (gap["type"], gap["asked"], gap["cursor"]) == ("cursor_too_old", 1, 4)
        assert [told["cursor"] for told in rest] == [5, 6]


async def test_a_cursor_of_a_lost_database_is_told_first_by_both_transports(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    await publisher.publish(created(user, 1), created(user, 2))
    for (gap,) in await first_told(notifier, user, "since=77", 1):
        assert (gap["type"], gap["asked"], gap["cursor"]) == ("cursor_unknown", 77, 2)


async def test_a_snapshot_tells_where_each_active_task_stands_and_the_tail_follows(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    await publisher.publish(created(user, 1), created(user, 2))
    task_id = await running_task(publisher)
    query = "detail=1&snapshot=1"
    async with notifier.websocket(user, query) as websocket, notifier.events(user, query) as stream:
        (pushed,) = await heard(websocket, 1)
        (sent,) = await read(stream, 1)
        await publisher.publish(created(user, 3))
        assert (await heard(websocket, 1))[0]["cursor"] == 3
        assert (await read(stream, 1))[0]["id"] == "3"
    expected = {"task_id": task_id, "state": "running", "current_segment": 0, "status": "running", "progress": 0.0}
    for snapshot in (pushed, sent["data"]):
        assert (snapshot["type"], snapshot["cursor"], snapshot["tasks"]) == ("snapshot", 2, [expected])
    assert (sent["event"], sent["id"]) == ("snapshot", "2")


async def test_who_does_not_ask_for_a_snapshot_or_resumes_gets_none(
    notifier: NotifierClient, publisher: Publisher, user: int
) -> None:
    await publisher.publish(created(user, 1), created(user, 2))
    for query in ("detail=1&since=1", "detail=1&since=1&snapshot=1"):
        for (told,) in await first_told(notifier, user, query, 1):
            assert (told["type"], told["cursor"]) == ("task_created", 2)


async def test_an_idle_websocket_is_pinged_and_hears_no_message(notifier: NotifierClient, user: int) -> None:
    pings = 0

    class Counting(ClientConnection):
        def process_event(self, event: Any) -> None:
            nonlocal pings
            pings += isinstance(event, Frame) and event.opcode is Opcode.PING
            super().process_event(event)

    url = f"ws://{notifier.place}/ws/notifications?token={notifier.token(user)}"
    async with asyncio.timeout(PATIENCE_S), connect(url, create_connection=Counting) as websocket:
        listening = asyncio.create_task(websocket.recv())
        while pings < 3:
            await asyncio.sleep(0.05)
        assert not listening.done()
        listening.cancel()
