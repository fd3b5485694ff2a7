"""Tasks that came in by topic: orders that another system published without asking the API first.

Rules as pure as those in :mod:`talestream.rules`. Such a task is its publisher's: a collection of units without an end
of its own, each of which ends alone.
"""

from datetime import datetime

from schemas import (
    DIRECT,
    CancelMode,
    CancelTask,
    Request,
    StageSpec,
    StageState,
    StageStatus,
    Task,
    TaskState,
    Unit,
    Workflow,
)
from talestream.draft import Draft, Ref
from talestream.rules import NotAllowed, cancel, refuse_ended


def adopt(task: Task | None, request: Request, spec: StageSpec, incarnation: str, now: datetime) -> Task:
    """Take in an order that another system published.

    The order is in the broker already, so it enters the outbox as published. NotAllowed when the id is a user's task.
    """
    ref = Ref.of(request)
    task = _direct_task(task, request.task_id, spec, now)
    if ref.stage in task.stages and ref.key in task.stages[ref.stage].units:
        return task
    refuse_ended(task, "take orders")
    draft = Draft(task, now)
    if ref.stage in task.stages:
        draft.set_stage(ref.stage, state=StageState.RUNNING, finished_at=None)
    else:
        if ref.stage not in {known.name for known in task.workflow.stages}:
            workflow = task.workflow.model_copy(update={"stages": (*task.workflow.stages, spec)})
            draft.task = draft.task.model_copy(update={"workflow": workflow})
        status = StageStatus(state=StageState.RUNNING, execution_id="topic", started_at=now)
        draft.task = draft.task.model_copy(update={"stages": {**draft.task.stages, ref.stage: status}})
    data = request.model_copy(update={"attempt": 1}).model_dump(mode="json")
    draft.put_unit(ref, Unit(order=data))
    draft.request(ref, attempt=1, published_in=incarnation)
    return draft.done()


def cancel_by_topic(task: Task | None, order: CancelTask, spec: StageSpec, now: datetime) -> Task:
    """Another system cancels a task of its own. One that is not known yet is cancelled before its orders come.

    ``spec`` is any stage, for such a task. NotAllowed when the id is a user's task, which its owner alone may cancel.
    """
    known = _direct_task(task, order.task_id, spec, now)
    return cancel(known, now, order.mode if known.stages else CancelMode.NOW)


def _direct_task(task: Task | None, task_id: int, spec: StageSpec, now: datetime) -> Task:
    """The task as a publisher of orders knows it: made by it, or new. NotAllowed when it is a user's."""
    if task is None:
        return Task(
            id=task_id,
            version=0,
            owner="topic",
            workflow=Workflow(name=DIRECT, stages=(spec,)),
            state=TaskState.RUNNING,
            created_at=now,
            updated_at=now,
        )
    if not task.is_direct:
        raise NotAllowed("task-id-taken", f"task {task.id} was not made by this publisher: choose another task_id")
    return task
