"""Ending background tasks."""

import asyncio
from typing import Any

AGAIN_S = 5.0
"""How long a task may take to end before it is cancelled again."""


async def end(*tasks: "asyncio.Task[Any]", again_s: float = AGAIN_S) -> None:
    """Cancel these tasks, and again those that missed it, until all have ended, however they end.

    Before Python 3.12 ``asyncio.wait_for`` loses a cancellation that comes at the moment at which what it waits for is
    done, and the Kafka client waits so everywhere. A task that begins anew after each round would then never end.
    """
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=again_s)
    await asyncio.gather(*tasks, return_exceptions=True)
