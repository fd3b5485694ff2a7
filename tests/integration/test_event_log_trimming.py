"""The event log forgets what is too old or too much, never the newest, and never gives a number twice."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from schemas import EVENTS_TOPIC, OutboxEntry, TaskCreated
from talestream.clock import SystemClock
from talestream.event_log import EventLog
from talestream.janitor import Janitor
from talestream.log_reading import Gap, Interruption, read_on
from talestream.settings import EventSettings, Settings

OWNER = "user:7"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVER = NOW - timedelta(days=10_000)


@dataclass
class SetClock(SystemClock):
    """Stands still."""

    time: datetime = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
async def database(own_database: Settings) -> AsyncIterator[AsyncIOMotorDatabase[dict[str, Any]]]:
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
        own_database.mongo.uri.get_secret_value(), tz_aware=True
    )
    yield client[own_database.mongo.database]
    client.close()


@pytest.fixture
async def log(database: AsyncIOMotorDatabase[dict[str, Any]]) -> EventLog:
    log = EventLog(database)
    await log.prepare()
    return log


async def append(log: EventLog, *ages_days: float, owner: str = OWNER) -> list[int]:
    """Log an event of each age and return their numbers."""
    numbers = []
    for age in ages_days:
        time = NOW - timedelta(days=age)
        event = TaskCreated(task_id=1, owner=owner)
        entry = OutboxEntry(
            id=uuid.uuid4().hex,
            type="TaskCreated",
            topic=EVENTS_TOPIC,
            key="1",
            data=event.model_dump(mode="json"),
            not_before=time,
        )
        numbers += [logged.sequence for logged in await log.append([entry])]
    return numbers


async def kept(log: EventLog, owner: str = OWNER) -> list[int]:
    return [event.sequence for event in await log.after(owner, 0, 10_000)]


async def test_events_that_are_too_old_go_and_the_floor_says_so(log: EventLog) -> None:
    await append(log, 40, 35, 31, 29, 3, 0)
    assert await log.trim(OWNER, NOW - timedelta(days=30), 1000) == 3
    assert (await log.floor(OWNER), await log.last(OWNER), await kept(log)) == (4, 6, [4, 5, 6])
    assert await log.trim(OWNER, NOW - timedelta(days=30), 1000) == 0


async def test_more_events_than_are_kept_of_one_owner_go(log: EventLog) -> None:
    await append(log, *[0] * 12)
    assert await log.trim(OWNER, EVER, 5) == 7
    assert await kept(log) == [8, 9, 10, 11, 12]


async def test_the_newest_event_stays_however_old_it_is(log: EventLog) -> None:
    await append(log, 90, 80, 70)
    assert await log.trim(OWNER, NOW, 1000) == 2
    assert (await log.floor(OWNER), await kept(log)) == (3, [3])
    assert await append(log, 0) == [4]


async def test_an_owner_without_events_has_nothing_to_forget(log: EventLog) -> None:
    assert await log.trim(OWNER, NOW, 1000) == 0
    assert await log.floor(OWNER) == 1


async def test_no_process_gives_a_number_twice_after_the_log_was_trimmed(
    log: EventLog, database: AsyncIOMotorDatabase[dict[str, Any]]
) -> None:
    long_silent, busy = EventLog(database), EventLog(database)
    await append(long_silent, 0, 0, 0)
    await append(busy, *[0] * 120)
    await log.trim(OWNER, EVER, 10)
    await database["event_heads"].update_one({"_id": OWNER}, {"$min": {"last": 114}})  # as late as it may be
    for process in (long_silent, busy, EventLog(database)):
        assert await process.last(OWNER) == 123
    assert await append(long_silent, 0) == [124]
    assert await append(EventLog(database), 0) == [125]


async def test_whoever_comes_back_with_a_forgotten_cursor_is_told(log: EventLog) -> None:
    await append(log, *[0] * 20)
    await log.trim(OWNER, EVER, 5)
    stretch = await read_on(log, OWNER, 3)
    assert stretch.interruption == Interruption(Gap.TOO_OLD, 3, 15)
    assert [event.sequence for event in stretch.events] == [16, 17, 18, 19, 20]
    assert (await read_on(log, OWNER, 15)).interruption is None


async def test_the_janitor_trims_every_owners_log(log: EventLog) -> None:
    await append(log, 9, 5, 0)
    await append(log, 9, 0, owner="user:8")
    janitor = Janitor(log, EventSettings(keep_days=7), SetClock(), lambda: True)
    assert await janitor.trim() == 2
    assert (await kept(log), await kept(log, "user:8")) == ([2, 3], [2])


async def test_the_janitor_works_in_the_process_that_leads_alone(
    log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("talestream.janitor.ROUND_S", 0.0)
    await append(log, 9, 0)
    asked: list[bool] = []
    is_leader = False

    def leads() -> bool:
        asked.append(is_leader)
        return is_leader

    janitor = Janitor(log, EventSettings(keep_days=7), SetClock(), leads)
    janitor.start()
    while len(asked) < 5:
        await SystemClock().sleep(0.001)
    assert await kept(log) == [1, 2]
    is_leader = True
    while asked.count(True) < 2:  # the second round begins when the first is done
        await SystemClock().sleep(0.001)
    await janitor.stop()
    assert await kept(log) == [2]
