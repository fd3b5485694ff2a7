"""Which process sweeps for all."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.sweeping import LEASE_S

LOOK_S = 0.05


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(LOOK_S)


async def test_one_process_sweeps_and_when_it_is_gone_another_does(own_database: Settings) -> None:
    async with AsyncExitStack() as all_parts:
        processes: list[tuple[Runtime, AsyncExitStack]] = []
        for _ in range(2):
            parts = await all_parts.enter_async_context(AsyncExitStack())
            processes.append((await parts.enter_async_context(Runtime.open("test", own_database)), parts))
        await eventually(lambda: any(runtime.relay.sweeper.is_leader for runtime, _ in processes))
        for _ in range(int(LEASE_S / LOOK_S)):
            assert sum(runtime.relay.sweeper.is_leader for runtime, _ in processes) == 1
            await asyncio.sleep(LOOK_S)
        (_, parts), (other, _) = sorted(processes, key=lambda process: not process[0].relay.sweeper.is_leader)
        await parts.aclose()
        await eventually(lambda: other.relay.sweeper.is_leader)
