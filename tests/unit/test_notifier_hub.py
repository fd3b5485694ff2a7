"""The hub: an owner's events reach each of its clients in order, none missing and none twice, whatever Kafka does."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import UnitProgressed
from services.notifier.hub import Hub
from services.notifier.subscription import End, Item, Progress, Subscription
from talestream.event_log import LoggedEvent
from talestream.log_reading import Log
from tests.memory_log import OWNER, WHEN, MemoryLog, event, no_tasks


def progress(fraction: float) -> Progress:
    return Progress(UnitProgressed(task_id=1, owner=OWNER, stage="image", attempt=1, progress=fraction), WHEN)


def hub_on(log: Log, queue_size: int = 1000) -> Hub:
    return Hub(log, no_tasks, queue_size)


async def take(subscription: Subscription, count: int) -> list[Item]:
    async with asyncio.timeout(5):
        return [await anext(subscription) for _ in range(count)]


async def numbers(subscription: Subscription, count: int) -> list[int]:
    return [item.sequence for item in await take(subscription, count) if isinstance(item, LoggedEvent)]


async def is_silent(subscription: Subscription) -> bool:
    waiting = asyncio.create_task(take(subscription, 1))
    await settle()
    waiting.cancel()
    return not waiting.done()


async def settle() -> None:
    """Let everything happen that needs no time."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_client_without_a_cursor_gets_only_what_happens_from_now_on() -> None:
    log = MemoryLog(3)
    async with hub_on(log).subscribe(OWNER) as subscription:
        log.append()
        assert await numbers(subscription, 1) == [4]


async def test_a_client_resumes_behind_its_cursor_over_many_pages() -> None:
    log = MemoryLog(450)
    async with hub_on(log).subscribe(OWNER, 2) as subscription:
        assert await numbers(subscription, 448) == list(range(3, 451))
        assert await is_silent(subscription)


async def test_a_live_event_is_passed_on_without_reading_the_log() -> None:
    log = MemoryLog(1)
    hub = hub_on(log)
    async with hub.subscribe(OWNER) as subscription:
        assert await is_silent(subscription)
        reads = log.reads
        hub.deliver(log.append())
        assert await numbers(subscription, 1) == [2]
        assert log.reads == reads


async def test_a_gap_is_filled_from_the_log_before_anything_later_is_passed_on() -> None:
    log = MemoryLog()
    hub = hub_on(log)
    async with hub.subscribe(OWNER) as subscription:
        assert await is_silent(subscription)
        log.append()
        log.append()
        hub.deliver(log.append())
        assert await numbers(subscription, 3) == [1, 2, 3]


async def test_an_event_that_comes_again_is_dropped() -> None:
    log = MemoryLog()
    hub = hub_on(log)
    async with hub.subscribe(OWNER) as subscription:
        assert await is_silent(subscription)
        first, second = log.append(), log.append()
        for found in (first, second, first, second):
            hub.deliver(found)
        assert await numbers(subscription, 2) == [1, 2]
        assert await is_silent(subscription)


async def test_an_event_that_kafka_lost_comes_from_the_log_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifier.hub.POLL_WHEN_DEAF_S", 0.01)
    log = MemoryLog()
    hub = hub_on(log)
    watching = asyncio.create_task(hub.watch_log())
    async with hub.subscribe(OWNER) as subscription:
        assert await is_silent(subscription)
        log.append()
        assert await numbers(subscription, 1) == [1]
    watching.cancel()


async def test_a_number_that_the_log_shows_late_is_waited_for() -> None:
    log = MemoryLog()
    hub = hub_on(log)
    async with hub.subscribe(OWNER) as subscription:
        assert await is_silent(subscription)
        log.append()
        last = log.append()
        log.hidden.add(1)
        hub.deliver(last)
        await settle()
        log.hidden.clear()
        assert await numbers(subscription, 2) == [1, 2]


async def test_a_log_that_is_away_for_a_while_costs_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notifier.subscription.RETRY_S", 0.0)
    monkeypatch.setattr("services.notifier.hub.POLL_WHEN_DEAF_S", 0.01)
    log = MemoryLog(2)
    hub = hub_on(log)
    watching = asyncio.create_task(hub.watch_log())
    async with hub.subscribe(OWNER, 0) as subscription:
        log.failures = 3
        assert await numbers(subscription, 2) == [1, 2]
        assert await is_silent(subscription)
        log.failures = 3
        log.append()
        hub.deliver(log.append())
        assert await numbers(subscription, 2) == [3, 4]
    watching.cancel()


async def test_owners_do_not_see_each_others_events() -> None:
    log = MemoryLog()
    hub = hub_on(log)
    async with hub.subscribe(OWNER) as mine, hub.subscribe("user:8") as theirs:
        assert await is_silent(mine)
        assert await is_silent(theirs)
        hub.deliver(log.append("user:8"))
        assert [item.owner for item in await take(theirs, 1) if isinstance(item, LoggedEvent)] == ["user:8"]
        assert await is_silent(mine)


