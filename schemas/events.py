"""What happened: the messages of ``talestream.events.v1``, in the past tense."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from schemas.base import Artifact, PageNumber, Problem, Record, TaskId
from schemas.cancellation import Cancellation

EVENTS_TOPIC = "talestream.events.v1"


class Event(Record):
    """Something that happened to a task.

    The CloudEvents header ``ce_sequence`` numbers an owner's durable events without gaps from 1: it is the cursor of
    every stream. UnitProgressed alone is not durable and has none.
    """

    registry: ClassVar[dict[str, type["Event"]]] = {}

    task_id: TaskId
    owner: str
    workflow: str | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.registry[cls.__name__] = cls


class TaskCreated(Event):
    """A task was accepted and is durable."""


class StageStarted(Event):
    """The stage's first orders went out."""

    stage: str
    segment: int | None = None
    unit_count: int = Field(ge=1)


class UnitStarted(Event):
    """A worker took the unit."""

    stage: str
    page: PageNumber | None = None
    attempt: int
    worker: str


class UnitProgressed(Event):
    """How far a running unit is. Live only: not in the durable log."""

    stage: str
    page: PageNumber | None = None
    attempt: int
    progress: float = Field(ge=0, le=1)
    note: str = ""


class UnitCompleted(Event):
    """The unit's result was accepted."""

    stage: str
    page: PageNumber | None = None
    attempt: int
    duration_s: float = Field(0, ge=0, description="From the claim to the result")
    artifacts: tuple[Artifact, ...] = ()
    result: Mapping[str, Any] = Field(default_factory=dict, description="The stage's result type as JSON")
    is_reused: bool = Field(False, description="Whether it is an earlier result of equal work")


class UnitFailed(Event):
    """An attempt failed. ``will_retry`` tells whether another follows."""

    stage: str
    page: PageNumber | None = None
    attempt: int
    problem: Problem
    will_retry: bool


class StageCompleted(Event):
    """Every unit of the stage is done."""

    stage: str
    segment: int | None = None
    is_segment_result: bool = Field(True, description="Whether its segment ends with it; False for a helper stage")
    duration_s: float = Field(0, ge=0)
    artifacts: tuple[Artifact, ...] = ()


class StageFailed(Event):
    """A unit was given up and no other is under way."""

    stage: str
    segment: int | None = None
    problem: Problem


class StageCancelled(Event):
    """The stage was under way when its task was cancelled, and will not be finished."""

    stage: str
    segment: int | None = None


class RedoneUnit(Record):
    """A unit that an edit makes necessary once more."""

    stage: str
    page: PageNumber | None = None


class TaskEdited(Event):
    """A page was changed: the next revision of the task has begun."""

    revision: int = Field(ge=2)
    page: PageNumber
    redone: tuple[RedoneUnit, ...] = Field((), description="What is redone, as far as can be foreseen")
    artifacts: tuple[Artifact, ...] = Field((), description="The script with the change")


class TaskCompleted(Event):
    """Every stage is done."""

    artifacts: tuple[Artifact, ...] = ()


class TaskFailed(Event):
    """Nothing more can be done without a retry."""

    problem: Problem


class TaskCancelled(Event):
    """The task was cancelled and does nothing more."""

    cancellation: Cancellation | None = Field(None, description="What was kept and what was wasted")


class TaskDeleted(Event):
    """The task and its files are gone."""
