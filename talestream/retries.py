"""How often, how soon and for how long a unit is tried: the limits of a stage, and the wait after a failure."""

import hashlib
from typing import Any

from schemas import StageSpec, Workflow
from talestream.draft import Ref
from talestream.worker_settings import RetrySettings


def with_limits(workflow: Workflow, retries: RetrySettings) -> Workflow:
    """The workflow with the limits that hold for each of its stages."""
    return workflow.model_copy(update={"stages": tuple(limited(spec, retries) for spec in workflow.stages)})


def limited(spec: StageSpec, retries: RetrySettings) -> StageSpec:
    """The stage with its limits: as configured for it, else as its workflow declares, else as configured for all."""
    for_all: dict[str, Any] = retries.model_dump(exclude={"stages"})
    own = retries.stages.get(spec.name)
    declared = {name: getattr(spec, name) for name in spec.model_fields_set & for_all.keys()}
    return spec.model_copy(update={**for_all, **declared, **(own.model_dump(exclude_none=True) if own else {})})


def back_off_s(spec: StageSpec, task_id: int, ref: Ref, failures: int) -> float:
    """Seconds to wait after this many failures: exponential, with a jitter that is fixed for each unit and failure."""
    digest = hashlib.blake2b(f"{task_id}/{ref.stage}/{ref.key}/{failures}".encode(), digest_size=2).digest()
    spread = spec.retry_jitter * (2 * int.from_bytes(digest) / 65535 - 1)
    return min(spec.longest_retry_s, spec.first_retry_s * 2.0 ** (failures - 1)) * (1 + spread)
