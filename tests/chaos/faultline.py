"""Named points: one before and one after every ``await`` of the runner, the relay and the store, at which to kill.

The product's code knows nothing of them. An import hook compiles these modules with each ``await x`` turned into
``await faultline(x, number)``. All processes share a board, a small mapped file with a byte for each point, which says
whether the point is armed and whether it was ever passed. Whoever reaches an armed point first disarms all, notes its
death in a file beside the board, and kills itself. Needs nothing but the standard library, because it is installed
before anything else is imported.
"""

import ast
import builtins
import importlib.machinery
import json
import mmap
import os
import signal
import sys
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

MODULES = (
    "talestream.runner",
    "talestream.reading",
    "talestream.carrier",
    "talestream.cancels",
    "talestream.attempt",
    "talestream.outbox",
    "talestream.publishing",
    "talestream.marking",
    "talestream.sweeping",
    "talestream.store",
)
VARIABLE = "FAULTLINE_BOARD"
"""The environment variable that names the board. Not a setting of the product: those are kept from the nursery."""

T = TypeVar("T")

_ARMED, _PASSED = 1, 2
_NAME = "__faultline__"


@dataclass(frozen=True)
class Point:
    """A place in the code, before or after one ``await``. Numbers begin at 1 and go through all modules."""

    number: int
    module: str
    function: str
    line: int
    column: int
    side: str

    def __str__(self) -> str:
        return f"{self.module.rpartition('.')[2]}:{self.function}:{self.line}:{self.column} {self.side}"


def points(modules: Sequence[str] = MODULES) -> list[Point]:
    """Every point of these modules, in order."""
    found: list[Point] = []
    for module in modules:
        places = _Rewriter(0)
        places.visit(_parsed(module))
        for function, line, column in places.awaits:
            for side in ("before", "after"):
                found.append(Point(len(found) + 1, module, function, line, column, side))
    return found


class Board:
    """What the processes share: which points are armed, which were passed, and who died where."""

    def __init__(self, path: Path, count: int | None = None) -> None:
        """``count``: make a new board for so many points; None: open one that is there."""
        self.path = path
        if count is not None:
            path.write_bytes(bytes(count + 1))
            self._deaths_file.write_bytes(b"")
        with path.open("r+b") as file:
            self._marks = mmap.mmap(file.fileno(), 0)

    def arm(self, numbers: Iterable[int]) -> None:
        """Let the next process that reaches any of these points, and no other, die there."""
        self.disarm()
        for number in numbers:
            self._marks[number] |= _ARMED

    def disarm(self) -> None:
        """Let nobody die."""
        for number, mark in enumerate(self._marks[:]):
            if mark & _ARMED:
                self._marks[number] = mark & ~_ARMED

    def passed(self) -> set[int]:
        """The points that any process has reached so far."""
        return {number for number, mark in enumerate(self._marks[:]) if mark & _PASSED}

    def deaths(self) -> list[dict[str, Any]]:
        """Who died where: ``point``, ``pid``, ``program`` (its folder's name) and ``time`` of each."""
        return [json.loads(line) for line in self._deaths_file.read_text().splitlines()]

    def reach(self, number: int) -> None:
        """Note that the point was reached; die if it is armed."""
        is_armed = self._marks[number] & _ARMED
        self._marks[number] |= _PASSED
        if is_armed:
            self.disarm()
            program = Path(sys.argv[0]).parent.name
            death = {"point": number, "pid": os.getpid(), "program": program, "time": time.time()}
            with self._deaths_file.open("ab", buffering=0) as file:
                file.write(json.dumps(death).encode() + b"\n")
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def _deaths_file(self) -> Path:
        return self.path.with_suffix(".deaths")


def install(board_path: str, modules: Sequence[str] = MODULES) -> None:
    """Compile these modules with their points from now on."""
    board = Board(Path(board_path))

    async def faultline(awaited: Awaitable[T], number: int) -> T:
        board.reach(number)
        try:
            return await awaited
        finally:
            board.reach(number + 1)

    setattr(builtins, _NAME, faultline)
    sys.meta_path.insert(0, _Finder(modules))


def rewritten(source: str, first: int) -> ast.Module:
    """The module with a point before and after each ``await``, numbered from ``first``."""
    tree = ast.parse(source)
    _Rewriter(first).visit(tree)
    return ast.fix_missing_locations(tree)


class _Rewriter(ast.NodeTransformer):
    def __init__(self, first: int) -> None:
        self.awaits: list[tuple[str, int, int]] = []
        self._first = first
        self._within: list[str] = []

    def visit_Await(self, node: ast.Await) -> ast.AST:
        number = self._first + 2 * len(self.awaits)
        self.awaits.append((".".join(self._within), node.lineno, node.col_offset))
        self.generic_visit(node)
        call = ast.Call(ast.Name(_NAME, ast.Load()), [node.value, ast.Constant(number)], [])
        return ast.copy_location(ast.Await(ast.copy_location(call, node)), node)

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            return super().visit(node)
        self._within.append(node.name)
        self.generic_visit(node)
        self._within.pop()
        return node


class _Finder(MetaPathFinder):
    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._modules:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.origin is not None:
            earlier = self._modules[: self._modules.index(name)]
            spec.loader = _Loader(name, spec.origin, 1 + len(points(earlier)))
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, first: int) -> None:
        super().__init__(name, path)
        self._first = first

    def get_code(self, fullname: str) -> CodeType:
        """Compiled afresh: a cached file holds the code without points."""
        source = self.get_data(self.path).decode()
        code: CodeType = compile(rewritten(source, self._first), self.path, "exec", dont_inherit=True)
        return code


def _parsed(module: str) -> ast.Module:
    name = Path(*module.split(".")).with_suffix(".py")
    for folder in (Path(__file__).resolve().parents[2], *map(Path, sys.path)):
        if (folder / name).is_file():
            return ast.parse((folder / name).read_text(encoding="utf-8"))
    raise ModuleNotFoundError(f"there is no {name}", name=module)
