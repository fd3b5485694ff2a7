"""How a stream begins: behind a cursor that is good, too old or unknown, and with a snapshot for who wants one."""

import pytest

from services.notifier.hub import Hub
from services.notifier.subscription import Item, Subscription
from talestream.event_log import LoggedEvent
from talestream.log_reading import Gap, Interruption
from talestream.snapshot import Snapshot
from tests.memory_log import OWNER, WHEN, MemoryLog


def hub_on(log: MemoryLog) -> Hub:
    async def snap(owner: str) -> Snapshot:
        return Snapshot(await log.last(owner), WHEN, ())

    return Hub(log, snap, 100)


async def take(subscription: Subscription, count: int) -> list[Item | int]:
    """The next items; of an event its number."""
    items = [await anext(subscription) for _ in range(count)]
    return [item.sequence if isinstance(item, LoggedEvent) else item for item in items]


async def test_a_cursor_that_is_too_old_is_told_first_and_the_stream_goes_on_at_the_floor() -> None:
    log = MemoryLog(6)
    log.forget(4)
    async with hub_on(log).subscribe(OWNER, 1) as subscription:
        assert await take(subscription, 1) == [Interruption(Gap.TOO_OLD, 1, 3)]
        assert subscription.cursor == 3
        assert await take(subscription, 3) == [4, 5, 6]


async def test_a_cursor_that_is_unknown_is_told_first_and_the_stream_goes_on_from_now() -> None:
    log = MemoryLog(2)
    async with hub_on(log).subscribe(OWNER, 10**18) as subscription:
        log.append()
        assert await take(subscription, 2) == [Interruption(Gap.UNKNOWN, 10**18, 2), 3]


async def test_a_log_that_is_trimmed_under_a_reader_interrupts_it_where_it_is() -> None:
    log = MemoryLog(450)
    async with hub_on(log).subscribe(OWNER, 0) as subscription:
        assert await take(subscription, 200) == list(range(1, 201))
        log.forget(301)
        assert await take(subscription, 2) == [Interruption(Gap.TOO_OLD, 200, 300), 301]


async def test_a_database_that_was_set_back_is_told_to_those_who_listen() -> None:
    log = MemoryLog(5)
    hub = hub_on(log)
    async with hub.subscribe(OWNER, 4) as subscription:
        assert await take(subscription, 1) == [5]
        del log.events[OWNER][2:]
        assert await take(subscription, 1) == [Interruption(Gap.UNKNOWN, 5, 2)]
        log.append()
        assert await take(subscription, 1) == [3]


async def test_without_a_cursor_a_snapshot_comes_first_and_then_what_is_behind_it() -> None:
    log = MemoryLog(3)
    async with hub_on(log).subscribe(OWNER, with_snapshot=True) as subscription:
        log.append()
        assert await take(subscription, 1) == [Snapshot(4, WHEN, ())]
        log.append()
        assert await take(subscription, 1) == [5]
        assert subscription.cursor == 5


async def test_who_resumes_needs_no_snapshot() -> None:
    async with hub_on(MemoryLog(3)).subscribe(OWNER, 1, with_snapshot=True) as subscription:
        assert await take(subscription, 2) == [2, 3]


async def test_an_interruption_is_followed_by_a_snapshot_for_who_wants_one() -> None:
    log = MemoryLog(6)
    log.forget(4)
    for since, told in ((1, Interruption(Gap.TOO_OLD, 1, 3)), (9, Interruption(Gap.UNKNOWN, 9, 6))):
        async with hub_on(log).subscribe(OWNER, since, with_snapshot=True) as subscription:
            assert await take(subscription, 2) == [told, Snapshot(6, WHEN, ())]


async def test_a_snapshot_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifier.subscription.RETRY_S", 0.0)
    log = MemoryLog(3)
    async with hub_on(log).subscribe(OWNER, with_snapshot=True) as subscription:
        log.failures = 3
        assert await take(subscription, 1) == [Snapshot(3, WHEN, ())]
