"""The JSON of the storyagent dialect: what clients send and what they are sent."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from schemas import (
    AgeGroup,
    Aspect,
    Cancellation,
    CancelMode,
    Cut,
    Language,
    Output,
    PageEdit,
    Priority,
    Problem,
    Resolution,
    Seed,
    Task,
    TaskInput,
    TaskState,
    Tone,
    UnitState,
    unit_order,
    unit_page,
)
from services.api import edits
from services.api.catalogue import Catalogue
from talestream import standing
from talestream.admission import Place
from talestream.cancelling import cancellation
from talestream.manifest import title_of
from talestream.notifications import SegmentStatus, status_of

QUEUE_POSITION = "Place from 1 among the tasks that wait for their turn, as they would be admitted now"


def _readable(text: str) -> str:
    """Refuse what no keyboard types: control characters other than a new line or a tab."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\r\t":
            raise ValueError(f"the control character U+{ord(character):04X} is not allowed")
    return text


def _none_if_blank(text: str | None) -> str | None:
    return text or None


def _text(longest: int, shortest: int = 0) -> Any:
    return StringConstraints(strip_whitespace=True, min_length=shortest, max_length=longest)


Readable = AfterValidator(_readable)
Blankable = AfterValidator(_none_if_blank)


class Credentials(BaseModel):
    """A name and its password."""

    username: Annotated[str, Field(min_length=1, max_length=400, examples=["mia"])]
    password: Annotated[str, Field(min_length=1, max_length=1024, examples=["a long passphrase"])]


class NewAccount(Credentials):
    """A name of 1 to 150 characters, unique whatever its case and width, and a password of 6 at least."""

    password: Annotated[str, Field(min_length=6, max_length=1024, examples=["a long passphrase"])]


class Account(BaseModel):
    """A registered user."""

    id: int
    username: str


class Token(BaseModel):
    """An access token, to be sent as `Authorization: Bearer ...`."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105


class NewTask(BaseModel):
    """What the film is to be about. Only `topic` is needed."""

    topic: Annotated[str, _text(2000, 1), Readable, Field(examples=["a fox who wants to touch the moon"])]
    main_role: Annotated[Annotated[str, _text(200), Readable] | None, Blankable, Field(description="The hero")] = None
    scene: Annotated[Annotated[str, _text(500), Readable] | None, Blankable, Field(description="The place")] = None
    workflow: Annotated[
        str | None,
        Field(
            max_length=100,
            description="One of `GET /api/task/workflows`; story-video when left out, or "
            "story-video-animated where pictures are set in motion",
        ),
    ] = None
    workflow_version: Annotated[
        Annotated[str, _text(100), Readable] | int | None,
        Field(
            description="Kept with the task; where it is a workflow's name and `workflow` is left out, it chooses it"
        ),
    ] = None
    page_count: Annotated[int, Field(ge=3, le=40)] = 6
    language: Annotated[Language | None, Field(description="Found from the topic when left out")] = None
    aspect: Annotated[Aspect, Field(description="The shape of the film")] = Aspect.WIDE
    resolution: Annotated[Resolution, Field(description="Of the film, by its shorter side")] = Resolution.HD
    outputs: Annotated[
        tuple[Output, ...],
        Field(
            max_length=16,
            description="What else is to be made of the film: other formats, sizes and shapes, a preview, a cover, the "
            "sound alone. The MP4 is always made",
            examples=[[{"format": "webm"}, {"format": "mp4", "aspect": "9:16", "resolution": "1080p"}]],
        ),
    ] = ()
    cut: Annotated[
        Cut | None,
        Field(
            description="How the film is cut: transitions by mood, title and end card, plain captions when left out",
            examples=[{"transition": "slide", "end_card": False, "captions": "karaoke"}],
        ),
    ] = None
    style: Annotated[Annotated[str, _text(200), Readable] | None, Blankable] = None
    age: Annotated[AgeGroup | None, Field(description="For whom the story is: its sentences and words")] = None
    tone: Annotated[Tone | None, Field(description="How it is told")] = None
    voice: Annotated[Annotated[str, _text(100), Readable] | None, Blankable] = None
    seed: Annotated[Seed | None, Field(description="Same seed, same film; random when left out")] = None
    priority: Annotated[Priority, Field(description="Which of the tasks that wait comes first")] = Priority.NORMAL
    providers: Annotated[
        dict[str, str],
        Field(default_factory=dict, description="Provider by stage, where it is not to be the default"),
    ]

    def chosen_workflow(self, catalogue: Catalogue) -> str | None:
        """The workflow's name, or None for the default."""
        if self.workflow:
            return self.workflow
        version = self.workflow_version
        return version if isinstance(version, str) and version in catalogue.workflows else None

    def order(self, seed: int) -> TaskInput:
        """What is ordered, with ``seed`` where the client names none."""
        fields = self.model_dump(exclude={"workflow", "workflow_version", "seed", "priority"})
        version = None if self.workflow_version is None else str(self.workflow_version)
        return TaskInput(**fields, workflow_version=version, seed=seed if self.seed is None else self.seed)


