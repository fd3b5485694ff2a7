"""Speech: the segments of a page become narration, with the time of every word."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import Artifact, Language, Record, Seed
from schemas.request import PageRequest
from schemas.script import Character
from schemas.task import Task


class SpeechRequested(PageRequest):
    """Speak the segments of one page, one WAV each."""

    stage: ClassVar[str] = "speech"

    segments: tuple[str, ...] = Field(min_length=1, max_length=200)
    language: Language = "en"
    voice: str | None = Field(
        None, max_length=100, description="A voice of the provider; None: its narrator for the language"
    )
    characters: tuple[Character, ...] = Field(
        (), description="Who may be quoted; a provider with voices enough gives each one of their own, on every page"
    )
    speed: float = Field(1.0, ge=0.5, le=2.0)
    seed: Seed = 0

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        script = task.script
        number = page or 1
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=task.order.providers.get(cls.stage),
            page=number,
            segments=script.pages[number - 1].segments or (script.pages[number - 1].story,),
            language=script.language,
            voice=task.edit_of(number).voice or task.order.voice,
            characters=script.characters,
            seed=task.order.seed,
        )


class Word(Record):
    """When a word is heard, in seconds from the start of its clip."""

    text: str
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)


class WordTimes(Record):
    """The words of one clip in order. Stored as JSON beside the clip."""

    words: tuple[Word, ...]


class Clip(Record):
    """One spoken segment: mono 16-bit WAV at the provider's own sample rate."""

    text: str
    audio: Artifact
    words: Artifact | None = Field(None, description="A WordTimes document; None when the provider cannot tell")
    duration_s: float = Field(gt=0)
    first_word_s: float = Field(0, ge=0, description="When the first word starts, from the start of the clip")
    last_word_s: float = Field(gt=0, description="When the last word ends, from the start of the clip")


class Narration(Record):
    """What the speech stage gives for one page: a clip a segment, in order."""

    page: int
    clips: tuple[Clip, ...] = Field(min_length=1)
    sample_rate_hz: int
    voice: str