async def test_a_client_that_leaves_too_much_waiting_is_dropped_and_the_others_are_not() -> None:
    log = MemoryLog()
    hub = hub_on(log, queue_size=10)
    async with hub.subscribe(OWNER) as slow, hub.subscribe(OWNER) as quick:
        assert await is_silent(slow)
        assert await is_silent(quick)
        for sequence in range(1, 12):
            hub.deliver(log.append())
            assert await numbers(quick, 1) == [sequence]
        assert slow.ended.is_set()
        assert slow.end is End.TOO_SLOW
        assert slow.cursor == 0
        with pytest.raises(StopAsyncIteration):
            await anext(slow)
        assert quick.end is None


async def test_a_client_that_catches_up_is_never_too_slow() -> None:
    log = MemoryLog(300)
    hub = hub_on(log, queue_size=10)
    async with hub.subscribe(OWNER, 0) as subscription:
        assert await numbers(subscription, 1) == [1]
        for _ in range(100):
            hub.deliver(log.append())
        assert await numbers(subscription, 399) == list(range(2, 401))
        assert subscription.end is None


async def test_progress_is_passed_on_only_to_clients_who_want_it() -> None:
    log = MemoryLog()
    hub = hub_on(log)
    async with hub.subscribe(OWNER, with_progress=True) as curious, hub.subscribe(OWNER) as plain:
        assert await is_silent(curious)
        assert await is_silent(plain)
        hub.deliver(progress(0.5))
        assert await take(curious, 1) == [progress(0.5)]
        assert await is_silent(plain)


async def test_progress_is_left_out_before_a_client_counts_as_too_slow() -> None:
    log = MemoryLog()
    hub = hub_on(log, queue_size=10)
    async with hub.subscribe(OWNER, with_progress=True) as subscription:
        assert await is_silent(subscription)
        for step in range(100):
            hub.deliver(progress(step / 100))
        hub.deliver(log.append())
        items = await take(subscription, 6)
        assert items[:5] == [progress(step / 100) for step in range(5)]
        assert isinstance(items[5], LoggedEvent)


async def test_closing_ends_the_streams_that_are_open_and_those_that_come_later() -> None:
    hub = hub_on(MemoryLog())
    async with hub.subscribe(OWNER) as open_before:
        hub.close()
        assert open_before.end is End.CLOSING
        async with hub.subscribe(OWNER) as opened_later:
            assert opened_later.end is End.CLOSING


async def test_waiting_for_the_next_item_may_be_cancelled_without_losing_one() -> None:
    log = MemoryLog()
    hub = hub_on(log)
    async with hub.subscribe(OWNER) as subscription:
        for sequence in range(1, 4):
            assert await is_silent(subscription)
            hub.deliver(log.append())
            assert await numbers(subscription, 1) == [sequence]


@st.composite
def unreliable_deliveries(draw: st.DrawFn) -> tuple[int, list[int]]:
    """How many events are logged, and which of them Kafka brings in which order."""
    count = draw(st.integers(1, 12))
    return count, draw(st.lists(st.integers(1, count), max_size=30))


@given(unreliable_deliveries(), st.integers(0, 12), st.integers(0, 12))
async def test_every_client_gets_each_event_once_in_order_whatever_kafka_brings(
    deliveries: tuple[int, list[int]], since: int, logged_before: int
) -> None:
    count, brought = deliveries
    log = MemoryLog(min(logged_before, count))
    hub = hub_on(log)
    async with hub.subscribe(OWNER, since) as resumed, hub.subscribe(OWNER) as live:
        began = len(log.events.get(OWNER, []))
        received: dict[Subscription, list[int]] = {resumed: [], live: []}
        readers = [asyncio.create_task(_collect(found, received[found])) for found in received]
        for sequence in brought:
            while len(log.events.get(OWNER, [])) < sequence:
                log.append()
            hub.deliver(event(sequence))
            await asyncio.sleep(0)
        while len(log.events.get(OWNER, [])) < count + 1:
            log.append()
        hub.deliver(event(count + 1))
        async with asyncio.timeout(5):
            while any(not numbers or numbers[-1] < count + 1 for numbers in received.values()):
                await asyncio.sleep(0.001)
        await settle()
        assert received[resumed] == list(range(min(since, began) + 1, count + 2))
        assert received[live] == list(range(began + 1, count + 2))
        for reader in readers:
            reader.cancel()


async def _collect(subscription: Subscription, into: list[int]) -> None:
    async for item in subscription:
        if isinstance(item, LoggedEvent):
            into.append(item.sequence)
