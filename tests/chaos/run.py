"""One run: a stack, its users and clients, everything that is done to it, and what is seen afterwards."""

import asyncio
import json
import os
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from talestream.blobs import Blobs
from talestream.clock import SystemClock
from talestream.embedded.stack import SERVICES, Stack
from talestream.ledger import Ledger
from tests.chaos import faultline
from tests.chaos.clients import ClientLog, Listener
from tests.chaos.director import Director
from tests.chaos.disk import SmallDisk
from tests.chaos.evidence import Evidence, gather
from tests.chaos.meddler import Meddler
from tests.chaos.plan import Kind, Plan, Size, make_plan
from tests.chaos.settling import until_all_are_told, until_work_is_done
from tests.chaos.user import User
from tests.chaos.work import Work

HERE = Path(__file__).parent
REPLICAS = {"image": 2, "speech": 2}
PAGES = 6
ORDERED_BY_OTHERS = ("story", "image", "split", "music")
"""Stages of which other systems order something. Their orders have no workflow that says how long they may take."""
SETTINGS = {
    "TALESTREAM_KAFKA__SESSION_TIMEOUT_S": "2",
    "TALESTREAM_KAFKA__HEARTBEAT_S": "0.5",
    "TALESTREAM_KAFKA__INCARNATION_CHECK_S": "1",
    "TALESTREAM_WORKER__LEASE_S": "4",
    "TALESTREAM_WORKER__DRAIN_S": "0.3",
    "TALESTREAM_NOTIFIER__HEARTBEAT_S": "5",
    "TALESTREAM_AUTH__ACCESS_TOKEN_S": "7200",
    "TALESTREAM_ADMISSION__RUNNING_TASKS": "12",
    "TALESTREAM_RETRIES__STAGES": json.dumps({stage: {"timeout_s": 8} for stage in ORDERED_BY_OTHERS}),
    "TALESTREAM_DEAD_LETTERS__FIRST_PAUSE_S": "5",
    "TALESTREAM_DEAD_LETTERS__LONGEST_PAUSE_S": "5",
    "TALESTREAM_PROVIDERS": "simulated",
    "TALESTREAM_SIMULATION__DURATION_S": "0.5",
    "TALESTREAM_SIMULATION__COST": "0.01",
    "TALESTREAM_SIMULATION__FAILURE_RATE": "0.06",
    "TALESTREAM_SIMULATION__HANG_RATE": "0.01",
}
"""Short times, so that much happens in little time; and providers that are paid, fail and hang."""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What was done, and what was seen."""

    size: Size
    plan: Plan
    done: Mapping[Kind, int]
    points: int
    never_passed: list[str]
    """The named points that no process has reached."""
    passed_alive: list[str]
    """Those that were reached, and at which nobody died."""
    unforeseen: list[str]
    """Errors that clients got and nobody foresaw."""
    disk_was_small: bool
    seconds: float
    evidence: Evidence


async def run(seed: int, size: Size, folder: Path, say: Say) -> Outcome:
    """Carry out the plan of ``seed`` in ``folder``, let everything settle, and look."""
    began = time.monotonic()

    def tell(line: str) -> None:
        say(f"{time.monotonic() - began:6.1f} s  {line}")

    points = faultline.points()
    services = [*SERVICES, *(f"{name}-{number}" for name in REPLICAS for number in range(2, REPLICAS[name] + 1))]
    plan = make_plan(seed, size, services)
    board = faultline.Board(folder / "board", len(points))
    ledger = Ledger(folder / "ledger.jsonl")
    disk = SmallDisk(folder / "stack" / "data" / "objects")
    async with AsyncExitStack() as closing:
        disk_is_small = disk.mount()
        if not disk_is_small:
            tell("no small disk for the object store: mounting one is not permitted here")
        closing.callback(disk.unmount)
        stack = Stack(
            folder / "stack",
            replicas=REPLICAS,
            environment=environment(seed, board, ledger),
            say=lambda line: tell(f"    {line}"),
        )
        await closing.enter_async_context(stack)
        tell(f"the stack is ready: {stack.url}")
        users = [
            await closing.enter_async_context(User.signed_up(stack.url, f"user{number}", f"{seed}/{number}"))
            for number in range(size.users)
        ]
        listeners = [_listener(stack.url, users[number % len(users)], number) for number in range(size.clients)]
        for listener in listeners:
            listener.start()
        meddler = Meddler(stack.settings.kafka.bootstrap, random.Random(seed))
        meddler.start()
        closing.push_async_callback(meddler.stop)
        work = Work(users, size.tasks, {"page_count": PAGES, "workflow": "story-chaos"})
        director = Director(stack, plan, board, points, disk, meddler, tell, work.so_far)
        working = asyncio.create_task(work.run(), name="work")
        closing.push_async_callback(_ended, working)
        await _directed(director, working)
        work.may_end.set()
        tell(f"nothing is killed any more; {len(work.ordered) - len(work.ended)} tasks are under way")
        garbled = {fault.target for fault in plan.faults if fault.kind is Kind.GARBLED}
        others = asyncio.create_task(meddler.keep_ordering(sorted(garbled)), name="others")
        await until_work_is_done(working, size.settle_s)
        await _ended(others)
        clients = [listener.log for listener in listeners]
        await until_all_are_told(users, clients, size.settle_s)
        tell("looking at everything")
        blobs = Blobs(stack.settings.objects, SystemClock())
        evidence = await gather(users, clients, blobs, ledger)
        for listener in listeners:
            await listener.stop()
    passed, died_at = board.passed(), {death["point"] for death in board.deaths()}
    return Outcome(
        size=size,
        plan=plan,
        done=director.done,
        points=len(points),
        never_passed=[str(point) for point in points if point.number not in passed],
        passed_alive=[str(point) for point in points if point.number in passed - died_at],
        unforeseen=[found for user in users for found in user.unforeseen],
        disk_was_small=disk_is_small,
        seconds=time.monotonic() - began,
        evidence=evidence,
    )


def environment(seed: int, board: faultline.Board, ledger: Ledger) -> dict[str, str]:
    """The environment of the stack: this process's own without its settings, the hook, and short times."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TALESTREAM_")}
    path = [str(HERE / "hook"), str(HERE.parents[1]), inherited.get("PYTHONPATH", "")]
    return {
        **inherited,
        **SETTINGS,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        faultline.VARIABLE: str(board.path),
        "TALESTREAM_WORKFLOWS": str(HERE / "workflows.toml"),
        "TALESTREAM_SIMULATION__SEED": str(seed),
        "TALESTREAM_SIMULATION__LEDGER": str(ledger.path),
    }


def _listener(url: str, user: User, number: int) -> Listener:
    """Half by WebSocket, half by SSE; one in five wants no detail."""
    transport = "websocket" if (number // 2) % 2 else "sse"
    return Listener(url, user.token, ClientLog(user.name, transport, with_detail=number % 5 != 4))


async def _directed(director: Director, working: "asyncio.Task[None]") -> None:
    """Carry out the plan. An error in the users' work ends it."""
    directing = asyncio.create_task(director.run(), name="director")
    try:
        await asyncio.wait({directing, working}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        await directing
    finally:
        directing.cancel()


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
