"""``talestream doctor``: what this machine lacks to run the embedded stack, each with the remedy."""

import typer
from rich.markup import escape

from talestream.cli.console import console
from talestream.embedded.checkup import Finding, Verdict, check_up

_MARKS = {Verdict.GOOD: "[green]✓[/]", Verdict.NOTE: "[yellow]![/]", Verdict.MISSING: "[red]✗[/]"}

app = typer.Typer()


@app.command()
def doctor() -> None:
    """Tell what is missing on this machine, and what to do about it. Exit code 1 when something needed is missing."""
    found: list[Finding] = []
    for finding in check_up():
        found.append(finding)
        console.print(f"{_MARKS[finding.verdict]} {finding.subject:<14} {escape(finding.message)}")
        if finding.remedy:
            console.print(f"  [bold]{'what to do:':<15}[/]{escape(finding.remedy)}")
    missing = sum(finding.verdict is Verdict.MISSING for finding in found)
    if missing:
        console.print(f"{missing} of {len(found)} checks failed")
        raise typer.Exit(1)
    console.print("everything that is needed is there")
