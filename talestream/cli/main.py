"""The ``talestream`` command: puts the commands together."""

import typer

from talestream.cli import dead_letters, doctor, ledger, models, schemas, setup, story, up

app = typer.Typer(
    name="talestream",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for command in (setup, up, story, doctor, ledger):
    app.add_typer(command.app)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(models.app, name="models")
app.add_typer(schemas.app, name="schemas")


@app.callback()
def _talestream() -> None:
    """One sentence becomes a narrated, illustrated film."""


def main() -> None:
    """The console script."""
    app()
