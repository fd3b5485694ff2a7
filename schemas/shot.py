"""Shot: a page of the film is encoded as soon as its picture and its voice are there."""

from typing import ClassVar, Self

from pydantic import Field

from schemas.base import PageNumber, Record
from schemas.film import FilmPage, FilmRequest
from schemas.request import PageRequest
from schemas.task import Task


class ShotRequested(FilmRequest, PageRequest):
    """Encode one page of a film ahead and keep it for the composition of the same task, which then only joins it.

    A page is seen to come out of the one before, so that one is told too; nothing else of the film is seen in it.
    """

    stage: ClassVar[str] = "shot"
    pages_before: ClassVar[int] = 1

    page_count: PageNumber = Field(description="Of the film")
    shown: FilmPage
    before: FilmPage | None = Field(None, description="The page before; None: the page is the first")
    has_music: bool = Field(
        True, description="Whether the film will have music: without it cards are seen for less long"
    )

    @classmethod
    def provider_stage(cls) -> str:
        """Who composes the film: its pages are to look as that composer draws them."""
        return "video"

    @classmethod
    def of(cls, task: Task, page: int | None, attempt: int) -> Self:
        script, number = task.script, page or 1
        return cls.model_validate(
            {
                **cls.told(task, script),
                "task_id": task.id,
                "attempt": attempt,
                "page": number,
                "page_count": len(script.pages),
                "shown": FilmPage.of(task, script, number),
                "before": FilmPage.of(task, script, number - 1) if number > 1 else None,
                "has_music": "music" in task.stages,
            }
        )


class EncodedShot(Record):
    """That a page is encoded and kept, for its task alone. The files are its composer's own affair: what it does not
    find it encodes itself.
    """

    page: PageNumber
    segment_count: int = Field(
        ge=0, description="Pieces that it is kept in; 0: its composer encodes the film as a whole"
    )
