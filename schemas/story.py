"""Story: a prompt becomes a script."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import AgeGroup, Language, ObjectUri, Record, Seed, Tone
from schemas.request import Request
from schemas.script import Script
from schemas.task import Task


class StoryRequested(Request):
    """Write a story of ``page_count`` pages about ``topic``, with this hero and place where they are given."""

    stage: ClassVar[str] = "story"

    topic: str = Field(min_length=1, max_length=2000)
    main_role: str | None = Field(None, max_length=200, description="The hero: 'a fox', 'Mia the robot'")
    scene: str | None = Field(None, max_length=500, description="The place")
    language: Language | None = Field(None, description="None: detected from the topic")
    page_count: int = Field(6, ge=3, le=40)
    seed: Seed = 0
    age: AgeGroup | None = Field(
        None,
        description="For whom the story is: how long its sentences are and how rich its words. A text that is told in "
        "its own words keeps them. None: for no age in particular",
    )
    tone: Tone | None = Field(None, description="How it is told; None: as it comes")
    source: ObjectUri | None = Field(
        None, description="A text in UTF-8, as long as a novel, that the story retells; the topic then says what it is"
    )

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        order = task.order
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=order.providers.get(cls.stage),
            topic=order.topic,
            main_role=order.main_role,
            scene=order.scene,
            language=order.language,
            page_count=order.page_count,
            seed=order.seed,
            age=order.age,
            tone=order.tone,
        )


class Story(Record):
    """What the story stage gives: the script, before it is split."""

    script: Script
