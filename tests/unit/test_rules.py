"""The rules of a task, one story at a time. The state machine in test_rules_machine.py plays them at random."""

from datetime import timedelta

import pytest

from schemas import (
    ImageRequested,
    Problem,
    SpeechRequested,
    StageSpec,
    StageState,
    Story,
    TaskState,
    UnitState,
)
from talestream import admission, direct, rules, standing
from talestream.draft import Ref
from talestream.rules import Held, NotAllowed, Superseded
from tests.task_play import NOW, PAGES, STORY, finish, new, order, ordered_all, orders, script, take, told

LATER = NOW + timedelta(minutes=1)
BROKEN = Problem(code="broken", message="it broke", is_retryable=True)
HOPELESS = Problem(code="hopeless", message="it will never work")


def test_a_new_task_orders_nothing() -> None:
    task = new()
    assert task.state is TaskState.PENDING
    assert told(task) == ["TaskCreated"]
    assert orders(task) == []


def test_only_the_stages_that_need_nothing_start_at_once() -> None:
    task = ordered_all()
    assert orders(task) == ["request-story-whole"]
    assert task.state is TaskState.RUNNING


def test_a_task_waits_for_its_turn_and_starts_when_it_comes() -> None:
    waiting = rules.order(new(), ["story", "image"], "x1", NOW)
    assert (waiting.state, waiting.queued_at, orders(waiting)) == (TaskState.PENDING, NOW, [])
    assert told(waiting) == ["TaskCreated"]
    task = admission.admit(waiting, LATER)
    assert (task.state, task.queued_at, task.admitted_at) == (TaskState.RUNNING, None, LATER)
    assert orders(task) == ["request-story-whole"]
    assert told(task) == ["TaskCreated", "StageStarted"]
    assert admission.admit(task, LATER) is task


def test_a_task_keeps_its_place_from_stage_to_stage_and_gives_it_back_when_nothing_is_under_way() -> None:
    task = finish(order(new("story-pictures"), "story", "image"), STORY)
    assert (task.state, task.admitted_at) == (TaskState.RUNNING, NOW)
    task = finish(order(new("story-pictures"), "story"), STORY)
    assert (task.state, task.queued_at) == (TaskState.PENDING, None)
    task = rules.order(task, ["image"], "x2", LATER)
    assert (task.state, task.queued_at, orders(task)) == (TaskState.PENDING, LATER, [])


def test_a_retry_waits_for_its_turn_with_the_pages_that_it_redoes() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    for page in "123":
        ref = Ref("image", page)
        task = rules.fail(take(task, ref), ref, 1, HOPELESS, NOW) if page == "2" else finish(task, ref)
    task = rules.retry(task, "x2", LATER)
    assert (task.state, task.queued_at, orders(task)) == (TaskState.PENDING, LATER, [])
    with pytest.raises(Superseded):
        take(task, Ref("image", "2"), attempt=2)
    task = admission.admit(task, LATER)
    assert orders(task) == ["request-image-2"]
    assert task.outbox["request-image-2"].data["attempt"] == 2


def test_a_task_whose_order_cannot_be_made_when_its_turn_comes_fails_and_holds_nobody_up() -> None:
    task = rules.fail(take(ordered_all("story-pictures"), STORY), STORY, 1, HOPELESS, NOW)
    task = rules.retry(task, "x2", NOW).model_copy(update={"input": None})
    task = admission.admit(task, NOW)
    assert (task.state, task.queued_at, orders(task)) == (TaskState.FAILED, None, [])
    assert any(entry.data.get("problem", {}).get("code") == "cannot-start" for entry in task.outbox.values())


def test_a_task_that_waits_can_be_cancelled_and_waits_no_more() -> None:
    for end in (rules.cancel, rules.delete):
        task = end(rules.order(new(), ["story"], "x1", NOW), LATER)
        assert (task.state, task.queued_at) == (TaskState.CANCELLED, None)
        assert admission.admit(task, LATER) is task


def test_after_the_story_pictures_and_split_run_side_by_side_with_a_unit_a_page() -> None:
    task = finish(ordered_all(), STORY)
    assert orders(task) == ["request-image-1", "request-image-2", "request-image-3", "request-split-whole"]
    request = ImageRequested.model_validate(task.outbox["request-image-2"].data)
    assert (request.page, request.page_count, request.story) == (2, PAGES, "Page 1.")


def test_a_stage_that_was_not_ordered_waits_even_when_it_is_ready() -> None:
    task = order(new(), "story")
    task = finish(task, STORY)
    assert orders(task) == []
    assert task.state is TaskState.PENDING
    assert standing.finished_segments(task) == 1


