"""Orders to every worker at once: the messages of ``talestream.control.v1``."""

from typing import Literal

from pydantic import Field

from schemas.base import PageNumber, Record, TaskId
from schemas.cancellation import CancelMode

CONTROL_TOPIC = "talestream.control.v1"


class LookAgain(Record):
    """Units of this task were ordered anew: whoever runs one looks whether it still holds it, and stops if not."""

    task_id: TaskId


class LookAtJob(Record):
    """The provider of a unit's job says that the job is over: whoever waits for it asks at once.

    Worth nothing later, and lost without harm: who waits also asks from time to time.
    """

    task_id: TaskId
    stage: str
    page: PageNumber | None = Field(None, description="None: the stage's only unit")


class CancelTask(Record):
    """Stop what runs for this task, within one step.

    Another system may publish one for a task of its own, that is one whose orders it published by topic.
    """

    task_id: TaskId
    reason: Literal["cancelled", "deleted"] = "cancelled"
    mode: CancelMode = Field(CancelMode.NOW, description="For another system: 'keep' finishes what runs")
