"""Video: pictures, narration and music become the film."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.animation import Animation
from schemas.base import Artifact, Language, Mood, ObjectUri, Record, Seed, Sha256, Sound
from schemas.cut import Cut
from schemas.image import Illustration
from schemas.music import Track
from schemas.output import Output
from schemas.quality import QualityReport
from schemas.request import Request
from schemas.speech import Narration
from schemas.task import Task


class FilmClip(Record):
    """One spoken segment of a page. Times are seconds from the start of the clip."""

    text: str
    audio: ObjectUri
    audio_sha256: Sha256 | None = None
    words: ObjectUri | None = None
    words_sha256: Sha256 | None = None
    first_word_s: float = Field(0, ge=0)
    last_word_s: float | None = Field(None, gt=0, description="None: the end of the clip")


class FilmLayer(Record):
    """What is seen of a page's picture at one depth, of the picture's size."""

    picture: ObjectUri
    picture_sha256: Sha256 | None = None
    depth: float = Field(ge=0, le=1, description="0: where the characters stand; 1: as far as the sky")


class FilmPage(Record):
    """One page of the film: its picture, shown while its clips are heard."""

    picture: ObjectUri
    picture_sha256: Sha256 | None = None
    layers: tuple[FilmLayer, ...] = Field(
        (), max_length=8, description="The picture in depth, farthest first: a moving camera sees them move apart"
    )
    animation: ObjectUri | None = Field(
        None, description="The picture in motion, shown from the page's start; None: the camera moves over the picture"
    )
    animation_sha256: Sha256 | None = None
    clips: tuple[FilmClip, ...] = ()
    mood: Mood = Mood.CALM
    sounds: tuple[Sound, ...] = Field((), max_length=4, description="What is heard beside the narration")


class VideoRequested(Request):
    """Compose the film: pictures in motion or under a moving camera, transitions, cards, narration, captions, music.

    Where the SHA-256 of an object is given beside it, equal content counts as equal, whatever its place.
    """

    stage: ClassVar[str] = "video"

    title: str = Field("", max_length=300)
    language: Language = "en"
    pages: tuple[FilmPage, ...] = Field(min_length=1, max_length=999)
    music: ObjectUri | None = None
    music_sha256: Sha256 | None = None
    width: int = Field(1280, ge=64, le=4096, multiple_of=2, description="Pixels")
    height: int = Field(720, ge=64, le=4096, multiple_of=2, description="Pixels")
    fps: int = Field(24, ge=1, le=60)
    burn_captions: bool = True
    cut: Cut | None = Field(None, description="None: pages dissolve into each other, without cards, captions plain")
    outputs: tuple[Output, ...] = Field((), max_length=16, description="What is made beside the film")
    seed: Seed = 0

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        pictures = task.results("image", Illustration)
        animations = {made.page: made.video for made in task.results("animation", Animation)}
        narrations = task.results("speech", Narration)
        tracks = task.results("music", Track)
        width, height = task.order.film_size
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=task.order.providers.get(cls.stage),
            title=task.script.title,
            language=task.script.language,
            pages=tuple(
                FilmPage(
                    picture=illustration.picture.uri,
                    picture_sha256=illustration.picture.sha256,
                    layers=tuple(
                        FilmLayer(picture=layer.picture.uri, picture_sha256=layer.picture.sha256, depth=layer.depth)
                        for layer in illustration.layers
                    ),
                    animation=moving.uri if moving else None,
                    animation_sha256=moving.sha256 if moving else None,
                    clips=tuple(
                        FilmClip(
                            text=clip.text,
                            audio=clip.audio.uri,
                            audio_sha256=clip.audio.sha256,
                            words=clip.words.uri if clip.words else None,
                            words_sha256=clip.words.sha256 if clip.words else None,
                            first_word_s=clip.first_word_s,
                            last_word_s=clip.last_word_s,
                        )
                        for clip in narration.clips
                    ),
                    mood=drawn.mood,
                    sounds=drawn.sounds or (),
                )
                for drawn, illustration, narration in zip(task.script.pages, pictures, narrations, strict=True)
                for moving in (animations.get(illustration.page),)
            ),
            music=tracks[0].audio.uri if tracks else None,
            music_sha256=tracks[0].audio.sha256 if tracks else None,
            width=width,
            height=height,
            cut=task.order.cut or Cut(),
            outputs=task.order.outputs,
            seed=task.order.seed,
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
