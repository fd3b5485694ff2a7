"""How a task's progress is shown: live bars, one a stage and a page at work, or plain lines without a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table

from talestream.cli.client import StageView, TaskView, UnitView

BAR_WIDTH = 32
MOST_PAGES = 8
"""Page bars shown of one stage at a time."""
_MARKS = {"completed": "[green]✓[/]", "failed": "[red]✗[/]", "cancelled": "[yellow]–[/]", "running": "[cyan]▸[/]"}


class Board(Protocol):
    """Where progress is shown."""

    def show(self, task: TaskView) -> None:
        """Show the task as it stands."""

    def say(self, line: str) -> None:
        """Add a line of its own."""


@contextmanager
def board(console: Console) -> Iterator[Board]:
    """A board for this console."""
    if not console.is_terminal:
        yield PlainBoard(console)
        return
    with Live(console=console, refresh_per_second=8, transient=False) as live:
        yield LiveBoard(live)


class LiveBoard:
    """Bars that move in place."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._began = time.monotonic()

    def show(self, task: TaskView) -> None:
        """Draw every stage, and the pages that are at work."""
        self._live.update(self._drawn(task), refresh=True)

    def say(self, line: str) -> None:
        """Print above the bars."""
        self._live.console.print(escape(line))

    def _drawn(self, task: TaskView) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        for stage in task.stages:
            table.add_row(
                _MARKS.get(stage.state, " "),
                stage.name,
                ProgressBar(total=1, completed=stage.progress, width=BAR_WIDTH),
                counts(stage),
                escape(_note(stage)),
            )
            for unit in _pages_at_work(stage):
                table.add_row(
                    "",
                    f"[dim]  page {unit.page}[/]",
                    ProgressBar(total=1, completed=unit.progress, width=BAR_WIDTH),
                    _MARKS.get(unit.state, ""),
                    f"[dim]{escape(_unit_note(unit))}[/]",
                )
        seconds = time.monotonic() - self._began
        left = f", about {task.eta_s:.0f} s left" if task.eta_s else ""
        turn = f", {_turn(task.queue_position)}" if task.queue_position else ""
        head = f"[bold]{escape(task.title)}[/]  {task.progress:.0%}  {seconds:.0f} s{turn}{left}"
        return Group(head, table)


class PlainBoard:
    """A line for each thing that changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._shown: dict[tuple[str, int | None], tuple[str, int]] = {}

    def show(self, task: TaskView) -> None:
        """Print what is new since the last call."""
        if task.queue_position and self._is_new(("turn", None), (_turn(task.queue_position), 0)):
            self.say(_turn(task.queue_position))
        for stage in task.stages:
            for unit in stage.units:
                if unit.page is None or unit.state not in {"completed", "failed"}:
                    continue
                if self._is_new((stage.name, unit.page), (unit.state, unit.attempt)):
                    self.say(f"{stage.name:<6} {counts(stage):>5}  page {unit.page} {unit.state} {_unit_note(unit)}")
            if stage.state != "waiting" and self._is_new((stage.name, None), (stage.state, 0)):
                self.say(f"{stage.name:<6} {counts(stage):>5}  {stage.state} {_note(stage)}".rstrip())

    def say(self, line: str) -> None:
        """Print a line with the time."""
        self._console.print(escape(f"{time.monotonic() - self._began:6.1f} s  {line.rstrip()}"))

    def _is_new(self, what: tuple[str, int | None], state: tuple[str, int]) -> bool:
        if self._shown.get(what) == state:
            return False
        self._shown[what] = state
        return True


def _turn(position: int) -> str:
    return f"number {position} of those that wait for their turn"


def counts(stage: StageView) -> str:
    """How many pages are done, as ``3/6``; nothing where a stage has no pages."""
    pages = [unit for unit in stage.units if unit.page is not None]
    return f"{sum(unit.state == 'completed' for unit in pages)}/{len(pages)}" if pages else ""


def _pages_at_work(stage: StageView) -> list[UnitView]:
    at_work = [unit for unit in stage.units if unit.page is not None and unit.state in {"running", "failed"}]
    return at_work[:MOST_PAGES]


def _note(stage: StageView) -> str:
    whole = [unit for unit in stage.units if unit.page is None]
    return _unit_note(whole[0]) if whole else ""


def _unit_note(unit: UnitView) -> str:
    again = f"attempt {unit.attempt} " if unit.attempt > 1 else ""
    problem = f"({unit.problem.message})" if unit.problem and unit.state != "completed" else ""
    return f"{again}{unit.note if unit.state == 'running' else ''} {problem}".strip()
