"""Carries out a plan on a running stack, and keeps count of what it did."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress

from talestream.embedded.stack import Stack
from tests.chaos.disk import SmallDisk
from tests.chaos.faultline import Board, Point
from tests.chaos.meddler import Meddler
from tests.chaos.plan import Fault, Kind, Plan

POINT_PATIENCE_S = 5.0
LOOK_S = 0.02


class Director:
    """Does what the plan says: to services one thing after the other, and to servers beside it."""

    def __init__(
        self,
        stack: Stack,
        plan: Plan,
        board: Board,
        points: Sequence[Point],
        disk: SmallDisk,
        meddler: Meddler,
        say: Callable[[str], None],
    ) -> None:
        self.done: Counter[Kind] = Counter()
        self._stack = stack
        self._plan = plan
        self._board = board
        self._names = {point.number: str(point) for point in points}
        self._disk = disk
        self._meddler = meddler
        self._say = say

    async def run(self) -> None:
        """Carry out the whole plan."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._in_turn(self._plan.on_services))
            group.create_task(self._in_turn(self._plan.on_servers))
        self._board.disarm()

    async def _in_turn(self, faults: Sequence[Fault]) -> None:
        """One after the other. Whatever takes longer than was planned shortens the pauses after it."""
        due = time.monotonic()
        for fault in faults:
            due += fault.after_s
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await self._do(fault)
            due += fault.for_s

    async def _do(self, fault: Fault) -> None:
        match fault.kind:
            case Kind.POINT:
                await self._kill_at_a_point()
            case Kind.KILL | Kind.NOTIFIER | Kind.NURSERY:
                await self._signal(fault, signal.SIGKILL)
            case Kind.DRAIN:
                await self._signal(fault, signal.SIGTERM)
            case Kind.BROKER | Kind.DATABASE | Kind.OBJECTS:
                await self._take_down(fault)
            case Kind.DISK:
                await self._fill(fault)
            case Kind.DUPLICATE:
                self._note(fault, await self._meddler.repeat(fault.count) > 0)
            case Kind.REORDER:
                self._note(fault, await self._meddler.reverse(fault.count) > 0)
            case Kind.MALFORMED:
                self._note(fault, await self._meddler.write_nonsense(fault.count) > 0)

    async def _kill_at_a_point(self) -> None:
        """Arm every point at which nobody has died, and wait until somebody comes to one of them.

        Those that are passed all the time have their turn first, and those that wait for something rare all the time.
        """
        before = len(self._board.deaths())
        self._board.arm(set(self._names) - {death["point"] for death in self._board.deaths()})
        with suppress(TimeoutError):
            async with asyncio.timeout(POINT_PATIENCE_S):
                while len(self._board.deaths()) == before:
                    await asyncio.sleep(LOOK_S)
        self._board.disarm()
        for death in self._board.deaths()[before:]:
            self.done[Kind.POINT] += 1
            self._say(f"killed at {self._names[death['point']]}: {death['program']}")

    async def _signal(self, fault: Fault, number: signal.Signals) -> None:
        """Send it to the process once it runs."""
        async with asyncio.timeout(60):
            while (pid := self._stack.pids.get(fault.target)) is None:
                await asyncio.sleep(LOOK_S)
        with suppress(ProcessLookupError):
            os.kill(pid, number)
            self._note(fault)

    async def _take_down(self, fault: Fault) -> None:
        with self._stack.outage(fault.target):
            self._note(fault)
            await asyncio.sleep(fault.for_s)
        await self._stack.wait_ready(fault.target)

    async def _fill(self, fault: Fault) -> None:
        if self._disk.is_there:
            with self._disk.full():
                self._note(fault)
                await asyncio.sleep(fault.for_s)

    def _note(self, fault: Fault, was_done: bool = True) -> None:
        if was_done:
            self.done[fault.kind] += 1
            length = f" for {fault.for_s:g} s" if fault.for_s else ""
            number = f" ({fault.count})" if fault.count else ""
            self._say(f"{fault.kind}{number}: {fault.target}{length}".rstrip(": "))
