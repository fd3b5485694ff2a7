"""``talestream schemas``: the contract's documents, generated from the message types."""

import typer

from talestream.cli.console import complain, say

app = typer.Typer(help="The contract's documents: JSON Schemas and AsyncAPI.", no_args_is_help=True)


@app.command()
def generate() -> None:
    """Write the documents anew."""
    from talestream import documents  # noqa: PLC0415 (slow to import, and needed by these commands alone)

    for path in documents.write(documents.GENERATED):
        say(str(path))


@app.command()
def check() -> None:
    """Fail when a committed document is stale, or when a change breaks clients of the released contract."""
    from talestream import documents  # noqa: PLC0415

    stale, broken = documents.stale(documents.GENERATED), documents.incompatibilities()
    if stale:
        complain(f"stale: {', '.join(stale)}", "run 'talestream schemas generate' and commit what it writes")
    for problem in broken:
        complain(problem, "keep the old field, or publish a new version of the message")
    if stale or broken:
        raise typer.Exit(1)
    say("the documents are fresh and compatible with the released contract")
