"""The providers of a unit, in turn: where one cannot do it, the next of its chain does it, in the same attempt.

The next begins anew, with nothing of what the one before had made: a unit is one provider's work as a whole, a page in
one voice, a track by one musician. What it makes says who made it, instead of whom, and why.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from schemas import Record
from talestream.errors import WHOEVER_IS_ASKED, StageError
from talestream.metrics import FALLBACKS
from talestream.model_errors import OutOfMemory
from talestream.stage import Fallback, Stage, StageContext
from talestream.telemetry import logger

_log = logger(__name__)


async def in_turn(stage: "Stage[Any, Any]", context: StageContext, chain: Sequence[str]) -> Record:
    """The unit's result, by the first provider of ``chain`` that can do it; its artifacts are then ``context``'s.

    A provider cannot that cannot be had, fails for good, or has run out of memory. Whatever else one raises passes as
    it is. When nobody can, that is the first error, or the first that says to try again.
    """
    failures: dict[str, StageError] = {}
    for name in _remaining(chain, context):
        turn = context.handed_to(name, _fallback(name, chain, failures))
        try:
            result: Record = await stage(turn.request, turn)
        except StageError as error:
            if not _is_passed_on(error, context):
                raise
            failures[name] = error
            if name != chain[-1]:
                _log.warning("a provider cannot do it; the next is asked", provider=name, reason=str(error))
                FALLBACKS.labels(stage.name, name, error.code).inc()
        else:
            context.artifacts.extend(turn.artifacts)
            return result
    raise max(failures.values(), key=lambda error: error.retryable)


def _is_passed_on(error: StageError, context: StageContext) -> bool:
    """Whether another may do what this provider could not. A job that is under way or done is never left for another:
    it is paid for.
    """
    passes_by_itself = error.retryable and not isinstance(error, OutOfMemory)
    is_stopped = context.cancelled.is_set() or context.job_holder is not None
    return not (passes_by_itself or is_stopped or error.code in WHOEVER_IS_ASKED)


def _remaining(chain: Sequence[str], context: StageContext) -> Sequence[str]:
    """From the provider that has a job of this unit on, else from the first."""
    holder = context.job_holder
    if holder is None or len(chain) == 1:
        return chain
    at = next((at for at, name in enumerate(chain) if holder in {name, *_services(name, context)}), 0)
    return chain[at:]


def _services(name: str, context: StageContext) -> Sequence[str]:
    try:
        return getattr(context.providers.get(context.request.provider_stage(), name), "services", ())
    except StageError:
        return ()


def _fallback(name: str, chain: Sequence[str], failures: Mapping[str, StageError]) -> Fallback | None:
    """Why this provider does it. None: it is the first, whose work it is."""
    if name == chain[0]:
        return None
    whys = [f"{failed} could not: {error.code}" for failed, error in failures.items()]
    why = "; ".join(whys) or f"{chain[0]} could not, in an earlier attempt"
    return Fallback(chain[0], f"made by {name}, because {why}")