def test_ordering_a_stage_twice_starts_it_once() -> None:
    task = order(new(), "story")
    again = order(task, "story", execution_id="x2")
    assert again.stages["story"].execution_id == "x1"
    assert told(again) == told(task)


def test_an_execution_ordered_again_changes_nothing_whatever_has_come_of_it() -> None:
    task = order(new("story-pictures"), "story")
    task = rules.fail(take(task, STORY), STORY, 1, HOPELESS, NOW)
    assert rules.order(task, ["story"], "x1", NOW) is task
    task = admission.admit(rules.retry(task, "x2", NOW), NOW)
    task = rules.fail(take(task, STORY, 2), STORY, 2, HOPELESS, NOW)
    assert rules.retry(task, "x2", NOW) is rules.order(task, ["story"], "x1", NOW) is task
    assert rules.order(rules.cancel(task, NOW), ["story"], "x2", NOW).state is TaskState.CANCELLED


def test_a_task_remembers_its_last_executions_and_no_endless_list() -> None:
    task = new()
    for number in range(rules.EXECUTIONS_KNOWN + 7):
        task = rules.order(task, [], f"x{number}", NOW)
    assert task.executions == tuple(f"x{number}" for number in range(7, rules.EXECUTIONS_KNOWN + 7))


def test_pages_join_exactly_once() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    for page in "231":
        assert "TaskCompleted" not in told(task)
        task = finish(task, Ref("image", page))
    assert told(task).count("StageCompleted") == 2
    assert told(task).count("TaskCompleted") == 1
    assert task.state is TaskState.COMPLETED


def test_a_second_result_of_the_same_attempt_is_dropped() -> None:
    task = finish(ordered_all(), STORY)
    with pytest.raises(Superseded):
        rules.complete(task, STORY, 1, Story(script=script()), (), NOW)


def test_a_unit_is_held_while_its_lease_runs_and_taken_over_after() -> None:
    task = take(ordered_all(), STORY)
    with pytest.raises(Held):
        take(task, STORY, now=NOW + timedelta(seconds=29), worker="v")
    later = NOW + timedelta(seconds=31)
    taken = take(task, STORY, now=later, worker="v")
    unit = taken.stages["story"].units["whole"]
    assert (unit.worker, unit.attempt, unit.takeovers) == ("v", 2, 1)
    with pytest.raises(Superseded):
        rules.complete(taken, STORY, 1, Story(script=script()), (), later)


def test_a_unit_that_ends_every_worker_is_given_up() -> None:
    task, now = take(ordered_all(), STORY), NOW
    for _ in range(rules.MAX_TAKEOVERS + 1):
        now += timedelta(seconds=31)
        task = take(task, STORY, now=now)
    assert task.stages["story"].units["whole"].state is UnitState.FAILED
    assert task.stages["story"].state is StageState.FAILED
    assert task.state is TaskState.FAILED


def test_a_failed_page_is_retried_alone_and_later() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    ref = Ref("image", "2")
    task = rules.fail(take(task, ref), ref, 1, BROKEN, NOW)
    unit = task.stages["image"].units["2"]
    assert (unit.state, unit.attempt, unit.failures) == (UnitState.QUEUED, 2, 1)
    retry = task.outbox["request-image-2"]
    assert retry.data["attempt"] == 2
    assert retry.not_before > NOW
    assert task.outbox["request-image-1"].data["attempt"] == 1


def test_an_error_may_say_when_to_try_again() -> None:
    task = rules.fail(take(ordered_all(), STORY), STORY, 1, BROKEN, NOW, defer_s=40)
    assert task.outbox["request-story-whole"].not_before == NOW + timedelta(seconds=40)


def test_a_page_given_up_does_not_fail_its_siblings_and_retry_redoes_it_alone() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    bad = Ref("image", "2")
    task = rules.fail(take(task, bad), bad, 1, HOPELESS, NOW)
    assert task.stages["image"].state is StageState.RUNNING
    task = finish(finish(task, Ref("image", "1")), Ref("image", "3"))
    assert (task.stages["image"].state, task.state) == (StageState.FAILED, TaskState.FAILED)
    assert told(task).count("StageFailed") == 1
    task = admission.admit(rules.retry(task, "x2", NOW), NOW)
    assert orders(task) == ["request-image-2"]
    task = finish(task, bad)
    assert task.state is TaskState.COMPLETED


def test_failures_up_to_the_stages_limit_are_retried() -> None:
    task = ordered_all()
    for attempt in (1, 2, 3):
        task = rules.fail(take(task, STORY, attempt), STORY, attempt, BROKEN, NOW)
    assert task.stages["story"].units["whole"].state is UnitState.FAILED
    assert [entry.data["will_retry"] for entry in task.outbox.values() if entry.type == "UnitFailed"] == [
        True,
        True,
        False,
    ]


