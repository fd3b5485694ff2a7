"""Music: one background track for a whole film."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import Artifact, Mood, Record, Seed
from schemas.cut import Cut
from schemas.request import Request
from schemas.speech import Narration
from schemas.task import Task


class Passage(Record):
    """A stretch of the film with one mood."""

    mood: Mood
    duration_s: float = Field(gt=0, le=3600)


class MusicRequested(Request):
    """Compose one track that follows the moods and lengths of these passages and comes to an end."""

    stage: ClassVar[str] = "music"

    passages: tuple[Passage, ...] = Field(min_length=1, max_length=999)
    seed: Seed = 0

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        narrations = task.results("speech", Narration)
        lengths_s = [sum(clip.duration_s for clip in narration.clips) for narration in narrations]
        title_s, end_s = (task.order.cut or Cut()).card_times(task.script.title)
        lengths_s[0] += title_s
        lengths_s[-1] += end_s
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=task.order.providers.get(cls.stage),
            passages=tuple(
                Passage(mood=drawn.mood, duration_s=length_s)
                for drawn, length_s in zip(task.script.pages, lengths_s, strict=True)
            ),
            seed=task.order.seed,
        )


class Track(Record):
    """A background track: stereo 16-bit WAV at 44.1 kHz, at least as long as the passages together."""

    audio: Artifact
    duration_s: float = Field(gt=0)
