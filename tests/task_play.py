"""Plays a task through its rules in unit tests: orders it, takes its units, finishes them."""

from datetime import UTC, datetime, timedelta

from schemas import Page, Script, Story, Task, TaskInput, builtin_workflows
from talestream import admission, rules
from talestream.draft import Ref

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STORY = Ref("story", "whole")
PAGES = 3


def script(pages: int = PAGES) -> Script:
    """A script of that many pages."""
    return Script(
        title="T", language="en", pages=tuple(Page(story=f"Page {n}.", image_prompt="p") for n in range(pages))
    )


def new(workflow: str = "story-video") -> Task:
    """A task of which nothing was ordered."""
    return rules.create(7, "user:1", builtin_workflows()[workflow], TaskInput(topic="a fox"), NOW)


def order(task: Task, *stages: str, execution_id: str = "x1") -> Task:
    """Order these stages where a place is free."""
    return admission.admit(rules.order(task, stages, execution_id, NOW), NOW)


def ordered_all(workflow: str = "story-video") -> Task:
    """A task all of whose stages were ordered, and that has a place."""
    task = new(workflow)
    return order(task, *(spec.name for spec in task.workflow.stages))


def take(task: Task, ref: Ref, attempt: int = 1, now: datetime = NOW, worker: str = "w") -> Task:
    """A worker takes a unit, for half a minute."""
    return rules.claim(task, ref, attempt, worker, now + timedelta(seconds=30), now)


def finish(task: Task, ref: Ref, now: datetime = NOW) -> Task:
    """A worker takes a unit and completes it."""
    return complete(take(task, ref, task.stages[ref.stage].units[ref.key].ordered, now), ref, now)


def complete(task: Task, ref: Ref, now: datetime = NOW) -> Task:
    """Whoever holds a unit completes it."""
    attempt = task.stages[ref.stage].units[ref.key].attempt
    return rules.complete(task, ref, attempt, Story(script=script()), (), now)


def told(task: Task) -> list[str]:
    """The types of the events in the outbox, in their order."""
    return [entry.type for key, entry in sorted(task.outbox.items()) if key.startswith("event-")]


def orders(task: Task) -> list[str]:
    """The keys of the orders in the outbox."""
    return sorted(key for key in task.outbox if key.startswith("request-"))
