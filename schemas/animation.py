"""Animation: a page's picture becomes a moving one, which the film shows instead of moving its camera."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import Artifact, ObjectUri, Record, Seed, Sha256, Text
from schemas.image import Illustration
from schemas.request import PageRequest
from schemas.task import Task


class AnimationRequested(PageRequest):
    """Set one page's picture in motion, for ``duration_s`` seconds from its first frame.

    A provider that makes fixed lengths makes the nearest. A film that shows the page for longer rests on the last
    frame, so that the length, which is what costs, does not follow the narration.
    """

    stage: ClassVar[str] = "animation"

    picture: ObjectUri = Field(description="The first frame")
    picture_sha256: Sha256 | None = None
    prompt: Text = Field("", description="What the picture shows, and what moves in it")
    width: int = Field(1280, ge=64, le=4096, multiple_of=2, description="Pixels")
    height: int = Field(720, ge=64, le=4096, multiple_of=2, description="Pixels")
    duration_s: float = Field(5, ge=1, le=30)
    seed: Seed = 0

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        """It follows the picture and its prompt: a narration that was changed later leaves it as it is."""
        number = page or 1
        drawn = Illustration.model_validate(task.stages["image"].units[str(number)].result)
        width, height = task.order.aspect.size
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=task.order.providers.get(cls.stage),
            page=number,
            picture=drawn.picture.uri,
            picture_sha256=drawn.picture.sha256,
            prompt=task.script.pages[number - 1].image_prompt,
            width=width,
            height=height,
            seed=task.order.seed,
        )


class Animation(Record):
    """A page's picture in motion: an MP4 that players play, of any size and rate, its sound not used."""

    page: int
    video: Artifact
    duration_s: float = Field(gt=0)
    cost: float | None = Field(None, ge=0, description="Estimated, in the operator's currency; None: not known")
