"""Where a task stands: what is read from it, by numbered step and in shares."""

from schemas import StageState, StageStatus, Task


def finished_segments(task: Task) -> int:
    """The largest k such that segments 1 to k are finished."""
    finished = 0
    for number in task.workflow.segments:
        if segment_state(task, number) is not StageState.COMPLETED:
            break
        finished = number
    return finished


def segment_state(task: Task, number: int) -> StageState:
    """Where a numbered step stands: its stages taken together."""
    states = {task.stages[spec.name].state for spec in task.workflow.segments[number]}
    for decisive in (StageState.FAILED, StageState.CANCELLED, StageState.RUNNING):
        if decisive in states:
            return decisive
    if states == {StageState.COMPLETED}:
        return StageState.COMPLETED
    is_under_way = StageState.COMPLETED in states or any(
        task.stages[spec.name].execution_id for spec in task.workflow.segments[number]
    )
    return StageState.RUNNING if is_under_way else StageState.WAITING


def progress(task: Task) -> float:
    """How much of the task is done, 0 to 1: stages weigh alike, and units within a stage."""
    shares = [stage_progress(status) for status in task.stages.values()]
    return sum(shares) / len(shares) if shares else 0.0


def stage_progress(status: StageStatus) -> float:
    """How much of the stage is done, 0 to 1."""
    if status.state is StageState.COMPLETED:
        return 1.0
    return sum(unit.progress for unit in status.units.values()) / len(status.units) if status.units else 0.0
