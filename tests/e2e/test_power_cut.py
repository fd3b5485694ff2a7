"""The whole machine goes down in the middle of a film. The broker keeps nothing; the film gets made all the same."""

import asyncio
from pathlib import Path

from talestream.embedded.stack import Stack
from tests.e2e.conftest import signed_in


async def test_a_film_under_way_is_finished_after_a_power_cut_and_no_page_is_redone(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "stack")
    await stack.start()
    try:
        async with signed_in(stack.url) as user:
            task_id = await user.new_task("a dragon who cannot sleep", page_count=4, aspect="1:1", age="3-5")
            await user.json("POST", f"/api/task/{task_id}/execute", status=202)
            await user.until_segment(task_id, 1)
            async with asyncio.timeout(120):
                while True:
                    status = await user.json("GET", f"/api/task/{task_id}")
                    before = {
                        (stage["name"], unit["page"]): unit["attempt"]
                        for stage in status["stages"]
                        for unit in stage["units"]
                        if unit["state"] == "completed"
                    }
                    if any(name == "image" for name, _ in before):
                        break
                    await asyncio.sleep(0.05)
        await stack.kill()
    except BaseException:
        await stack.stop()
        raise
    assert status["state"] == "running"
    async with Stack(tmp_path / "stack") as again, signed_in(again.url) as user:
        await user.until_segment(task_id, 5)
        status = await user.json("GET", f"/api/task/{task_id}")
        after = {
            (stage["name"], unit["page"]): unit["attempt"] for stage in status["stages"] for unit in stage["units"]
        }
        assert {unit: after[unit] for unit in before} == before
