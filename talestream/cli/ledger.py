"""``talestream ledger``: what the simulated providers were asked to do, and what it would have cost."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from talestream.assets import default_folder
from talestream.cli.console import complain, console, problems_end_the_command, say
from talestream.cli.story import STACK_FOLDER
from talestream.embedded.errors import StackError
from talestream.embedded.folder import StackFolder
from talestream.ledger import Call, Entry, Ledger, paid_twice
from talestream.settings import Settings

COUNTED: tuple[Call, ...] = ("submitted", "resumed", "finished", "failed", "cancelled")

app = typer.Typer()


@app.command("ledger")
def ledger(
    path: Annotated[Path | None, typer.Option(help="The file itself")] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--dir", help="Folder of a stack; else TALESTREAM_SIMULATION__LEDGER, else the usual folder's"),
    ] = None,
) -> None:
    """Sum up the ledger of the simulated providers, by stage. Fails when work was paid for twice."""
    with problems_end_the_command():
        found = list(Ledger(_existing(path or _path(folder))))
    console.print(_table(found))
    again = paid_twice(found)
    if again:
        places = ", ".join(f"{entry.task}/{entry.stage}/{entry.unit}" for entry in again[:10])
        complain(f"paid twice: {len(again)} ({places})")
        raise typer.Exit(1)
    say("paid twice: 0")


def _table(found: list[Entry]) -> Table:
    table = Table("stage", box=None)
    for title in (*COUNTED, "cost"):
        table.add_column(title, justify="right")
    for stage in dict.fromkeys(entry.stage for entry in found):
        table.add_row(stage, *_row([entry for entry in found if entry.stage == stage]))
    table.add_row("all", *_row(found), style="bold")
    return table


def _row(found: list[Entry]) -> list[str]:
    counted = Counter(entry.call for entry in found)
    return [*(str(counted[call]) for call in COUNTED), f"{sum(entry.cost for entry in found):.2f}"]


def _path(folder: Path | None) -> Path:
    if folder is None:
        configured = Settings(mode="embedded").simulation
        if "ledger" in configured.model_fields_set:
            return configured.ledger
    return StackFolder(folder or default_folder(STACK_FOLDER)).ledger


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise StackError(
            f"there is no ledger {path}", "run with TALESTREAM_PROVIDERS=simulated, or name the file with --path"
        )
    return path
