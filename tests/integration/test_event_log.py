"""The durable log of events: numbered without gaps, whoever writes."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from schemas import EVENTS_TOPIC, OutboxEntry, TaskCreated
from talestream.event_log import HEAD_EVERY, EventLog
from talestream.settings import Settings


@pytest.fixture
async def database(own_database: Settings) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(own_database.mongo.uri.get_secret_value())
    database = client[own_database.mongo.database]
    await EventLog(database).prepare()
    yield database
    client.close()


def told(owner: str = "user:1") -> OutboxEntry:
    data = TaskCreated(task_id=7, owner=owner).model_dump(mode="json")
    return OutboxEntry(
        id=uuid.uuid4().hex,
        type="TaskCreated",
        topic=EVENTS_TOPIC,
        key="7",
        data=data,
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def numbers(log: EventLog, owner: str = "user:1") -> list[int]:
    return [event.sequence for event in await log.after(owner, 0, 1000)]


async def test_writers_who_know_nothing_of_each_other_leave_no_gap_and_repeat_nothing(database: Any) -> None:
    logs = [EventLog(database) for _ in range(4)]
    groups = [[told() for _ in range(3)] for _ in range(40)]
    logged = await asyncio.gather(*(logs[place % 4].append(group) for place, group in enumerate(groups)))
    assert await numbers(logs[0]) == list(range(1, 121))
    assert sorted(event.id for group in logged for event in group) == sorted(
        entry.id for group in groups for entry in group
    )
    for group, events in zip(groups, logged, strict=True):
        assert [event.id for event in events] == [entry.id for entry in group]
        in_order = [event.sequence for event in events]
        assert in_order == sorted(in_order)


async def test_what_was_logged_already_keeps_its_number(database: Any) -> None:
    first, second, third, fourth = (told() for _ in range(4))
    log, other = EventLog(database), EventLog(database)
    await log.append([first, second])
    again = await other.append([third, first, second, fourth])
    assert [event.sequence for event in again] == [3, 1, 2, 4]
    assert await numbers(log) == [1, 2, 3, 4]


async def test_the_same_event_from_two_writers_at_once_is_logged_once(database: Any) -> None:
    entries = [told() for _ in range(5)]
    logged = await asyncio.gather(*(EventLog(database).append(entries) for _ in range(4)))
    assert await numbers(EventLog(database)) == [1, 2, 3, 4, 5]
    assert all(events == logged[0] for events in logged)


async def test_a_new_process_finds_the_end_of_a_long_log(database: Any) -> None:
    await EventLog(database).append([told() for _ in range(2 * HEAD_EVERY + 7)])
    assert await EventLog(database).last("user:1") == 2 * HEAD_EVERY + 7
    await EventLog(database).append([told() for _ in range(HEAD_EVERY)])
    assert (await EventLog(database).append([told()]))[0].sequence == 3 * HEAD_EVERY + 8


async def test_owners_have_numbers_of_their_own(database: Any) -> None:
    log = EventLog(database)
    await asyncio.gather(log.append([told("user:1")]), log.append([told("user:2")]))
    assert await log.last("user:1") == await log.last("user:2") == 1
    assert await log.last("user:3") == 0
