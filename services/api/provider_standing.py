"""How the providers of a stage stand, put together from what its workers tell."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from talestream.provider_states import State, ToldState

BEST_FIRST: tuple[State, ...] = ("ready", "loading", "untried", "unusable")
UNKNOWN = "no worker of this stage tells anything of it"


class ProviderStanding(BaseModel):
    """One provider of a stage, as the worker that is best off has it."""

    name: str
    state: Literal["ready", "loading", "untried", "unusable", "unknown"] = Field(
        description="untried: there, but what it needs is loaded by the first order; unknown: no worker tells"
    )
    workers: int = Field(description="How many workers have it in this state")
    why_not: str | None = Field(None, description="Why it is unusable, or unknown")
    remedy: str | None = Field(None, description="What to do about that")


def standing_of(stage: str, installed: Iterable[str], told: Sequence[ToldState]) -> list[ProviderStanding]:
    """Every provider that is installed here, or told of by a worker of the stage, by name."""
    of_stage = [one for one in told if one.stage == stage]
    names = sorted({*installed, *(one.provider for one in of_stage)})
    return [_standing(name, [one for one in of_stage if one.provider == name]) for name in names]


def _standing(name: str, told: Sequence[ToldState]) -> ProviderStanding:
    if not told:
        return ProviderStanding(name=name, state="unknown", workers=0, why_not=UNKNOWN)
    best = min(told, key=lambda one: BEST_FIRST.index(one.state))
    alike = sum(one.state == best.state for one in told)
    return ProviderStanding(name=name, state=best.state, workers=alike, why_not=best.why_not, remedy=best.remedy)
