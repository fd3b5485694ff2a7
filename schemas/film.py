"""What a film is made of: its pages, each with what is seen and what is heard, and how it is to look."""

from typing import Self

from pydantic import Field

from schemas.animation import Animation
from schemas.base import Language, Mood, ObjectUri, PageNumber, Record, Seed, Sha256, Sound
from schemas.cut import Cut
from schemas.image import Illustration, Setting
from schemas.output import Output
from schemas.request import Request
from schemas.script import Script
from schemas.speech import Clip, Narration
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

    @classmethod
    def of(cls, clip: Clip) -> Self:
        """The clip as it was spoken."""
        return cls(
            text=clip.text,
            audio=clip.audio.uri,
            audio_sha256=clip.audio.sha256,
            words=clip.words.uri if clip.words else None,
            words_sha256=clip.words.sha256 if clip.words else None,
            first_word_s=clip.first_word_s,
            last_word_s=clip.last_word_s,
        )


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
    setting: Setting | None = Field(None, description="Where and when the picture plays; None: nobody knows")

    @classmethod
    def of(cls, task: Task, script: Script, number: PageNumber) -> Self:
        """A page of the task's script, of what its stages made; LookupError while one of them has not."""
        page = script.pages[number - 1]
        illustration = task.page_result("image", number, Illustration)
        narration = task.page_result("speech", number, Narration)
        moving = task.page_result("animation", number, Animation).video if "animation" in task.stages else None
        return cls(
            picture=illustration.picture.uri,
            picture_sha256=illustration.picture.sha256,
            layers=tuple(
                FilmLayer(picture=layer.picture.uri, picture_sha256=layer.picture.sha256, depth=layer.depth)
                for layer in illustration.layers
            ),
            animation=moving.uri if moving else None,
            animation_sha256=moving.sha256 if moving else None,
            clips=tuple(FilmClip.of(clip) for clip in narration.clips),
            mood=page.mood,
            sounds=page.sounds or (),
            setting=illustration.setting,
        )


class FilmRequest(Request):
    """What whoever makes a film, or a part of it, is told of the whole."""

    title: str = Field("", max_length=300)
    language: Language = "en"
    width: int = Field(1280, ge=64, le=4096, multiple_of=2, description="Pixels")
    height: int = Field(720, ge=64, le=4096, multiple_of=2, description="Pixels")
    fps: int = Field(24, ge=1, le=60)
    burn_captions: bool = True
    cut: Cut | None = Field(None, description="None: pages dissolve into each other, without cards, captions plain")
    outputs: tuple[Output, ...] = Field((), max_length=16, description="What is made beside the film")
    seed: Seed = 0

    @staticmethod
    def told(task: Task, script: Script) -> dict[str, object]:
        """The same of a task's film, and by whom it is made."""
        width, height = task.order.film_size
        return {
            "provider": task.order.providers.get("video"),
            "title": script.title,
            "language": script.language,
            "width": width,
            "height": height,
            "cut": task.order.cut or Cut(),
            "outputs": task.order.outputs,
            "seed": task.order.seed,
        }
