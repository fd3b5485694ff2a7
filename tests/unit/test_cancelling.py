"""Cancelling a task: what is stopped, what is finished and kept, and what the account of it says."""

from datetime import timedelta

import pytest

from schemas import (
    Artifact,
    Cancellation,
    CancelMode,
    CancelTask,
    Illustration,
    Problem,
    ProviderJob,
    SpeechRequested,
    StageSpec,
    StageState,
    Task,
    TaskState,
    UnitState,
    WorkedUnit,
)
from talestream import direct, job_rules, rules
from talestream.cancelling import cancellation
from talestream.draft import Ref
from talestream.manifest import manifest
from talestream.rules import NotAllowed, Superseded
from tests.task_play import NOW, STORY, complete, finish, new, ordered_all, orders, take, told

FIRST, SECOND, THIRD = Ref("image", "1"), Ref("image", "2"), Ref("image", "3")
LATER = NOW + timedelta(seconds=8)
KEEP = CancelMode.KEEP
BROKEN = Problem(code="broken", message="it broke", is_retryable=True)
JOB = ProviderJob(provider="acme", id="j1", key="k", submitted_at=NOW)
SPEC = StageSpec(name="speech")


def half_painted() -> Task:
    """The first page is painted, the second is being painted, the third waits; the split waits too."""
    return take(finish(finish(ordered_all(), STORY), FIRST), SECOND)


def states(task: Task, stage: str = "image") -> list[UnitState]:
    return [task.stages[stage].units[key].state for key in sorted(task.stages[stage].units)]


def account(task: Task) -> Cancellation:
    """The account that the task's own event gives."""
    (found,) = [entry.data["cancellation"] for entry in task.outbox.values() if entry.type == "TaskCancelled"]
    return Cancellation.model_validate(found)


def test_cancelling_now_stops_what_runs_and_says_what_that_wasted() -> None:
    task = rules.cancel(half_painted(), LATER)
    assert task.state is TaskState.CANCELLED
    assert states(task) == [UnitState.COMPLETED, UnitState.CANCELLED, UnitState.CANCELLED]
    assert orders(task) == []
    assert "control-cancel" in task.outbox
    found = account(task)
    assert found == cancellation(task)
    assert found.mode is CancelMode.NOW
    assert found.kept == (WorkedUnit(stage="story"), WorkedUnit(stage="image", page=1))
    assert found.wasted == (WorkedUnit(stage="image", page=2, seconds=8),)
    assert found.wasted_s == 8
    assert found.unstarted_units == 2  # the third page and the split
    assert found.unstarted_stages == ("speech", "music", "shot", "video")


def test_keeping_lets_what_runs_go_on_and_starts_nothing_more() -> None:
    task = rules.cancel(half_painted(), LATER, KEEP)
    assert (task.state, task.cancel_mode) == (TaskState.RUNNING, KEEP)
    assert states(task) == [UnitState.COMPLETED, UnitState.RUNNING, UnitState.CANCELLED]
    assert orders(task) == ["request-image-2"]
    assert "control-cancel" not in task.outbox
    assert "TaskCancelled" not in told(task)
    assert task.stages["image"].state is StageState.RUNNING
    assert {task.stages[name].state for name in ("split", "speech", "music", "video")} == {StageState.CANCELLED}
    assert cancellation(task).finishing == (WorkedUnit(stage="image", page=2, seconds=8),)
    for late in (THIRD, Ref("split", "whole")):
        with pytest.raises(Superseded):
            take(task, late)


def test_the_last_unit_that_is_kept_cancels_the_task() -> None:
    task = complete(rules.cancel(half_painted(), NOW, KEEP), SECOND, LATER)
    assert (task.state, task.finished_at) == (TaskState.CANCELLED, LATER)
    assert task.stages["image"].state is StageState.CANCELLED
    assert orders(task) == []
    assert told(task).count("TaskCancelled") == 1
    assert told(task).count("StageCancelled") == 2  # the split at once, the pictures at the end
    found = account(task)
    assert found == cancellation(task)
    assert found.kept[-1] == WorkedUnit(stage="image", page=2, seconds=8)
    assert (found.wasted, found.finishing) == ((), ())


