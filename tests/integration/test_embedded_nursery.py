"""Services are copies of one process that has loaded their code: each is a process of its own all the same."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from talestream.embedded.folder import StackFolder
from talestream.embedded.spawning import Nursery
from talestream.embedded.stack import Stack

PATIENCE_S = 60
PROGRAM = """
import json, os, random, signal, sys

print(json.dumps({
    "name": __name__, "arguments": sys.argv[1:], "session": os.getsid(0), "pid": os.getpid(), "folder": os.getcwd(),
    "environment": dict(os.environ), "input": sys.stdin.read(), "random": random.random(),
    "is_shared_code_loaded": "talestream.runner" in sys.modules,
    "ignores_signals": signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL,
}), flush=True)
if os.environ["END"] == "wait":
    signal.pause()
sys.exit(int(os.environ["END"]))
"""


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def groups() -> list[tuple[int, bool]]:
    return []


@pytest_asyncio.fixture
async def nursery(tmp_path: Path, groups: list[tuple[int, bool]]) -> AsyncIterator[Nursery]:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "a_service.py").write_text(PROGRAM)
    folder = StackFolder(tmp_path / "stack")
    folder.acquire()
    made = Nursery(
        folder,
        {**os.environ, "PYTHONPATH": str(tmp_path / "modules"), "ONLY": "the nursery's"},
        lambda group, has_begun: groups.append((group, has_begun)),
    )
    yield made
    await made.stop()
    folder.release()


async def test_a_copy_is_a_process_with_a_session_environment_folder_and_log_of_its_own(
    nursery: Nursery, tmp_path: Path
) -> None:
    logs = [tmp_path / f"{number}.log" for number in range(2)]
    copies = [
        await nursery.copy("service", "a_service", {"END": str(number), "WHO": "me"}, tmp_path, log)
        for number, log in enumerate(logs)
    ]
    assert [await copy.wait() for copy in copies] == [0, 1]
    told = [json.loads(log.read_text()) for log in logs]
    for copy, said in zip(copies, told, strict=True):
        assert said["name"] == "__main__"
        assert said["session"] == said["pid"] == copy.pid != os.getsid(0)
        assert said["folder"] == str(tmp_path)
        assert said["input"] == ""
        assert said["environment"]["WHO"] == "me"
        assert "ONLY" not in said["environment"]
        assert said["is_shared_code_loaded"]
        assert not said["ignores_signals"]
    assert told[0]["random"] != told[1]["random"]


async def test_a_copy_ends_by_signal_and_says_so(nursery: Nursery, tmp_path: Path) -> None:
    log = tmp_path / "log"
    copy = await nursery.copy("service", "a_service", {"END": "wait"}, tmp_path, log)
    await _until(lambda: log.exists() and log.read_text().endswith("\n"))
    copy.send_signal(signal.SIGTERM)
    assert await copy.wait() == -signal.SIGTERM
    copy.send_signal(signal.SIGTERM)


async def test_what_a_copy_cannot_do_is_in_its_log(nursery: Nursery, tmp_path: Path) -> None:
    copy = await nursery.copy("service", "no_such_module", {}, tmp_path, tmp_path / "log")
    assert await copy.wait() == 1
    assert "No module named no_such_module" in (tmp_path / "log").read_text()


async def test_copies_are_ended_with_a_nursery_that_dies_and_the_next_copy_has_a_new_one(
    nursery: Nursery, tmp_path: Path, groups: list[tuple[int, bool]]
) -> None:
    copy = await nursery.copy("service", "a_service", {"END": "wait"}, tmp_path, tmp_path / "first.log")
    os.kill(groups[0][0], signal.SIGKILL)
    assert await copy.wait() == -signal.SIGKILL
    await _until(lambda: not Path(f"/proc/{copy.pid}").exists() or "Z" in Path(f"/proc/{copy.pid}/stat").read_text())
    again = await nursery.copy("service", "a_service", {"END": "3"}, tmp_path, tmp_path / "second.log")
    assert await again.wait() == 3
    assert [has_begun for _, has_begun in groups] == [True, False, True]


async def test_a_copy_that_is_asked_for_when_the_nursery_has_just_died_is_made_by_the_next_one(
    nursery: Nursery, tmp_path: Path, groups: list[tuple[int, bool]]
) -> None:
    first = await nursery.copy("service", "a_service", {"END": "wait"}, tmp_path, tmp_path / "first.log")
    os.kill(groups[0][0], signal.SIGKILL)
    await first.wait()  # its end is known before that of the nursery itself
    async with asyncio.timeout(PATIENCE_S):
        again = await nursery.copy("service", "a_service", {"END": "4"}, tmp_path, tmp_path / "second.log")
        assert await again.wait() == 4


async def test_a_service_that_is_killed_comes_up_again_and_all_end_with_their_stack(tmp_path: Path) -> None:
    said: list[str] = []
    async with Stack(tmp_path, services=("split",), say=said.append) as stack:
        first = stack.pids["split"]
        os.kill(first, signal.SIGKILL)
        await _until(lambda: "split is up again" in said)
        last = stack.pids["split"]
        assert last != first
    await _until(lambda: not Path(f"/proc/{last}").exists())
