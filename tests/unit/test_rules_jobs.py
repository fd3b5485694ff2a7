"""What becomes of a unit's paid job when its attempt ends one way or another."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas import Page, Problem, ProviderJob, Script, Story, Task, TaskInput, Unit, UnitState, builtin_workflows
from talestream import admission, job_rules, rules
from talestream.draft import Ref
from talestream.rules import Superseded

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
STORY = Ref("story", "whole")
JOB = ProviderJob(provider="acme", id="a-1", key="7/story/whole/x/1", submitted_at=NOW)
TOLD = Story(script=Script(title="T", language="en", pages=(Page(story="s", image_prompt="p"),)))


def taken(task: Task, now: datetime = NOW) -> Task:
    attempt = task.stages["story"].units["whole"].ordered
    return rules.claim(task, STORY, attempt, "w", now + timedelta(seconds=30), now)


def with_job() -> Task:
    task = rules.create(7, "user:1", builtin_workflows()["story-video"], TaskInput(topic="a fox"), NOW)
    return job_rules.note_job(taken(admission.admit(rules.order(task, ["story"], "x1", NOW), NOW)), STORY, 1, JOB, NOW)


def unit(task: Task) -> Unit:
    return task.stages["story"].units["whole"]


def test_storing_the_same_job_again_changes_nothing() -> None:
    task = with_job()
    assert job_rules.note_job(task, STORY, 1, JOB, NOW) is task


def test_whoever_takes_the_unit_over_finds_the_job() -> None:
    assert unit(taken(with_job(), LATER)).job == JOB


def test_whoever_is_handed_the_unit_finds_the_job() -> None:
    assert unit(taken(rules.hand_back(with_job(), STORY, 1, NOW))).job == JOB


def test_a_retry_finds_the_job_that_the_failed_attempt_left() -> None:
    lost_connection = Problem(code="connection", message="while it was waited for", is_retryable=True)
    assert unit(taken(rules.fail(with_job(), STORY, 1, lost_connection, NOW), LATER)).job == JOB


def test_a_unit_that_was_given_up_is_retried_with_the_job_that_it_had() -> None:
    hopeless = Problem(code="connection", message="while it was waited for")
    task = rules.fail(with_job(), STORY, 1, hopeless, NOW)
    assert unit(task).state is UnitState.FAILED
    assert unit(taken(admission.admit(rules.retry(task, "x2", NOW), NOW))).job == JOB


def test_a_unit_that_has_ended_has_no_job() -> None:
    assert unit(rules.complete(with_job(), STORY, 1, TOLD, (), NOW)).job is None
    assert unit(rules.cancel(with_job(), NOW)).job is None


def test_forgotten_jobs_are_counted_so_that_the_next_has_a_key_of_its_own() -> None:
    task = job_rules.forget_job(with_job(), STORY, 1, NOW)
    assert (unit(task).job, unit(task).jobs_forgotten) == (None, 1)
    assert job_rules.forget_job(task, STORY, 1, NOW) is task


def test_an_attempt_that_lost_its_unit_can_neither_store_a_job_nor_forget_one() -> None:
    task = taken(with_job(), LATER)
    with pytest.raises(Superseded):
        job_rules.note_job(task, STORY, 1, JOB, LATER)
    with pytest.raises(Superseded):
        job_rules.forget_job(task, STORY, 1, LATER)
