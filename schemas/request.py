"""What every order to a stage has in common."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field

from schemas.base import PageNumber, Record, TaskId

if TYPE_CHECKING:
    from schemas.task import Task


class Request(Record):
    """An order to a stage, self-contained: what the stage needs is in it, or behind an ``s3://`` URI in it.

    A subclass names its ``stage`` and thereby its topic, says whether its unit of work is the whole stage or one page,
    and knows how to fill itself from a task. Any system may publish one without having created the task first.
    """

    stage: ClassVar[str]
    unit: ClassVar[Literal["whole", "page"]] = "whole"
    pages_before: ClassVar[int] = 0
    """Of a page's order: of how many pages before it something is said too."""
    registry: ClassVar[dict[str, type["Request"]]] = {}

    task_id: TaskId
    attempt: int = Field(
        1, ge=1, le=1000, description="Numbers the tries of this unit; a foreign publisher leaves it at 1"
    )
    provider: str | None = Field(None, max_length=100, description="Provider by name; None: the configured default")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "stage" in cls.__dict__:
            cls.registry[cls.stage] = cls

    @classmethod
    def topic_name(cls) -> str:
        """The topic on which this order travels."""
        return f"talestream.{cls.stage}.v1"

    @classmethod
    def provider_stage(cls) -> str:
        """The stage whose providers carry out this order: its own, unless it helps another."""
        return cls.stage

    @classmethod
    def of(cls, task: "Task", page: int | None, attempt: int) -> Self:
        """The order for one unit of ``task``, filled from the task's input and the results of earlier stages."""
        raise TypeError(f"{cls.__name__} cannot be made from a task: it does not define of()")

    @classmethod
    def units_of(cls, task: "Task") -> tuple[int | None, ...]:
        """The units of this stage in ``task``: page numbers from 1, or a single None for the whole stage."""
        return (None,) if cls.unit == "whole" else tuple(range(1, len(task.script.pages) + 1))


class PageRequest(Request):
    """An order for one page; one task's pages run on many workers at once."""

    unit: ClassVar[Literal["whole", "page"]] = "page"

    page: PageNumber
