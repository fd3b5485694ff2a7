"""Doorbells: whoever publishes is heard at once by whoever reads the topic, and nobody else."""

import asyncio
from pathlib import Path

from talestream.doorbells import Doorbell, Doorbells

LONG_S, SHORT_S = 30.0, 0.05


async def is_waiting(bell: Doorbell) -> bool:
    """Whether whoever waits for the bell still waits after a while. The wait is ended then."""
    waiting = asyncio.create_task(bell.wait(LONG_S))
    await asyncio.wait({waiting}, timeout=SHORT_S)
    return waiting.cancel()


async def test_a_ring_ends_the_wait_of_every_reader_of_the_topic(tmp_path: Path) -> None:
    mine, others = Doorbells(tmp_path), Doorbells(tmp_path)
    async with mine.answering("orders") as first, others.answering("orders") as second:
        waiting = asyncio.gather(first.wait(LONG_S), second.wait(LONG_S))
        others.ring("orders")
        async with asyncio.timeout(LONG_S / 2):
            await waiting


async def test_a_ring_for_another_topic_is_not_heard(tmp_path: Path) -> None:
    bells = Doorbells(tmp_path)
    async with bells.answering("orders") as bell, bells.answering("events") as other:
        bells.ring("events")
        async with asyncio.timeout(LONG_S / 2):
            await other.wait(LONG_S)
        assert await is_waiting(bell)


async def test_a_ring_that_came_before_the_wait_counts_until_it_is_hushed(tmp_path: Path) -> None:
    bells = Doorbells(tmp_path)
    async with bells.answering("orders") as bell:
        bells.ring("orders")
        async with asyncio.timeout(LONG_S / 2):
            await bell.wait(LONG_S)
        assert not await is_waiting(bell)
        assert bell.hush()
        assert not bell.hush()
        assert await is_waiting(bell)


async def test_nobody_waits_longer_than_they_mean_to(tmp_path: Path) -> None:
    async with Doorbells(tmp_path).answering("orders") as bell:
        await bell.wait(SHORT_S)


async def test_nobody_is_rung_for_once_the_reader_has_gone(tmp_path: Path) -> None:
    bells = Doorbells(tmp_path)
    async with bells.answering("orders"):
        assert len(list((tmp_path / "orders").iterdir())) == 1
    assert list((tmp_path / "orders").iterdir()) == []
    bells.ring("orders")
    bells.ring("never read")
