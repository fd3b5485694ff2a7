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
from tests.chaos.plan import SERVICE_KILLS, Fault, Kind, Plan

LOOK_S = 0.02
TELL_S = 30.0
RARE_AFTER_S = 90.0
"""By then, what happens all the time has happened: a point that nobody has passed is a rare one."""


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
        how_it_goes: Callable[[], str],
    ) -> None:
        """``how_it_goes`` is asked every now and then for the progress of the work."""
        self.done: Counter[Kind] = Counter()
        self._stack = stack
        self._plan = plan
        self._board = board
        self._names = {point.number: str(point) for point in points}
        self._disk = disk
        self._meddler = meddler
        self._say = say
        self._how_it_goes = how_it_goes
        self._began = time.monotonic()

    async def run(self) -> None:
        """Carry out the whole plan."""
        self._began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            beside = [group.create_task(self._at_points()), group.create_task(self._tell())]
            await asyncio.gather(self._in_turn(self._plan.on_services), self._in_turn(self._plan.on_servers))
            for task in beside:
                task.cancel()
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
            case Kind.FOREIGN:
                self._note(fault, await self._meddler.order(fault.count) > 0)
            case Kind.VAIN:
                self._note(fault, await self._meddler.cancel_in_vain(fault.count) > 0)
            case Kind.GARBLED:
                await self._garble(fault)

    async def _at_points(self) -> None:
        """Kill at every point once: whoever comes first to one at which nobody has died, dies there.

        Those that are passed all the time have their turn first. The rare ones wait all the time, in the pauses too.
        """
        for fault in self._plan.at_points:
            until = time.monotonic() + fault.after_s
            while time.monotonic() < until:
                if time.monotonic() > self._began + RARE_AFTER_S:
                    self._board.arm(self._left() - self._board.passed())
                await self._until_somebody_died(until)
            left = self._left()
            if not left:
                return
            self._board.arm(left)
            await self._until_somebody_died()

    def _left(self) -> set[int]:
        return set(self._names) - {death["point"] for death in self._board.deaths()}

    async def _until_somebody_died(self, until: float = float("inf")) -> None:
        while time.monotonic() < until:
            deaths = self._board.deaths()
            for death in deaths[self.done[Kind.POINT] :]:
                self.done[Kind.POINT] += 1
                self._say(f"killed at {self._names[death['point']]}: {death['program']}")
                until = 0.0
            await asyncio.sleep(LOOK_S)

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(TELL_S)
            killed = sum(self.done[kind] for kind in SERVICE_KILLS)
            self._say(
                f"--- {self._how_it_goes()}; {killed} services killed, "
                f"at {len(self._names) - len(self._left())} of {len(self._names)} points; "
                f"{len(self._board.passed())} points passed"
            )

    async def _garble(self, fault: Fault) -> None:
        """Make a worker believe that the fault is ours, and tell it to end while it takes no work."""
        self._note(fault, await self._meddler.garble(fault.target, fault.count) > 0)
        await asyncio.sleep(fault.for_s)
        if pid := self._stack.pids.get(fault.target):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    async def _signal(self, fault: Fault, number: signal.Signals) -> None:
        """Send it to the process once it runs: one that has just died may still be listed."""
        async with asyncio.timeout(60):
            while True:
                if pid := self._stack.pids.get(fault.target):
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                        self._note(fault)
                        return
                await asyncio.sleep(LOOK_S)

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
