"""The value types that every message, event and document is made of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _as_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Record(BaseModel):
    """An immutable value. Unknown fields are ignored, so that this version can read what the next one writes."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_bytes="base64", allow_inf_nan=False)


TaskId = Annotated[int, Field(ge=1, lt=2**53, description="Random positive integer, exact in JavaScript.")]
PageNumber = Annotated[int, Field(ge=1, le=999, description="Page of the story, from 1.")]
Seed = Annotated[int, Field(ge=0, lt=2**32, description="Same seed, same inputs and same provider: same result.")]
Text = Annotated[str, Field(max_length=20_000)]
ObjectUri = Annotated[
    str,
    Field(
        pattern=r"^s3://[a-z0-9.-]{3,63}/.+$",
        max_length=1100,
        description="An object in the store, as s3://bucket/key.",
    ),
]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
UtcTime = Annotated[datetime, AfterValidator(_as_utc)]
Language = Literal["en", "zh"]


class Mood(StrEnum):
    """The feeling of a page; music and light follow it."""

    CALM = "calm"
    JOYFUL = "joyful"
    PLAYFUL = "playful"
    WONDER = "wonder"
    TENSE = "tense"
    SAD = "sad"
    TRIUMPHANT = "triumphant"


class TimeOfDay(StrEnum):
    """Where the sun is."""

    DAWN = "dawn"
    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


class AgeGroup(StrEnum):
    """For whom a story is told: how long its sentences are, and how much it may frighten."""

    SMALL = "3-5"
    MIDDLE = "6-8"
    LARGE = "9-12"


class Tone(StrEnum):
    """How a story is told."""

    GENTLE = "gentle"
    FUNNY = "funny"
    ADVENTUROUS = "adventurous"
    MYSTERIOUS = "mysterious"


class Sound(StrEnum):
    """A plain sound that is heard beside the narration: the first four of something that happens, else of a place."""

    THUNDER = "thunder"
    BELL = "bell"
    DOOR = "door"
    FOOTSTEPS = "footsteps"
    RAIN = "rain"
    WAVES = "waves"
    WATER = "water"
    WIND = "wind"
    FIRE = "fire"
    CRICKETS = "crickets"
    BIRDS = "birds"


class Aspect(StrEnum):
    """The shape of the film."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"
    PORTRAIT = "4:5"

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the film in pixels, at 720p: its shorter side."""
        return {"16:9": (1280, 720), "9:16": (720, 1280), "1:1": (720, 720), "4:5": (720, 900)}[self.value]


class Artifact(Record):
    """One object in the store.

    ``uri`` names the object of the attempt that made it and never changes its bytes; ``path`` is the public place in
    the bucket, where a copy appears once the attempt's result has been accepted.
    """

    uri: ObjectUri
    path: str = Field(description="Public key inside the bucket, e.g. generated_stories/7/image/p1.png")
    role: str = Field(description="What it is: script, picture, narration, words, music, film, captions, ...")
    mime: str
    size_bytes: int = Field(ge=0)
    sha256: Sha256
    provider: str | None = None
    model: str | None = None
    revision: str | None = Field(None, description="Commit or version of the model")
    seed: Seed | None = None
    parameters: Mapping[str, str | int | float | bool] | None = Field(
        None, description="How the model was asked: steps, guidance, temperature, ..."
    )
    work_s: float | None = Field(None, ge=0, description="How long its provider worked on it")
    cost: float | None = Field(
        None, ge=0, description="What that cost by the operator's prices, in their currency; None where none is set"
    )
    degraded: str | None = Field(
        None,
        description="Why this is a stand-in for the real thing or falls short of it; None when it is the real thing.",
    )
    instead_of: str | None = Field(
        None, description="The provider that was to make this and could not; None when it is by whom it was to be."
    )


class Problem(Record):
    """Why something failed, and what can be done about it."""

    code: str = Field(description="Stable, machine-readable: provider-unavailable, timeout, bad-input, ...")
    message: str
    is_retryable: bool = Field(False, description="Whether trying again may help by itself")
    remedy: str | None = Field(
        None, description="What a person must do before trying again can help; None: nothing that is known"
    )
