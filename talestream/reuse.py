"""An attempt's look for the result of equal work, and the taking over of it.

The look is begun beside the write of the claim, so that an attempt that finds nothing has lost no time. What is taken
over gets objects of its own: deleting the task that made it first does no harm.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from schemas import Artifact, Record, Task, UnitState
from talestream.blobs import Blobs
from talestream.draft import Ref
from talestream.errors import StageError
from talestream.results import Results, StoredResult
from talestream.telemetry import logger

_log = logger(__name__)


class Reuse:
    """What one attempt may take over instead of doing its work, and what it leaves to others when it did it."""

    def __init__(self, results: Results, blobs: Blobs, provider: str) -> None:
        """``provider`` is who would do the work."""
        self.is_hit = False
        """Whether the result was taken over."""
        self._results = results
        self._blobs = blobs
        self._provider = provider
        self._key: str | None = None
        self._looking: asyncio.Task[StoredResult | None] | None = None

    def begin(self, task: Task, ref: Ref) -> None:
        """Begin to look, for a unit as it was claimed. Anew when the task has changed and the claim is tried again."""
        is_held = task.stages[ref.stage].units[ref.key].state is UnitState.RUNNING
        key = self._results.key(task, ref, self._provider) if is_held else None
        if key != self._key:
            self.end()
            self._key = key
            self._looking = asyncio.create_task(self._results.find(key), name="reuse") if key else None

    def end(self) -> None:
        """Look no more: the unit is not to be worked here."""
        if self._looking is not None:
            self._looking.cancel()

    async def take(
        self, gives: type[Record], object_prefix: str, public_prefix: str
    ) -> tuple[Record, tuple[Artifact, ...]] | None:
        """The result of equal work with artifacts under these prefixes; None when there is none to be had."""
        stored = await self._looking if self._looking else None
        if stored is None:
            return None
        moved = _moved(stored, self._blobs.uri(object_prefix), public_prefix)
        try:
            result = gives.model_validate(_naming(stored.result, moved))
            copies = ((old, self._blobs.key(artifact.uri)) for old, artifact in moved.items())
            await asyncio.gather(*(self._blobs.copy(source, target) for source, target in copies))
        except (StageError, ValidationError) as error:
            if isinstance(error, StageError) and error.retryable:
                raise
            _log.info("an earlier result cannot be used", made_by=stored.task_id, reason=str(error)[:300])
            await self._results.drop(stored.key)
            return None
        self.is_hit = True
        return result, tuple(moved.values())

    def keep(self, task: Task, result: Record, artifacts: tuple[Artifact, ...]) -> None:
        """Leave the accepted result to equal work to come."""
        if self._key and not self.is_hit:
            self._results.keep(self._key, task, self._provider, result, artifacts)


def _moved(stored: StoredResult, object_prefix: str, public_prefix: str) -> dict[str, Artifact]:
    """The artifacts as another attempt's own, by the URIs of the objects that they are copied from."""
    moved: dict[str, Artifact] = {}
    for artifact in stored.artifacts:
        place = artifact.path.removeprefix(f"{stored.prefix}/")
        own: dict[str, Any] = {"uri": f"{object_prefix}/{place}", "path": f"{public_prefix}/{place}"}
        if artifact.cost is not None:
            own["cost"] = 0.0  # it was paid for by the task that it is taken from
        moved[artifact.uri] = artifact.model_copy(update=own)
    return moved


def _naming(result: Any, moved: Mapping[str, Artifact]) -> Any:
    """A result as JSON that names these artifacts in place of those that they were copied from."""
    if isinstance(result, Mapping):
        if result.get("uri") in moved and "sha256" in result:
            return moved[result["uri"]].model_dump(mode="json")
        return {name: _naming(value, moved) for name, value in result.items()}
    if isinstance(result, list | tuple):
        return [_naming(item, moved) for item in result]
    return result
