"""``talestream models``: who can do the work of each stage here, why not, and what that takes."""

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from schemas import Request
from talestream.cli.console import complain, console, say
from talestream.cli.model_trials import Found, load, look, try_out
from talestream.providers import Providers
from talestream.settings import settings

Stage = Annotated[str | None, typer.Option(help="One stage alone")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON")]

app = typer.Typer(
    no_args_is_help=True, help="The providers of every stage: whether they run here, and bringing models."
)


@app.callback()
def _configured() -> None:
    os.environ.setdefault("TALESTREAM_MODE", "embedded")  # no secret is needed to look at models


@app.command("list")
def list_providers(stage: Stage = None, as_json: AsJson = False) -> None:
    """Tell which providers are installed, and which of them cannot run and why. Loads no model."""
    _show([look(*one) for one in _installed(stage)], as_json)


@app.command()
def check(
    stage: Stage = None,
    provider: Annotated[str | None, typer.Option(help="One provider alone")] = None,
    paid: Annotated[bool, typer.Option("--paid", help="Also order from services that want money for it")] = False,
    as_json: AsJson = False,
) -> None:
    """Have every provider load what it needs and do a small order, each in a process of its own, and tell what that
    took.
    """
    chosen = [one for one in _installed(stage) if provider in (None, one[1])]
    if not chosen:
        complain(f"there is no provider {provider or ''} of {stage or 'any stage'}", "see: talestream models list")
        raise typer.Exit(2)
    with TemporaryDirectory(prefix="talestream-check-") as folder:
        os.environ["TALESTREAM_SIMULATION__LEDGER"] = str(Path(folder) / "ledger.jsonl")
        _show([_apart(try_out, *one, is_paid_for=paid) for one in chosen], as_json)


@app.command()
def warm(
    stage: Stage = None,
    provider: Annotated[str | None, typer.Option(help="Another than the configured one; with --stage")] = None,
    download: Annotated[bool, typer.Option("--download", help="Fetch from the hub what is not here")] = False,
) -> None:
    """Load the models of the configured providers once, and with --download bring them to this machine first."""
    if download:
        os.environ["TALESTREAM_MODELS__ALLOW_DOWNLOAD"] = "true"
    if provider and not stage:
        complain("--provider says nothing without --stage")
        raise typer.Exit(2)
    providers = Providers(settings().providers)
    stages = [stage] if stage else sorted(name for name in Request.registry if providers.names(name))
    tried = [_apart(load, name, provider or providers.default(name)) for name in stages]
    for found in tried:
        if found.is_usable:
            say(f"{found.stage}: {found.provider} is ready after {found.load_s:.1f} s")
        else:
            complain(f"{found.stage}: {found.provider}: {found.why_not}", found.remedy or "")
    if not all(found.is_usable for found in tried):
        raise typer.Exit(1)


def _installed(stage: str | None) -> Iterator[tuple[str, str]]:
    providers = Providers(settings().providers)
    for name in sorted(Request.registry):
        if stage in (None, name):
            yield from ((name, provider) for provider in providers.names(name))


def _apart(work: Callable[..., Found], stage: str, provider: str, **more: bool) -> Found:
    """In a process of its own, so that its memory is its alone and its end is not ours."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _leave_the_answer_alone) as pool:
        try:
            return pool.submit(work, stage, provider, **more).result()
        except BrokenProcessPool:
            is_default = Providers(settings().providers).default(stage) == provider
            return Found(stage, provider, is_default, False, "its process died, as it does when memory runs out")


def _leave_the_answer_alone() -> None:
    """Send to standard error what a library prints, so that standard output holds our answer and nothing else."""
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _show(found: list[Found], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("stage", "provider", "here", "load s", "order s", "MiB", "what it made, or what to do", box=None)
    for one in found:
        table.add_row(
            one.stage,
            f"{one.provider} *" if one.is_default else one.provider,
            "yes" if one.is_usable else "no",
            "" if one.load_s is None else f"{one.load_s:.1f}",
            "" if one.probe_s is None else f"{one.probe_s:.1f}",
            "" if one.peak_mb is None else f"{one.peak_mb:.0f}",
            escape(" — ".join(filter(None, (one.made, one.why_not, one.remedy)))),
        )
    console.print(table)
    console.print("* configured")
