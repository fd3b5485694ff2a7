"""A snapshot that is taken while tasks move shows every event up to its cursor; what is behind it completes it."""

import asyncio
from typing import Any

from tests.api_server import User

TASKS, SEGMENTS, WATCHERS = 3, 3, 4


async def test_snapshots_amid_changes_miss_nothing_and_the_tail_completes_them(alice: User) -> None:
    tasks = [await alice.new_task() for _ in range(TASKS)]
    snapshots: list[dict[str, Any]] = []

    async def move(task_id: int) -> None:
        for number in range(1, SEGMENTS + 1):
            await alice.http.post(f"/api/task/{task_id}/execute/{number}")
            await alice.api.hand.finish(task_id)

    async def watch(moving: "asyncio.Future[Any]") -> None:
        while not moving.done():
            page = (await alice.http.get("/api/notifications", params={"snapshot": 1})).json()
            snapshots.extend(page["notifications"])

    moving = asyncio.gather(*(move(task_id) for task_id in tasks))
    await asyncio.gather(moving, *(watch(moving) for _ in range(WATCHERS)))
    told = await alice.notifications(TASKS * SEGMENTS)
    assert len(snapshots) >= WATCHERS
    for snapshot in snapshots:
        assert sorted(task["task_id"] for task in snapshot["tasks"]) == sorted(tasks)
        for task in snapshot["tasks"]:
            of_task = [one for one in told if one["task_id"] == task["task_id"]]
            before = [one["segment_id"] for one in of_task if one["cursor"] <= snapshot["cursor"]]
            behind = [one["segment_id"] for one in of_task if one["cursor"] > snapshot["cursor"]]
            assert task["current_segment"] >= max(before, default=0)
            assert {*range(1, task["current_segment"] + 1), *behind} == set(range(1, SEGMENTS + 1))


async def test_a_snapshot_in_a_quiet_moment_is_exact(alice: User) -> None:
    tasks = [await alice.finished_segments(number) for number in range(1, SEGMENTS + 1)]
    page = (await alice.http.get("/api/notifications", params={"snapshot": 1})).json()
    (snapshot,) = page["notifications"]
    assert {task["task_id"]: task["current_segment"] for task in snapshot["tasks"]} == dict(
        zip(tasks, range(1, SEGMENTS + 1), strict=True)
    )
    told = (await alice.http.get("/api/notifications", params={"after": snapshot["cursor"], "detail": 1})).json()
    assert told["notifications"] == []