def test_an_attempt_that_fails_while_it_is_kept_is_not_retried() -> None:
    task = rules.fail(rules.cancel(half_painted(), NOW, KEEP), SECOND, 1, BROKEN, LATER)
    assert task.state is TaskState.CANCELLED
    assert states(task)[1] is UnitState.CANCELLED
    assert orders(task) == []
    (failed,) = [entry.data for entry in task.outbox.values() if entry.type == "UnitFailed"]
    assert failed["will_retry"] is False
    assert account(task).wasted == (WorkedUnit(stage="image", page=2, seconds=8),)


def test_what_was_paid_for_is_fetched_by_another_attempt_also_when_it_waits_for_one() -> None:
    paid = job_rules.note_job(half_painted(), SECOND, 1, JOB, NOW)
    waiting = rules.cancel(rules.fail(paid, SECOND, 1, BROKEN, NOW), NOW, KEEP)
    failing = rules.fail(rules.cancel(paid, NOW, KEEP), SECOND, 1, BROKEN, NOW)
    for task in (waiting, failing):
        assert (task.state, orders(task)) == (TaskState.RUNNING, ["request-image-2"])
        assert [unit.page for unit in cancellation(task).finishing] == [2]
        again = take(task, SECOND, 2)
        assert complete(again, SECOND).state is TaskState.CANCELLED
        lost = job_rules.forget_job(again, SECOND, 2, NOW)  # nothing is paid for any more
        assert rules.fail(lost, SECOND, 2, BROKEN, NOW).state is TaskState.CANCELLED


def test_what_is_kept_is_taken_over_when_its_worker_is_lost_or_leaves() -> None:
    task = rules.cancel(half_painted(), NOW, KEEP)
    lost = take(task, SECOND, now=NOW + timedelta(minutes=1), worker="v")
    left = take(rules.hand_back(task, SECOND, 1, LATER), SECOND, now=LATER, worker="v")
    for taken in (lost, left):
        assert complete(taken, SECOND, NOW + timedelta(minutes=2)).state is TaskState.CANCELLED


def test_a_task_of_which_nothing_runs_is_cancelled_at_once_in_either_mode() -> None:
    for task in (new(), ordered_all(), finish(ordered_all(), STORY)):
        for mode in CancelMode:
            cancelled = rules.cancel(task, NOW, mode)
            assert (cancelled.state, cancelled.cancel_mode) == (TaskState.CANCELLED, mode)
            assert account(cancelled).mode is mode


def test_a_film_whose_last_unit_is_kept_is_complete() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    task = take(finish(finish(task, FIRST), THIRD), SECOND)
    task = complete(rules.cancel(task, NOW, KEEP), SECOND)
    assert (task.state, task.cancel_mode) == (TaskState.COMPLETED, None)
    assert told(task)[-1] == "TaskCompleted"
    with pytest.raises(NotAllowed):
        rules.cancel(task, NOW)


def test_cancelling_now_after_keeping_stops_what_was_to_be_kept() -> None:
    task = rules.cancel(rules.cancel(half_painted(), NOW, KEEP), LATER)
    assert (task.state, task.cancel_mode) == (TaskState.CANCELLED, CancelMode.NOW)
    assert states(task)[1] is UnitState.CANCELLED
    assert told(task).count("TaskCancelled") == 1
    assert told(task).count("StageCancelled") == 2
    assert "control-cancel" in task.outbox
    with pytest.raises(Superseded):
        complete(task, SECOND)


def test_cancelling_again_in_the_same_way_or_after_the_end_changes_nothing() -> None:
    keeping = rules.cancel(half_painted(), NOW, KEEP)
    assert rules.cancel(keeping, LATER, KEEP) is keeping
    cancelled = rules.cancel(half_painted(), NOW)
    for mode in CancelMode:
        assert rules.cancel(cancelled, LATER, mode) is cancelled


