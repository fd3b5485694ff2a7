"""``talestream setup``: brings voices, pictures and sounds."""

import time

import typer

from talestream.assets import assets_folder
from talestream.cli.console import console, problems_end_the_command, say
from talestream.embedded.setup import set_up

app = typer.Typer()


@app.command()
def setup() -> None:
    """Bring the voices, pictures and sounds that the embedded providers use. Safe to repeat; fast when all is there."""
    started = time.monotonic()
    with problems_end_the_command(), console.status("set-up"):
        set_up(assets_folder(), say)
    say(f"assets ready in {assets_folder()} ({time.monotonic() - started:.1f} s)")
