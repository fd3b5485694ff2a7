"""How the command line speaks: one console for what it says, problems always with their remedy."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape

from talestream.embedded.errors import StackError

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def say(line: str) -> None:
    """One plain line, whatever characters it holds, shown at once."""
    console.print(escape(line))
    sys.stdout.flush()


def complain(problem: str, remedy: str = "") -> None:
    """A problem and what to do about it, on standard error."""
    errors.print(f"[bold red]problem:[/] {escape(problem)}")
    if remedy:
        errors.print(f"[bold]what to do:[/] {escape(remedy)}")


@contextmanager
def problems_end_the_command() -> Iterator[None]:
    """Turn a known problem into its message and exit code 1, without a stack trace."""
    try:
        yield
    except StackError as problem:
        complain(problem.message, problem.remedy)
        raise typer.Exit(1) from None