def test_nothing_can_be_ordered_of_a_task_that_is_being_cancelled() -> None:
    task = rules.cancel(half_painted(), NOW, KEEP)
    for attempt in (
        lambda: rules.order(task, ["speech"], "x2", NOW),
        lambda: rules.retry(task, "x2", NOW),
        lambda: rules.retry_unit(task, SECOND, NOW),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_what_was_finished_before_a_cancel_stays_with_its_files() -> None:
    path = "generated_stories/7/image/p1.png"
    picture = Artifact(
        uri=f"s3://bucket/{path}", path=path, role="picture", mime="image/png", size_bytes=1, sha256="0" * 64
    )
    held = take(finish(ordered_all(), STORY), FIRST)
    task = rules.complete(held, FIRST, 1, Illustration(page=1, picture=picture), (picture,), NOW)
    for mode in CancelMode:
        listed = manifest(rules.cancel(take(task, SECOND), NOW, mode))
        assert [artifact.path for artifact in listed.artifacts] == [picture.path]
        assert listed.cancellation is not None
        assert listed.cancellation.kept[-1] == WorkedUnit(stage="image", page=1)
    assert manifest(task).cancellation is None


def test_a_page_that_had_failed_before_counts_as_wasted() -> None:
    hopeless = Problem(code="hopeless", message="it will never work")
    task = rules.fail(half_painted(), SECOND, 1, hopeless, LATER)
    assert account(rules.cancel(task, LATER)).wasted == (WorkedUnit(stage="image", page=2, seconds=8),)


def foreign(page: int) -> SpeechRequested:
    return SpeechRequested(task_id=9, page=page, segments=("Hello.",))


def adopted(*pages: int) -> Task:
    task = None
    for page in pages:
        task = direct.adopt(task, foreign(page), SPEC, "inc", NOW)
    assert task is not None
    return task


@pytest.mark.parametrize("mode", CancelMode)
def test_another_system_cancels_a_task_of_its_own(mode: CancelMode) -> None:
    task = finish(adopted(1, 2), Ref("speech", "1"))
    task = direct.cancel_by_topic(take(task, Ref("speech", "2")), CancelTask(task_id=9, mode=mode), SPEC, LATER)
    if mode is KEEP:
        assert (task.state, orders(task)) == (TaskState.RUNNING, ["request-speech-2"])
        task = complete(task, Ref("speech", "2"))
    assert (task.state, orders(task)) == (TaskState.CANCELLED, [])
    assert told(task)[-1] == "TaskCancelled"
    assert "StageCancelled" not in told(task)
    with pytest.raises(NotAllowed):
        direct.adopt(task, foreign(3), SPEC, "inc", NOW)


def test_orders_that_come_after_all_others_had_ended_can_be_cancelled_too() -> None:
    task = direct.adopt(finish(adopted(1), Ref("speech", "1")), foreign(2), SPEC, "inc", NOW)
    task = direct.cancel_by_topic(task, CancelTask(task_id=9), SPEC, NOW)
    assert (states(task, "speech"), orders(task)) == ([UnitState.COMPLETED, UnitState.CANCELLED], [])


@pytest.mark.parametrize("mode", CancelMode)
def test_a_cancel_that_comes_before_its_orders_refuses_them(mode: CancelMode) -> None:
    task = direct.cancel_by_topic(None, CancelTask(task_id=9, mode=mode), SPEC, NOW)
    assert (task.state, told(task)) == (TaskState.CANCELLED, ["TaskCancelled"])
    with pytest.raises(NotAllowed, match="cancelled"):
        direct.adopt(task, foreign(1), SPEC, "inc", NOW)


def test_no_other_system_can_cancel_a_users_task() -> None:
    with pytest.raises(NotAllowed):
        direct.cancel_by_topic(ordered_all(), CancelTask(task_id=7), SPEC, NOW)
