"""The settings of simulated providers (``TALESTREAM_SIMULATION__…``)."""

from pathlib import Path

from pydantic import BaseModel, Field


class SimulatedStage(BaseModel):
    """What is different for one stage; None: as for all."""

    duration_s: float | None = Field(None, ge=0)
    cost: float | None = Field(None, ge=0)
    failure_rate: float | None = Field(None, ge=0, le=1)
    fails_for_good: bool | None = None
    hang_rate: float | None = Field(None, ge=0, le=1)


class SimulationSettings(BaseModel):
    """The simulated providers: how long their jobs take, what they cost, and how often they go wrong."""

    duration_s: float = Field(0, ge=0, description="From a job's submission to its result")
    cost: float = Field(0, ge=0, description="Of one job, whatever becomes of it")
    failure_rate: float = Field(0, ge=0, le=1, description="Share of the jobs that fail, when their time is over")
    fails_for_good: bool = Field(
        False, description="Whether a failure says that trying again does not help, so that a fallback does the work"
    )
    hang_rate: float = Field(0, ge=0, le=1, description="Share of the jobs that never end")
    seed: int = Field(0, description="Decides which jobs fail and hang")
    jobs: bool = Field(True, description="Whether a job's id is stored before it is waited for; off for measuring")
    ledger: Path = Field(Path("var/simulation.jsonl"), description="Where every call is written down")
    stages: dict[str, SimulatedStage] = Field(default_factory=dict, description="By stage, where not as for all")

    def of(self, stage: str) -> "SimulationSettings":
        """As they are for one stage."""
        own = self.stages.get(stage, SimulatedStage()).model_dump(exclude_none=True)
        return self.model_copy(update=own)
