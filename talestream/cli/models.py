"""``talestream models``: who can do the work of each stage here, why not, and what that takes."""

import json
import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from schemas import Request
from talestream.cli.console import complain, console, say
from talestream.errors import StageError
from talestream.providers import Providers
from talestream.settings import settings

Stage = Annotated[str | None, typer.Option(help="One stage alone")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON")]

app = typer.Typer(
    no_args_is_help=True, help="The providers of every stage: whether they run here, and bringing models."
)


@dataclass(frozen=True)
class Found:
    """One provider of one stage, on this machine."""

    stage: str
    provider: str
    is_default: bool
    is_usable: bool
    why_not: str | None = None
    remedy: str | None = None
    load_s: float | None = None
    """How long it took until it was ready for orders. None: not tried."""
    peak_mb: float | None = None
    """Memory of a process that holds this provider alone, at its highest."""


@app.callback()
def _configured() -> None:
    os.environ.setdefault("TALESTREAM_MODE", "embedded")  # no secret is needed to look at models


@app.command("list")
def list_providers(stage: Stage = None, as_json: AsJson = False) -> None:
    """Tell which providers are installed, and which of them cannot run and why. Loads no model."""
    _show([_looked_at(*one) for one in _installed(stage)], as_json)


@app.command()
def check(stage: Stage = None, as_json: AsJson = False) -> None:
    """Make every provider ready for orders, each in a process of its own, and tell what that took."""
    _show([_tried(*one) for one in _installed(stage)], as_json)


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
    tried = [_tried(name, provider or providers.default(name)) for name in stages]
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


def _looked_at(stage: str, provider: str, *, is_tried: bool = False) -> Found:
    providers = Providers({**settings().providers, stage: provider})
    is_default = Providers(settings().providers).default(stage) == provider
    began_s = time.monotonic()
    try:
        if is_tried:
            providers.warm_up(stage)
        else:
            providers.get(stage, provider)
    except StageError as error:
        return Found(stage, provider, is_default, False, error.message, error.remedy)
    except Exception as error:
        return Found(stage, provider, is_default, False, f"{type(error).__name__}: {error}")
    if not is_tried:
        return Found(stage, provider, is_default, True)
    return Found(stage, provider, is_default, True, load_s=time.monotonic() - began_s, peak_mb=_peak_mb())


def _tried(stage: str, provider: str) -> Found:
    """In a process of its own, so that its memory is its alone and its end is not ours."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            return pool.submit(_looked_at, stage, provider, is_tried=True).result()
        except BrokenProcessPool:
            is_default = Providers(settings().providers).default(stage) == provider
            return Found(stage, provider, is_default, False, "its process died, as it does when memory runs out")


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _show(found: list[Found], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table("stage", "provider", "here", "seconds", "MiB", "why not, and what to do", box=None)
    for one in found:
        table.add_row(
            one.stage,
            f"{one.provider} *" if one.is_default else one.provider,
            "yes" if one.is_usable else "no",
            "" if one.load_s is None else f"{one.load_s:.1f}",
            "" if one.peak_mb is None else f"{one.peak_mb:.0f}",
            escape(" — ".join(filter(None, (one.why_not, one.remedy)))),
        )
    console.print(table)
    console.print("* configured")
