"""The tasks that one process has committed last."""

import time
from collections import OrderedDict

from schemas import Task

REMEMBERED_TASKS, REMEMBERED_S = 64, 2.0


class RecentTasks:
    """The tasks that this process committed last: a change of one is tried on it before it is read.

    What is remembered may be out of date. It is good for a compare-and-set, which then fails, and for nothing else.
    """

    def __init__(self) -> None:
        self._tasks: OrderedDict[int, tuple[Task, float]] = OrderedDict()

    def put(self, task: Task) -> None:
        self._tasks[task.id] = (task, time.monotonic())
        self._tasks.move_to_end(task.id)
        while len(self._tasks) > REMEMBERED_TASKS:
            self._tasks.popitem(last=False)

    def get(self, task_id: int) -> Task | None:
        task, since = self._tasks.get(task_id, (None, 0.0))
        return task if time.monotonic() - since < REMEMBERED_S else None

    def forget(self, task_id: int) -> None:
        self._tasks.pop(task_id, None)
