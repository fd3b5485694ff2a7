"""Orders to every worker at once: the messages of ``talestream.control.v1``."""

from typing import Literal

from pydantic import Field

from schemas.base import Record, TaskId
from schemas.cancellation import CancelMode

CONTROL_TOPIC = "talestream.control.v1"


class LookAgain(Record):
    """Units of this task were ordered anew: whoever runs one looks whether it still holds it, and stops if not."""

    task_id: TaskId


class CancelTask(Record):
    """Stop what runs for this task, within one step.

    Another system may publish one for a task of its own, that is one whose orders it published by topic.
    """

    task_id: TaskId
    reason: Literal["cancelled", "deleted"] = "cancelled"
    mode: CancelMode = Field(CancelMode.NOW, description="For another system: 'keep' finishes what runs")
