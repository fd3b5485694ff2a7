"""The ``talestream`` command: puts the commands together."""

import typer

from talestream.cli import setup

app = typer.Typer(
    name="talestream",
    help="One sentence becomes a narrated, illustrated film.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(setup.app)


@app.callback()
def _talestream() -> None:
    """One sentence becomes a narrated, illustrated film."""


def main() -> None:
    """The console script."""
    app()
