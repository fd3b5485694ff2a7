"""Waiting, as long as it takes and no longer than a limit, for a system that is left alone to come to rest."""

import asyncio
import time
from collections.abc import Sequence

from tests.chaos.clients import ClientLog
from tests.chaos.evidence import read_log
from tests.chaos.user import User

LOOK_S = 1.0
QUIET_S = 4.0
"""Logs that have not grown for so long are complete."""


async def until_work_is_done(working: "asyncio.Task[None]", limit_s: float) -> None:
    """Return once every task has ended, or the limit has passed: what has not ended by then is stuck."""
    await asyncio.wait({working}, timeout=limit_s)
    if working.done():
        working.result()


async def until_all_are_told(users: Sequence[User], clients: Sequence[ClientLog], limit_s: float) -> None:
    """Return once no log grows any more and each client has heard of its last event, or the limit has passed."""
    ends: dict[str, int] = {}
    began = grew = time.monotonic()
    while time.monotonic() - began < limit_s:
        found = {user.name: max((told["cursor"] for told in await read_log(user)), default=0) for user in users}
        if found != ends:
            ends, grew = found, time.monotonic()
        are_told = all(client.cursor >= ends[client.owner] for client in clients if client.with_detail)
        if are_told and time.monotonic() - grew > QUIET_S:
            return
        await asyncio.sleep(LOOK_S)
