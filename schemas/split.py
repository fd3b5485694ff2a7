"""Split: each page's narration is cut into segments that are spoken and captioned as one, and listened to."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import Record
from schemas.request import Request
from schemas.script import Script
from schemas.task import Task


class SplitRequested(Request):
    """Cut the narration of every page of ``script`` into segments within the length bounds, and note its sounds."""

    stage: ClassVar[str] = "split"

    script: Script
    max_words: int = Field(18, ge=4, le=60, description="Longest segment in words (English)")
    max_characters: int = Field(28, ge=6, le=120, description="Longest segment in characters (Chinese)")

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        return cls(
            task_id=task.id,
            attempt=attempt,
            provider=task.order.providers.get(cls.stage),
            script=task.edited_script,
        )


class SplitScript(Record):
    """The same script with ``segments`` on every page, which joined are the page's story, and with its ``sounds``."""

    script: Script
