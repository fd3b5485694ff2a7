"""The manifest of a task: what was asked for, what was made of it by whom, and what fell short.

A pure function of the task document. Nothing passes for more than it is: stand-ins and words that could not be drawn
are listed (``is_degraded``, ``degraded``, ``missing_words``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from schemas import (
    Artifact,
    Cancellation,
    Film,
    Illustration,
    Narration,
    QualityReport,
    Record,
    Seed,
    StageState,
    Task,
    TaskInput,
    TaskState,
    unit_order,
    unit_page,
)
from schemas.base import UtcTime
from talestream.cancelling import cancellation, is_cancelled


class ManifestArtifact(Record):
    """One file of the task, and where it came from."""

    path: str
    role: str
    stage: str
    page: int | None = Field(None, description="None when it belongs to no single page")
    attempt: int
    mime: str
    size_bytes: int
    sha256: str
    provider: str | None = None
    model: str | None = None
    revision: str | None = Field(None, description="Commit or version of the model")
    seed: Seed | None = None
    parameters: Mapping[str, str | int | float | bool] | None = Field(None, description="How the model was asked")
    work_s: float | None = Field(None, description="How long its provider worked on it")
    cost: float | None = Field(None, description="What that cost by the operator's prices; null where none is set")
    degraded: str | None = Field(None, description="Why this is a stand-in; null when it is the real thing")
    instead_of: str | None = Field(None, description="The provider that was to make this and could not")


class MissingWords(Record):
    """Words of a page that its picture does not show."""

    page: int
    words: tuple[str, ...]


class StageTiming(Record):
    """When a stage ran. ``busy_s`` adds up its units, which ran side by side where there were workers."""

    stage: str
    state: StageState
    started_at: UtcTime | None = None
    finished_at: UtcTime | None = None
    duration_s: float | None = None
    busy_s: float = 0
    unit_count: int = 0
    attempt_count: int = 0


class Manifest(Record):
    """The whole account of a task, stored nowhere: it always tells how the task stands."""

    task_id: int
    workflow: str
    state: TaskState
    title: str
    input: TaskInput | None = None
    created_at: UtcTime
    finished_at: UtcTime | None = None
    is_degraded: bool = Field(
        description="Whether any file, a superseded one too, is a stand-in, or the film out of its bounds"
    )
    film_duration_s: float | None = None
    film_loudness_lufs: float | None = None
    film_quality: QualityReport | None = Field(
        None, description="What was measured of the film's file, each figure with its bound; null: nothing was"
    )
    narration_duration_s: float | None = None
    artifacts: tuple[ManifestArtifact, ...] = ()
    superseded: tuple[ManifestArtifact, ...] = Field(
        (), description="Files in whose place a later stage has put its own, as the split script in the story's"
    )
    missing_words: tuple[MissingWords, ...] = ()
    stages: tuple[StageTiming, ...] = ()
    cancellation: Cancellation | None = Field(None, description="What was kept and wasted; null unless cancelled")


@dataclass(frozen=True)
class Made:
    """An artifact and the unit that made it."""

    artifact: Artifact
    stage: str
    page: int | None
    attempt: int


def manifest(task: Task) -> Manifest:
    """The manifest of ``task`` as it stands."""
    made = public_artifacts(task)
    film = next(iter(task.results("video", Film)), None)
    clips = [clip for narration in task.results("speech", Narration) for clip in narration.clips]
    return Manifest(
        task_id=task.id,
        workflow=task.workflow.name,
        state=task.state,
        title=title_of(task),
        input=task.input,
        created_at=task.created_at,
        finished_at=task.finished_at,
        is_degraded=any(one.artifact.degraded for one in _all_made(task)),
        film_duration_s=film.duration_s if film else None,
        film_loudness_lufs=film.loudness_lufs if film else None,
        film_quality=film.quality if film else None,
        narration_duration_s=round(sum(clip.duration_s for clip in clips), 3) if clips else None,
        artifacts=tuple(_listed(one) for one in made.values()),
        superseded=tuple(_listed(one) for one in _all_made(task) if one != made[one.artifact.path]),
        missing_words=tuple(
            MissingWords(page=drawn.page, words=drawn.missing_words)
            for drawn in task.results("image", Illustration)
            if drawn.missing_words
        ),
        stages=tuple(_timing(task, stage) for stage in task.stages),
        cancellation=cancellation(task) if is_cancelled(task) else None,
    )


def public_artifacts(task: Task) -> Mapping[str, Made]:
    """Every file of the task by its public path. Where two stages write one file, the later one's is what is there."""
    return {made.artifact.path: made for made in _all_made(task)}


def title_of(task: Task) -> str:
    """What to call the task: its story's title, or what was asked for until there is one."""
    try:
        return task.script.title
    except LookupError:
        return task.input.topic[:100] if task.input else f"task {task.id}"


def _all_made(task: Task) -> Iterator[Made]:
    for stage, status in task.stages.items():
        for key in sorted(status.units, key=unit_order):
            unit = status.units[key]
            for artifact in unit.artifacts:
                yield Made(artifact, stage, unit_page(key), unit.attempt)


def _listed(made: Made) -> ManifestArtifact:
    return ManifestArtifact(
        stage=made.stage, page=made.page, attempt=made.attempt, **made.artifact.model_dump(exclude={"uri"})
    )


def _timing(task: Task, stage: str) -> StageTiming:
    status = task.stages[stage]
    units = status.units.values()
    return StageTiming(
        stage=stage,
        state=status.state,
        started_at=status.started_at,
        finished_at=status.finished_at,
        duration_s=_seconds(status.started_at, status.finished_at),
        busy_s=round(sum(_seconds(unit.started_at, unit.finished_at) or 0 for unit in units), 3),
        unit_count=len(units),
        attempt_count=sum(unit.attempt for unit in units),
    )


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds(), 3) if start and end else None
