"""The named points of a chaos run: where they lie, and that a process dies at the armed one, once, and nowhere else."""

import ast
import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos import faultline

HOOK = Path(faultline.__file__).parent / "hook"
SOURCE = """
import asyncio

class Relay:
    async def publish(self):
        await asyncio.gather(*[await self.send(number) for number in range(2)])
        return "published"

    async def send(self, number):
        return asyncio.ensure_future(asyncio.sleep(0, number))

async def fails():
    await asyncio.wait_for(asyncio.sleep(60), 0)
"""
PROGRAM = """
import asyncio, sys
import faultline
faultline.install(sys.argv[1], ("a_module",))
import a_module
print(asyncio.run(a_module.Relay().publish()))
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module whose awaits are numbered: gather 1 and 2, send 3 and 4, wait_for 5 and 6."""
    (tmp_path / "a_module.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def run_program(folder: Path, board: faultline.Board) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join([str(folder), str(Path(faultline.__file__).parent)])
    command = [sys.executable, "-c", PROGRAM, str(board.path)]
    return subprocess.run(command, check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})


def test_there_is_a_point_before_and_after_every_await(folder: Path) -> None:
    found = [str(point) for point in faultline.points(("a_module",))]
    assert found == [
        "a_module:Relay.publish:6:8 before",
        "a_module:Relay.publish:6:8 after",
        "a_module:Relay.publish:6:31 before",
        "a_module:Relay.publish:6:31 after",
        "a_module:fails:13:4 before",
        "a_module:fails:13:4 after",
    ]


def test_every_await_of_the_modules_under_test_is_a_pair_of_points() -> None:
    root = Path(faultline.__file__).parents[2]
    trees = [
        ast.parse((root / module.replace(".", "/")).with_suffix(".py").read_text()) for module in faultline.MODULES
    ]
    awaits = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Await)]
    points = faultline.points()
    assert len(points) == 2 * len(awaits)
    assert [point.number for point in points] == list(range(1, len(points) + 1))
    assert len({str(point) for point in points}) == len(points)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_process_dies_at_the_armed_point_and_the_next_one_lives(folder: Path, number: int) -> None:
    board = faultline.Board(folder / "board", 6)
    board.arm([number, 6])
    assert run_program(folder, board).returncode == -signal.SIGKILL
    assert [death["point"] for death in board.deaths()] == [number]
    lived = run_program(folder, board)
    assert (lived.returncode, lived.stdout) == (0, "published\n"), lived.stderr
    assert len(board.deaths()) == 1


def test_points_that_were_passed_are_known_and_others_are_not(folder: Path) -> None:
    board = faultline.Board(folder / "board", 6)
    board.arm([5, 6])
    assert run_program(folder, board).returncode == 0
    assert board.passed() == {1, 2, 3, 4}
    assert board.deaths() == []


async def test_an_error_and_a_cancellation_pass_through_a_point(folder: Path) -> None:
    reached: list[int] = []

    async def pointed(awaited, number):  # type: ignore[no-untyped-def]
        reached.append(number)
        try:
            return await awaited
        finally:
            reached.append(number + 1)

    names = {faultline._NAME: pointed}
    exec(compile(faultline.rewritten(SOURCE, 1), "a_module", "exec"), names)
    with pytest.raises(TimeoutError):
        await names["fails"]()  # type: ignore[operator]
    assert reached == [5, 6]
    publishing = asyncio.ensure_future(names["Relay"]().publish())  # type: ignore[operator]
    await asyncio.sleep(0)
    publishing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await publishing


def test_a_process_whose_environment_names_a_board_has_the_points_of_the_product(tmp_path: Path) -> None:
    board = faultline.Board(tmp_path / "board", len(faultline.points()))
    root = Path(faultline.__file__).parents[2]
    path = os.pathsep.join([str(HOOK), str(root)])
    command = [sys.executable, "-c", "import talestream.outbox as m; print(type(m.__loader__).__name__)"]
    for variable, loader in (("", "SourceFileLoader"), (faultline.VARIABLE, "_Loader")):
        environment = {**os.environ, "PYTHONPATH": path, **({variable: str(board.path)} if variable else {})}
        found = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        assert found.stdout == f"{loader}\n"
