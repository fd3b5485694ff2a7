"""Trying a provider out: a small order of its stage, carried out here and now, without broker and database.

A stage names its order by an entry point of the group ``talestream.probe``: a callable without arguments that gives a
:class:`Probe`.
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from schemas import Artifact, Request
from talestream.folder_store import FolderStore
from talestream.providers import Providers
from talestream.stage import Stage, StageContext

GROUP = "talestream.probe"


@dataclass(frozen=True)
class Probe:
    """A small order."""

    stage: "Stage[Any, Any]"
    request: Request
    given: Mapping[str, bytes] = field(default_factory=dict)
    """What the order's URIs name: by the key, which :func:`given_uri` makes a URI."""


def given_uri(key: str) -> str:
    """The URI by which a probe's order names one of its objects."""
    return f"s3://{FolderStore.bucket}/{key}"


def probe_of(stage: str) -> Probe | None:
    """The small order of a stage; None where it has none."""
    found = next((point for point in entry_points(group=GROUP) if point.name == stage), None)
    return found.load()() if found else None


async def tried_out(probe: Probe, providers: Providers, provider: str) -> tuple[Artifact, ...]:
    """What this provider made of the order; it is gone afterwards. StageError where it made nothing."""
    with tempfile.TemporaryDirectory(prefix="talestream-probe-") as folder:
        store, workdir = FolderStore(Path(folder) / "store"), Path(folder) / "work"
        workdir.mkdir()
        for key, data in probe.given.items():
            await store.put(key, data, "application/octet-stream")
        request = probe.request.model_copy(update={"provider": provider})
        context = StageContext(request, store, providers, workdir)
        await probe.stage(request, context)
        return tuple(context.artifacts)