class TaskCreated(BaseModel):
    """The id of a new task."""

    task_id: int


class TaskIds(BaseModel):
    """Task ids, newest first."""

    task_ids: list[int]


class Progress(BaseModel):
    """`current_segment` is the last finished segment, 0 before any."""

    current_segment: int
    status: SegmentStatus
    queue_position: int | None = Field(None, description=f"{QUEUE_POSITION}; left out when it does not wait")
    eta_s: float | None = Field(
        None, description="While it waits, if known: seconds until what was ordered is finished"
    )


class Accepted(BaseModel):
    """The order is durable. `celery_task_id` is the execution's id; its name is kept for existing clients."""

    accepted: Literal[True] = True
    celery_task_id: str | None
    message: str = "Execution queued"


class PageChange(BaseModel):
    """What is to be another on a page. At least one field; null takes back what was changed before."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    story: Annotated[
        Annotated[str, _text(5000, 1), Readable] | None, Field(description="The narration, as it is spoken")
    ] = None
    image_prompt: Annotated[
        Annotated[str, _text(2000, 1), Readable] | None, Field(description="What the picture shows")
    ] = None
    voice: Annotated[
        Annotated[str, _text(100, 1), Readable] | None, Field(description="A voice of the speech provider")
    ] = None

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing is changed: give story, image_prompt or voice")
        return self

    def edit(self) -> PageEdit:
        """The change in the words of the contract."""
        return PageEdit(**self.model_dump(exclude_unset=True))


class RedoneUnit(BaseModel):
    """A stage, or one page of it, that is made once more."""

    stage: str
    page: int | None


class EditPlan(BaseModel):
    """What an edit would redo, and how many finished units it would leave as they are."""

    redone: list[RedoneUnit]
    kept: int


class EditAccepted(EditPlan):
    """The edit is durable, and what depends on it is under way. `celery_task_id` is null when nothing does."""

    accepted: Literal[True] = True
    celery_task_id: str | None
    message: str = "Edit accepted"
    revision: int = Field(description="Grows with every edit; the task is completed once more in each")


class Resources(BaseModel):
    """Paths for `GET /api/resource?url=`."""

    resources: list[str]


class Deleted(BaseModel):
    """The task is gone, its files with it."""

    deleted: Literal[True] = True


class Cancelled(BaseModel):
    """Nothing more of the task starts. `status` is `running` while something is finished to be kept."""

    cancelled: Literal[True] = True
    status: SegmentStatus
    state: TaskState
    cancellation: Cancellation = Field(description="What was kept and what was wasted")


class UnitStatus(BaseModel):
    """The smallest piece of a stage that is retried alone: a page, or the whole stage (`page` null)."""

    page: int | None
    state: str
    progress: float
    note: str
    attempt: int
    problem: Problem | None


class StageProgress(BaseModel):
    """A stage of a task."""

    name: str
    segment: int | None
    state: str
    progress: float
    units: list[UnitStatus]


class TaskDetail(BaseModel):
    """A task as it stands."""

    task_id: int
    title: str
    workflow: str
    workflow_version: str | None
    state: TaskState
    current_segment: int
    status: SegmentStatus
    progress: float = Field(description="0 to 1")
    created_at: datetime
    updated_at: datetime
    stages: list[StageProgress]
    cancel_mode: CancelMode | None = Field(description="Set once the task is cancelled, or about to be")
    priority: Priority
    queue_position: int | None = Field(description=f"{QUEUE_POSITION}; null when it does not wait")
    eta_s: float | None = Field(
        description="Seconds until what was ordered is finished, the wait included; null when unknown"
    )
    problem: Problem | None = Field(description="Why it failed; null when nothing did")


class Notifications(BaseModel):
    """Notifications as they were pushed, oldest first. Ask again with `after` = `cursor`."""

    notifications: list[dict[str, Any]]
    cursor: int
    has_more: bool


class Error(BaseModel):
    """Why a call was refused."""

    detail: str
    code: str | None = None


def plan_of(plan: edits.EditPlan) -> EditPlan:
    """What an edit redoes."""
    return EditPlan(redone=[RedoneUnit(stage=ref.stage, page=ref.page) for ref in plan.redone], kept=plan.kept)


def edit_of(done: edits.Edit) -> EditAccepted:
    """What an edit did."""
    told = dict(plan_of(done.plan))
    return EditAccepted(**told, celery_task_id=done.execution_id, revision=done.revision)


def progress_of(task: Task, place: Place | None, eta: float | None) -> Progress:
    """How far the task is, and its turn where it waits for one."""
    progress = Progress(current_segment=standing.finished_segments(task), status=status_of(task))
    return progress.model_copy(update={"queue_position": place.position, "eta_s": eta}) if place else progress


def detail_of(task: Task, place: Place | None, eta: float | None) -> TaskDetail:
    """The whole task, stage by stage and unit by unit."""
    return TaskDetail(
        task_id=task.id,
        title=title_of(task),
        workflow=task.workflow.name,
        workflow_version=task.input.workflow_version if task.input else None,
        state=task.state,
        current_segment=standing.finished_segments(task),
        status=status_of(task),
        progress=round(standing.progress(task), 4),
        created_at=task.created_at,
        updated_at=task.updated_at,
        stages=[_stage_of(task, spec.name, spec.segment) for spec in task.workflow.stages],
        cancel_mode=task.cancel_mode,
        priority=task.priority,
        queue_position=place.position if place else None,
        eta_s=eta,
        problem=_problem_of(task),
    )


def cancelled_of(task: Task) -> Cancelled:
    """The answer to a cancel."""
    return Cancelled(status=status_of(task), state=task.state, cancellation=cancellation(task))


def _problem_of(task: Task) -> Problem | None:
    """What stands in the way of a failed task: the last error of the first unit that was given up."""
    if task.state is not TaskState.FAILED:
        return None
    units = [unit for status in task.stages.values() for unit in status.units.values()]
    problems = [unit.problem for unit in units if unit.problem and unit.state is UnitState.FAILED]
    return next(iter(problems), Problem(code="failed", message="a stage failed"))


def _stage_of(task: Task, name: str, segment: int | None) -> StageProgress:
    status = task.stages[name]
    units = [
        UnitStatus(
            page=unit_page(key),
            state=unit.state,
            progress=round(unit.progress, 4),
            note=unit.note,
            attempt=unit.attempt,
            problem=unit.problem,
        )
        for key, unit in sorted(status.units.items(), key=lambda item: unit_order(item[0]))
    ]
    progress = round(standing.stage_progress(status), 4)
    return StageProgress(name=name, segment=segment, state=status.state, progress=progress, units=units)
