"""Pieces of work that are done together."""

import asyncio

import pytest

from talestream.batches import Batches


class Desk:
    """Does batches when it is let, and remembers them."""

    def __init__(self) -> None:
        self.done: list[tuple[str, list[int]]] = []
        self.may_go_on = asyncio.Event()
        self.batches = Batches(self.work)

    async def work(self, key: str, items: list[int]) -> list[int | Exception]:
        await self.may_go_on.wait()
        self.done.append((key, items))
        return [item * 2 if item else ValueError("nothing") for item in items]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_while_a_batch_is_under_way_is_the_next_batch() -> None:
    desk = Desk()
    waiting = [asyncio.ensure_future(desk.batches.submit("a", 1))]
    await settled()
    waiting += [asyncio.ensure_future(desk.batches.submit("a", item)) for item in (2, 3)]
    await settled()
    desk.may_go_on.set()
    assert await asyncio.gather(*waiting) == [2, 4, 6]
    assert desk.done == [("a", [1]), ("a", [2, 3])]


async def test_keys_do_not_wait_for_each_other() -> None:
    desk = Desk()
    waiting = [asyncio.ensure_future(desk.batches.submit(key, 1)) for key in ("a", "b")]
    await settled()
    desk.may_go_on.set()
    await asyncio.gather(*waiting)
    assert desk.done == [("a", [1]), ("b", [1])]


async def test_one_piece_that_fails_fails_alone() -> None:
    desk = Desk()
    desk.may_go_on.set()
    outcomes = await asyncio.gather(*(desk.batches.submit("a", item) for item in (0, 1)), return_exceptions=True)
    assert isinstance(outcomes[0], ValueError)
    assert outcomes[1] == 2


async def test_when_the_work_itself_fails_every_piece_does_and_the_next_batch_is_tried() -> None:
    tries = 0

    async def work(_key: str, items: list[int]) -> list[int | Exception]:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise OSError("away")
        return list(items)

    batches = Batches(work)
    outcomes = await asyncio.gather(*(batches.submit("a", item) for item in (1, 2)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    assert await batches.submit("a", 3) == 3


async def test_a_caller_who_goes_away_stops_nothing() -> None:
    desk = Desk()
    gone, other = (asyncio.ensure_future(desk.batches.submit("a", item)) for item in (1, 2))
    await settled()
    gone.cancel()
    desk.may_go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await other == 4
    assert desk.done == [("a", [1, 2])]
