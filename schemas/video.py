"""Video: pictures, narration and music become the film."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import Artifact, ObjectUri, Record, Sha256
from schemas.film import FilmPage, FilmRequest
from schemas.music import Track
from schemas.quality import QualityReport
from schemas.task import Task


class VideoRequested(FilmRequest):
    """Compose the film: pictures in motion or under a moving camera, transitions, cards, narration, captions, music.

    Where the SHA-256 of an object is given beside it, equal content counts as equal, whatever its place.
    """

    stage: ClassVar[str] = "video"

    pages: tuple[FilmPage, ...] = Field(min_length=1, max_length=999)
    music: ObjectUri | None = None
    music_sha256: Sha256 | None = None

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        script = task.script
        tracks = task.results("music", Track)
        return cls.model_validate(
            {
                **cls.told(task, script),
                "task_id": task.id,
                "attempt": attempt,
                "pages": tuple(FilmPage.of(task, script, number) for number in range(1, len(script.pages) + 1)),
                "music": tracks[0].audio.uri if tracks else None,
                "music_sha256": tracks[0].audio.sha256 if tracks else None,
            }
        )


class Film(Record):
    """The finished film and its captions beside it."""

    video: Artifact = Field(description="MP4: H.264 yuv420p BT.709, AAC stereo 48 kHz, faststart")
    captions_srt: Artifact
    captions_vtt: Artifact
    duration_s: float = Field(gt=0)
    loudness_lufs: float = Field(description="Integrated loudness, EBU R 128")
    captions_ass: Artifact | None = Field(None, description="Advanced SubStation Alpha, with the times of words")
    outputs: tuple[Artifact, ...] = Field((), description="What was ordered beside the film, in that order")
    quality: QualityReport | None = Field(
        None, description="What was measured of it; None: its composer measures nothing"
    )
