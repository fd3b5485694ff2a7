"""The task document: one production, from prompt to finished film."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import Field

from schemas.base import AgeGroup, Artifact, Aspect, Language, PageNumber, Problem, Record, Seed, TaskId, Tone, UtcTime
from schemas.cancellation import CancelMode
from schemas.cut import Cut
from schemas.output import Output, Resolution
from schemas.script import PageEdit, Script
from schemas.workflow import Workflow

WHOLE = "whole"
"""The key of the only unit of a stage that is not split into pages."""

DIRECT = "direct"
"""The name of the workflow of tasks that came in by topic."""

R = TypeVar("R", bound=Record)


class TaskState(StrEnum):
    """Where a task stands. ``completed`` lasts until an edit begins the next revision, ``cancelled`` for ever;
    ``failed`` waits for a retry.

    A ``pending`` task waits for an order, or, when ``queued_at`` is set, for its turn.
    """

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Priority(StrEnum):
    """Which of the tasks that wait for their turn comes first."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class StageState(StrEnum):
    """Where a stage of a task stands."""

    WAITING = "waiting"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class UnitState(StrEnum):
    """Where a unit stands. A queued unit has an order under way; a running one is held by a worker; the inputs of a
    stale one are not known yet, or not any more since an edit, and it is ordered once they are.
    """

    QUEUED = "queued"
    RUNNING = "running"
    STALE = "stale"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TaskInput(Record):
    """What the user asked for."""

    topic: str = Field(min_length=1, max_length=2000)
    main_role: str | None = Field(None, max_length=200)
    scene: str | None = Field(None, max_length=500)
    language: Language | None = None
    page_count: int = Field(6, ge=3, le=40)
    aspect: Aspect = Aspect.WIDE
    resolution: Resolution = Resolution.HD
    outputs: tuple[Output, ...] = Field((), max_length=16, description="What is made of the film beside its MP4")
    cut: Cut | None = Field(None, description="How the film is cut; None: as a cut is by default")
    style: str | None = Field(None, max_length=200)
    voice: str | None = Field(None, max_length=100)
    seed: Seed = 0
    age: AgeGroup | None = Field(
        None,
        description="For whom the story is: how long its sentences are and how rich its words. A text that is told in "
        "its own words keeps them. None: for no age in particular",
    )
    tone: Tone | None = Field(None, description="How it is told; None: as it comes")
    providers: Mapping[str, str] = Field(default_factory=dict, description="Provider by stage, where not the default")
    workflow_version: str | None = Field(None, max_length=100, description="Kept as the client sent it")

    @property
    def film_size(self) -> tuple[int, int]:
        """Width and height of the film in pixels."""
        return self.resolution.of_shape(*self.aspect.size)

    @property
    def picture_size(self) -> tuple[int, int]:
        """Width and height of the pages' pictures in pixels: of the film, at the finest resolution that is ordered."""
        ordered = (self.resolution, *(output.resolution for output in self.outputs if output.resolution))
        return max(ordered, key=lambda resolution: resolution.shorter_side).of_shape(*self.aspect.size)


class ProviderJob(Record):
    """Paid work for one unit at a provider. Its id is stored before anybody waits for it."""

    provider: str = Field(description="By name; only it knows the id")
    id: str = Field(max_length=1000, description="The provider's own")
    key: str = Field(description="The idempotency key of its submission: the unit, its inputs, and the job's number")
    submitted_at: UtcTime


class Unit(Record):
    """The smallest piece of a stage that is retried alone."""

    state: UnitState = UnitState.QUEUED
    attempt: int = Field(1, ge=1, description="The attempt that holds the unit; results of any other are dropped")
    ordered: int = Field(
        1,
        ge=0,
        description="The attempt that the order under way names; a takeover raises attempt alone. 0: never ordered",
    )
    failures: int = Field(0, ge=0, description="Attempts that ended in an error")
    takeovers: int = Field(0, ge=0, description="Attempts whose worker was lost")
    worker: str | None = Field(None, description="Who runs it")
    lease_until: UtcTime | None = Field(None, description="When its worker, silent since, counts as lost")
    progress: float = Field(0, ge=0, le=1)
    note: str = ""
    problem: Problem | None = Field(None, description="The last error")
    inputs_hash: str | None = Field(None, description="Of what it was last ordered from; None: to be ordered anew")
    result: Mapping[str, Any] | None = Field(
        None, description="The stage's result, once completed; after an edit the former one, until the new one is there"
    )
    artifacts: tuple[Artifact, ...] = ()
    order: Mapping[str, Any] | None = Field(
        None, description="The request itself, when it came in by topic from elsewhere"
    )
    job: ProviderJob | None = Field(None, description="What a provider does for it, for the next attempt to resume")
    jobs_forgotten: int = Field(0, ge=0, description="Jobs of it that came to nothing")
    started_at: UtcTime | None = Field(None, description="When its last attempt began; None if cancelled in the queue")
    finished_at: UtcTime | None = None


class StageStatus(Record):
    """One stage of a task."""

    state: StageState = StageState.WAITING
    execution_id: str | None = Field(None, description="Set when the stage is ordered to run; None: not ordered yet")
    units: Mapping[str, Unit] = Field(
        default_factory=dict, description="By page number, or 'whole'; empty until it starts"
    )
    started_at: UtcTime | None = None
    finished_at: UtcTime | None = None


