"""Orders to every worker at once: the messages of ``talestream.control.v1``."""

from typing import Literal

from schemas.base import Record, TaskId

CONTROL_TOPIC = "talestream.control.v1"


class CancelTask(Record):
    """Stop what runs for this task, within one step."""

    task_id: TaskId
    reason: Literal["cancelled", "deleted"] = "cancelled"