def test_retry_of_a_task_in_which_nothing_failed_is_refused() -> None:
    with pytest.raises(NotAllowed):
        rules.retry(ordered_all(), "x2", NOW)


def test_an_order_that_cannot_be_made_fails_its_stage_and_not_the_stage_before() -> None:
    task = finish(ordered_all(), STORY)
    task = rules.complete(take(task, Ref("split", "whole")), Ref("split", "whole"), 1, Story(script=script()), (), NOW)
    for page in "123":  # a Story is no Narration, so music cannot be ordered
        task = finish(task, Ref("speech", page))
    assert task.stages["speech"].state is StageState.COMPLETED
    assert task.stages["music"].state is StageState.FAILED
    assert any(entry.data.get("problem", {}).get("code") == "cannot-start" for entry in task.outbox.values())


def test_cancel_withdraws_every_order_and_tells_the_workers() -> None:
    task = take(finish(ordered_all(), STORY), Ref("image", "1"))
    task = rules.cancel(task, NOW)
    assert orders(task) == []
    assert task.state is TaskState.CANCELLED
    assert task.outbox["control-cancel"].topic == "talestream.control.v1"
    with pytest.raises(Superseded):
        rules.complete(task, Ref("image", "1"), 1, Story(script=script()), (), NOW)
    with pytest.raises(NotAllowed):
        rules.order(task, ["image"], "x2", NOW)


def test_cancel_never_overwrites_a_finished_task() -> None:
    task = finish(ordered_all("story-pictures"), STORY)
    for page in "123":
        task = finish(task, Ref("image", page))
    with pytest.raises(NotAllowed):
        rules.cancel(task, NOW)


def test_deleting_removes_the_files_now_and_once_more_later() -> None:
    task = rules.delete(take(ordered_all(), STORY), NOW)
    purges = sorted((entry.not_before, entry.purges) for entry in task.outbox.values() if entry.purges)
    assert [prefix for _, prefix in purges] == ["generated_stories/7"] * 2
    assert purges[0][0] == NOW < purges[1][0]
    assert rules.delete(task, NOW) is task


def test_a_unit_handed_back_may_be_taken_at_once_and_its_late_result_is_dropped() -> None:
    task = rules.hand_back(take(ordered_all(), STORY), STORY, 1, NOW)
    task = take(task, STORY, worker="v")
    assert task.stages["story"].units["whole"].attempt == 2
    with pytest.raises(Superseded):
        rules.complete(task, STORY, 1, Story(script=script()), (), NOW)


def test_what_a_rule_leaves_alone_is_the_same_object() -> None:
    before = finish(ordered_all(), STORY)
    after = take(before, Ref("image", "1"))
    assert after.stages["image"].units["2"] is before.stages["image"].units["2"]
    assert after.stages["story"] is before.stages["story"]


def foreign(page: int, task_id: int = 9) -> SpeechRequested:
    return SpeechRequested(task_id=task_id, page=page, segments=("Hello.",))


SPEC = StageSpec(name="speech")


def test_an_order_from_elsewhere_makes_a_task_of_its_own_that_takes_more_orders() -> None:
    task = direct.adopt(None, foreign(1), SPEC, "inc", NOW)
    task = direct.adopt(task, foreign(2), SPEC, "inc", NOW)
    assert sorted(task.stages["speech"].units) == ["1", "2"]
    assert task.prefix == "direct/9"
    task = finish(task, Ref("speech", "1"))
    assert told(task) == ["UnitStarted", "UnitCompleted"]
    assert direct.adopt(task, foreign(1), SPEC, "inc", NOW) is task
    task = finish(task, Ref("speech", "2"))
    task = direct.adopt(task, foreign(3), SPEC, "inc", NOW)
    assert task.stages["speech"].units["3"].state is UnitState.QUEUED


def test_a_failed_order_from_elsewhere_is_retried_with_its_own_words() -> None:
    task = direct.adopt(None, foreign(1), SPEC, "inc", NOW)
    ref = Ref("speech", "1")
    task = rules.fail(take(task, ref), ref, 1, BROKEN, NOW)
    again = SpeechRequested.model_validate(task.outbox["request-speech-1"].data)
    assert (again.attempt, again.segments) == (2, ("Hello.",))


def test_an_order_from_elsewhere_cannot_enter_a_users_task() -> None:
    with pytest.raises(NotAllowed):
        direct.adopt(ordered_all(), foreign(1, task_id=7), SPEC, "inc", NOW)
