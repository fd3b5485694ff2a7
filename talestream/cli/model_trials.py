"""One provider, looked at, loaded, or tried out on a small order: each in the process in which it is called."""

import asyncio
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from schemas import Artifact
from talestream.errors import StageError
from talestream.probing import probe_of, tried_out
from talestream.providers import Providers
from talestream.settings import settings


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
    probe_s: float | None = None
    """How long it then took over a small order. None: it was given none."""
    made: str | None = None
    """What it made of that."""
    peak_mb: float | None = None
    """Memory of a process that holds this provider alone, at its highest."""


def look(stage: str, provider: str) -> Found:
    """Whether it can be made. Loads no model."""

    def made(found: Found) -> Found:
        _providers(stage, provider).get(stage)
        return found

    return _found(stage, provider, made)


def load(stage: str, provider: str) -> Found:
    """Whether it can load what it needs, and what that takes."""
    return _found(stage, provider, lambda found: _loaded(found, _providers(stage, provider)))


def try_out(stage: str, provider: str, *, is_paid_for: bool) -> Found:
    """Whether it can do a small order, and what that takes. One that wants money does it only if ``is_paid_for``."""
    providers = _providers(stage, provider)

    def tried(found: Found) -> Found:
        loaded = _loaded(found, providers)
        if getattr(providers.get(stage), "is_paid", False) and not is_paid_for:
            return replace(loaded, made="nothing: its work costs money; --paid orders some")
        probe = probe_of(stage)
        if probe is None:
            return loaded
        began_s = time.monotonic()
        made = asyncio.run(tried_out(probe, providers, provider))
        taken_s = time.monotonic() - began_s
        return replace(loaded, probe_s=taken_s, made=", ".join(map(_described, made)), peak_mb=_peak_mb())

    return _found(stage, provider, tried)


def _providers(stage: str, provider: str) -> Providers:
    return Providers({**settings().providers, stage: provider})


def _loaded(found: Found, providers: Providers) -> Found:
    began_s = time.monotonic()
    providers.warm_up(found.stage)
    return replace(found, load_s=time.monotonic() - began_s, peak_mb=_peak_mb())


def _found(stage: str, provider: str, work: Callable[[Found], Found]) -> Found:
    """What ``work`` finds, or why it came to nothing."""
    is_default = Providers(settings().providers).default(stage) == provider
    try:
        return work(Found(stage, provider, is_default, True))
    except StageError as error:
        return Found(stage, provider, is_default, False, error.message, error.remedy)
    except Exception as error:
        return Found(stage, provider, is_default, False, f"{type(error).__name__}: {error}")


def _described(artifact: Artifact) -> str:
    return f"{artifact.role} of {max(1, artifact.size_bytes >> 10)} KiB"


def _peak_mb() -> float:
    """MiB of this process at its highest; macOS counts in bytes, others in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)
