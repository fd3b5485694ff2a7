"""The settings of workers (``TALESTREAM_WORKER__…``, ``TALESTREAM_DEAD_LETTERS__…``, ``TALESTREAM_RETRIES__…``)."""

from pathlib import Path

from pydantic import BaseModel, Field


class WorkerSettings(BaseModel):
    """The stage runner."""

    slots: int | None = Field(
        None, ge=1, description="Units a process runs at a time; None: what its provider, or the stage, wants"
    )
    lease_s: float | None = Field(
        None, gt=0, description="A worker silent for this long counts as lost; None: the session time-out and 2 s"
    )
    drain_s: float = Field(
        20,
        ge=0,
        description="How long SIGTERM waits for running units, then hands them back; 15 s later at most a worker ends",
    )
    niceness: int = Field(0, ge=0, le=19, description="Above 0 where workers share their cores with API and database")
    workdir: Path | None = Field(None, description="Where attempts keep temporary files; None: the system's")
    health_host: str = "127.0.0.1"
    health_port: int = Field(0, description="Where a worker serves /healthz, /readyz, /metrics; 0: any free port")


class DeadLetterSettings(BaseModel):
    """When a worker stops taking work, because what fails says that the fault is ours."""

    max_consecutive: int = Field(5, ge=1, description="Different messages that fail without one success between them")
    max_ratio: float = Field(0.5, ge=0, le=1, description="Share of a window's messages that may fail")
    min_messages: int = Field(20, ge=1, description="Messages that a window must have for its share to count")
    window_s: float = Field(600, gt=0)
    first_pause_s: float = Field(15, gt=0, description="Until one message is tried; doubles each time that fails too")
    longest_pause_s: float = Field(300, gt=0)


class StageRetrySettings(BaseModel):
    """What is to hold for one stage, whatever its workflow says. None: as the workflow says, else as for all."""

    attempts: int | None = Field(None, ge=1, le=20)
    timeout_s: float | None = Field(None, gt=0, le=86_400)
    first_retry_s: float | None = Field(None, ge=0, le=86_400)
    longest_retry_s: float | None = Field(None, ge=0, le=86_400)
    retry_jitter: float | None = Field(None, ge=0, lt=1)


class RetrySettings(BaseModel):
    """What holds for every stage whose workflow says nothing. A task keeps the limits under which it was made."""

    attempts: int = Field(3, ge=1, le=20, description="Failures after which a unit is given up")
    timeout_s: float = Field(1200, gt=0, le=86_400, description="Limit of one attempt of one unit")
    first_retry_s: float = Field(2, ge=0, le=86_400, description="Wait after the first failure; doubles with each more")
    longest_retry_s: float = Field(120, ge=0, le=86_400, description="Longest wait between two attempts")
    retry_jitter: float = Field(0.25, ge=0, lt=1, description="Share by which a wait is longer or shorter, at random")
    stages: dict[str, StageRetrySettings] = Field(
        default_factory=dict, description="By stage: TALESTREAM_RETRIES__STAGES__IMAGE__ATTEMPTS=5"
    )