class ObjectCopy(Record):
    """An accepted artifact on its way to its public place."""

    source: str
    target: str


class OutboxEntry(Record):
    """A message that a state change causes, committed with it in the same document update.

    An event leaves the outbox once it is in the durable log and published. A request stays until its unit has an
    outcome, so that it can be published again to a broker that lost it.
    """

    id: str = Field(description="The message's CloudEvents id; equal messages have equal ids")
    type: str = Field(description="The message type's name")
    topic: str
    key: str
    data: Mapping[str, Any]
    not_before: UtcTime
    published_in: str | None = Field(
        None, description="The incarnation of the broker that has it; None: not published yet"
    )
    copies: tuple[ObjectCopy, ...] = Field((), description="Copied before the message goes out")
    purges: str | None = Field(None, description="Objects under this prefix are removed before the message goes out")


class Task(Record):
    """One production. ``version`` grows with every change, and an update names the version it saw."""

    id: TaskId
    version: int = 1
    owner: str = Field(description="Who may see it: 'user:7', 'anonymous', 'topic'")
    workflow: Workflow = Field(description="Its stages as they were when it was made")
    state: TaskState = TaskState.PENDING
    executions: tuple[str, ...] = Field(
        (), description="The last executions that were ordered; ordering one of them again changes nothing"
    )
    input: TaskInput | None = Field(None, description="None when it came in by topic")
    revision: int = Field(1, ge=1, description="Grows with every edit; each revision is completed once")
    edits: Mapping[str, PageEdit] = Field(default_factory=dict, description="What was changed of the story, by page")
    stages: Mapping[str, StageStatus] = Field(default_factory=dict)
    outbox: Mapping[str, OutboxEntry] = Field(
        default_factory=dict, description="Events by a key that sorts in their order, requests by their unit"
    )
    created_at: UtcTime
    updated_at: UtcTime
    finished_at: UtcTime | None = None
    cancel_mode: CancelMode | None = Field(
        None, description="Set once it is cancelled; with 'keep' it is running until what ran has ended"
    )
    is_deleted: bool = False
    priority: Priority = Priority.NORMAL
    queued_at: UtcTime | None = Field(None, description="Since when it waits for its turn; None when it does not")
    admitted_at: UtcTime | None = Field(None, description="When its turn came last; its place is its own while it runs")

    @property
    def is_direct(self) -> bool:
        """Whether it came in by topic: a collection of units without an end of its own, each of which ends alone."""
        return self.workflow.name == DIRECT

    @property
    def has_place(self) -> bool:
        """Whether its orders may go out: its turn has come and it runs, or it came in by topic, past the queue."""
        return self.state is TaskState.RUNNING or self.is_direct

    @property
    def prefix(self) -> str:
        """Where this task's objects lie in the bucket. Tasks that came in by topic cannot touch a user's objects."""
        return f"direct/{self.id}" if self.is_direct else f"generated_stories/{self.id}"

    @property
    def order(self) -> TaskInput:
        """What the user asked for; LookupError for a task that came in by topic."""
        if self.input is None:
            raise LookupError(f"task {self.id} came in by topic and has no input of its own")
        return self.input

    @property
    def written_script(self) -> Script:
        """The script as the story stage wrote it; LookupError before that."""
        return self._script_of("story")

    @property
    def edited_script(self) -> Script:
        """The script as it was written, with what was changed since; LookupError before it is written."""
        return self.written_script.edited(self.edits)

    @property
    def script(self) -> Script:
        """The script as it stands: with segments, once the split stage is done; LookupError before there is any."""
        try:
            split = self._script_of("split")
        except LookupError:
            return self.edited_script
        return split if self.revision == 1 else self.edited_script.with_segments_of(split)

    def edit_of(self, page: PageNumber) -> PageEdit:
        """What was changed of a page."""
        return self.edits.get(str(page)) or PageEdit()

    def results(self, stage: str, kind: type[R]) -> tuple[R, ...]:
        """The results of a finished stage in page order; empty when this workflow has no such stage."""
        if stage not in self.stages:
            return ()
        units = self.stages[stage].units
        return tuple(
            kind.model_validate(units[key].result)
            for key in sorted(units, key=unit_order)
            if units[key].result is not None
        )

    def page_result(self, stage: str, page: PageNumber, kind: type[R]) -> R:
        """What a stage made of a page; LookupError while it has not, or does so anew."""
        unit = self.stages[stage].units.get(str(page)) if stage in self.stages else None
        if unit is None or unit.result is None or unit.state is not UnitState.COMPLETED:
            raise LookupError(f"page {page} of {stage} is not finished in task {self.id}")
        return kind.model_validate(unit.result)

    def _script_of(self, stage: str) -> Script:
        unit = self.stages[stage].units.get(WHOLE) if stage in self.stages else None
        if unit is None or unit.result is None:
            raise LookupError(f"task {self.id} has no script from the {stage} stage yet")
        return Script.model_validate(unit.result["script"])


def unit_key(page: PageNumber | None) -> str:
    """The key of a unit in its stage: the page's number, or ``whole``."""
    return WHOLE if page is None else str(page)


def unit_page(key: str) -> int | None:
    """The page of a unit, or None for the whole stage. Inverse of :func:`unit_key`."""
    return None if key == WHOLE else int(key)


def unit_order(key: str) -> int:
    """Sort key that puts units in page order."""
    return unit_page(key) or 0
