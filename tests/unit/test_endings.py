"""Background tasks end, also those that miss a cancellation."""

import asyncio

from talestream.endings import end


async def test_a_task_that_misses_a_cancellation_is_cancelled_again() -> None:
    missed = 0

    async def begin_anew() -> None:
        nonlocal missed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                missed += 1
                if missed == 3:
                    raise

    task = asyncio.create_task(begin_anew())
    await asyncio.sleep(0)
    await end(task, again_s=0.01)
    assert (task.cancelled(), missed) == (True, 3)


async def test_how_a_task_ends_is_its_own_affair() -> None:
    async def fail_when_cancelled() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise OSError("while it cleaned up")

    failing, done = asyncio.create_task(fail_when_cancelled()), asyncio.create_task(asyncio.sleep(0))
    await done
    await end(failing, done)
    assert isinstance(failing.exception(), OSError)
    await end()
