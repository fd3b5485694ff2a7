"""Doorbells: whoever publishes is heard at once by whoever reads the topic, and nobody else."""

import asyncio
from pathlib import Path

from talestream.doorbells import Doorbells

LONG_S, SHORT_S = 30.0, 0.05


def never() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


async def is_waiting(waiting: "asyncio.Task[bool]") -> bool:
    """Whether it still waits after a while. It is ended then."""
    await asyncio.wait({waiting}, timeout=SHORT_S)
    return waiting.cancel()


async def test_a_ring_ends_the_wait_of_every_reader_of_the_topic(tmp_path: Path) -> None:
    mine, others = Doorbells(tmp_path), Doorbells(tmp_path)
    async with mine.answering("orders") as first, others.answering("orders") as second:
        waiting = asyncio.gather(first.wait(LONG_S, never()), second.wait(LONG_S, never()))
        others.ring("orders")
        assert await waiting == [True, True]


async def test_a_ring_for_another_topic_is_not_heard(tmp_path: Path) -> None:
    bells = Doorbells(tmp_path)
    async with bells.answering("orders") as bell, bells.answering("events") as other:
        bells.ring("events")
        assert await other.wait(LONG_S, never())
        assert await is_waiting(asyncio.create_task(bell.wait(LONG_S, never())))


async def test_a_ring_that_came_before_the_wait_is_not_lost_and_counts_once(tmp_path: Path) -> None:
    bells = Doorbells(tmp_path)
    async with bells.answering("orders") as bell:
        bells.ring("orders")
        await asyncio.sleep(SHORT_S)
        assert await bell.wait(LONG_S, never())
        assert await is_waiting(asyncio.create_task(bell.wait(LONG_S, never())))


async def test_nobody_waits_for_what_is_not_to_be_fetched_any_more_nor_the_next_time(tmp_path: Path) -> None:
    async with Doorbells(tmp_path).answering("orders") as bell:
        unless = never()
        waiting = asyncio.create_task(bell.wait(LONG_S, unless))
        await asyncio.sleep(0)
        unless.set_result(None)
        assert not await waiting
        assert await bell.wait(LONG_S, never())


async def test_nobody_is_rung_for_once_the_reader_has_gone(tmp_path: Path) -> None:
    bells = Doorbells(tmp_path)
    async with bells.answering("orders"):
        assert len(list((tmp_path / "orders").iterdir())) == 1
    assert list((tmp_path / "orders").iterdir()) == []
    bells.ring("orders")
    bells.ring("never read")
