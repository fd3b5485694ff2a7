"""The paid job of a unit, as its task keeps it: rules as pure as those in :mod:`talestream.rules`."""

from datetime import datetime

from schemas import ProviderJob, Task
from talestream.draft import Draft, Ref
from talestream.rules import held


def note_job(task: Task, ref: Ref, attempt: int, job: ProviderJob, now: datetime) -> Task:
    """Keep the id of the paid work that was submitted for the unit. Superseded when the attempt does not hold it.

    Every later attempt finds it, however this one ends, until the unit has ended or the job is forgotten.
    """
    if held(task, ref, attempt).job == job:
        return task
    draft = Draft(task, now)
    draft.set_unit(ref, job=job)
    return draft.done()


def forget_job(task: Task, ref: Ref, attempt: int, now: datetime) -> Task:
    """The job came to nothing: the next one is submitted anew, under a key of its own. Superseded as above."""
    unit = held(task, ref, attempt)
    if unit.job is None:
        return task
    draft = Draft(task, now)
    draft.set_unit(ref, job=None, jobs_forgotten=unit.jobs_forgotten + 1)
    return draft.done()
