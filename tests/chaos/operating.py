"""What an operator does once nothing is broken any more (``docs/operations.md``)."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress

from talestream.embedded.probes import lacks
from talestream.embedded.stack import Stack
from tests.chaos.plan import GARBLED_STAGES

LOOK_S = 5.0


async def restart_paused(stack: Stack, tell: Callable[[str], None]) -> None:
    """Start each worker anew that takes no work because messages of ours cannot be read. Until cancelled.

    As long as others succeed it sets the unreadable ones aside by itself. Where nothing but orders behind them is left
    to do, it waits for somebody to act: with each start it sets some aside, up to its limit.
    """
    while True:
        for stage in sorted(GARBLED_STAGES):
            if "dead_letters: " in await lacks(stack.folder.state().ports[stage]) and (pid := stack.pids.get(stage)):
                tell(f"{stage} has paused and is started anew")
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
        await asyncio.sleep(LOOK_S)
