"""Reading on behind a cursor: what is there, in order, or what is gone, said plainly."""

import pytest

from talestream.log_reading import PAGE, Gap, Interruption, read_on
from tests.memory_log import OWNER, MemoryLog


async def numbers(log: MemoryLog, cursor: int) -> tuple[list[int], Interruption | None]:
    stretch = await read_on(log, OWNER, cursor)
    return [event.sequence for event in stretch.events], stretch.interruption


@pytest.mark.parametrize(
    ("size", "cursor", "expected"), [(0, 0, []), (3, 0, [1, 2, 3]), (3, 1, [2, 3]), (3, 3, []), (450, 100, None)]
)
async def test_what_follows_a_cursor_comes_in_order_page_by_page(
    size: int, cursor: int, expected: list[int] | None
) -> None:
    assert await numbers(MemoryLog(size), cursor) == (expected or list(range(101, 101 + PAGE)) * (size > PAGE), None)


async def test_going_on_costs_one_read_whether_there_is_anything_new_or_not() -> None:
    log = MemoryLog(3)
    for cursor in (1, 3):
        log.reads = 0
        await read_on(log, OWNER, cursor)
        assert log.reads == 1


@pytest.mark.parametrize("cursor", [0, 1, 398])
async def test_a_cursor_below_the_floor_is_too_old_and_reading_goes_on_at_the_floor(cursor: int) -> None:
    log = MemoryLog(410)
    log.forget(400)
    assert await numbers(log, cursor) == (list(range(400, 411)), Interruption(Gap.TOO_OLD, cursor, 399))


async def test_the_cursor_just_below_the_floor_misses_nothing() -> None:
    log = MemoryLog(10)
    log.forget(4)
    assert await numbers(log, 3) == (list(range(4, 11)), None)


async def test_a_cursor_that_was_never_given_is_unknown_and_the_end_is_named() -> None:
    assert await numbers(MemoryLog(2), 7) == ([], Interruption(Gap.UNKNOWN, 7, 2))
    assert await numbers(MemoryLog(), 1) == ([], Interruption(Gap.UNKNOWN, 1, 0))


async def test_the_part_before_a_hole_is_read_and_the_hole_is_looked_at_again() -> None:
    log = MemoryLog(4)
    log.hidden.add(3)
    assert await numbers(log, 0) == ([1, 2], None)
    log.hidden.clear()
    assert await numbers(log, 2) == ([3, 4], None)


async def test_numbers_that_somebody_deleted_by_hand_are_told_as_gone() -> None:
    log = MemoryLog(5)
    log.hidden |= {2, 3}
    assert await numbers(log, 1) == ([4, 5], Interruption(Gap.TOO_OLD, 1, 3))
