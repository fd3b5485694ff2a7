"""Cancelling: the two modes, and the account of what a cancelled task keeps and what was wasted on it."""

from enum import StrEnum

from pydantic import Field

from schemas.base import PageNumber, Record


class CancelMode(StrEnum):
    """``now`` stops what runs at its next step; ``keep`` starts nothing more, finishes what runs and keeps it."""

    NOW = "now"
    KEEP = "keep"


class WorkedUnit(Record):
    """A unit on which work was done, and how long its last attempt took."""

    stage: str
    page: PageNumber | None = Field(None, description="None when its unit is the whole stage")
    seconds: float = Field(0, ge=0)


class Cancellation(Record):
    """What became of the work on a task that was cancelled."""

    mode: CancelMode = CancelMode.NOW
    kept: tuple[WorkedUnit, ...] = Field((), description="Units with a result; their files stay")
    finishing: tuple[WorkedUnit, ...] = Field(
        (), description="Units that still run and will be kept; empty once the task is cancelled"
    )
    wasted: tuple[WorkedUnit, ...] = Field((), description="Units that were stopped while they ran, or failed")
    wasted_s: float = Field(0, ge=0, description="Seconds of work in 'wasted', added up")
    unstarted_units: int = Field(0, ge=0, description="Units that were ordered and that nobody ran")
    unstarted_stages: tuple[str, ...] = Field((), description="Stages none of whose units had been ordered")
