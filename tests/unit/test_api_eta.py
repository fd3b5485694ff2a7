"""How long a task still takes."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas import Page, Script, Story, Task, TaskInput, UnitState, builtin_workflows
from services.api.eta import eta_s
from talestream import admission, rules
from talestream.admission import Place
from talestream.draft import Ref

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MEDIANS = {"story": 2.0, "image": 5.0, "split": 1.0, "speech": 3.0, "music": 4.0, "shot": 2.0, "video": 10.0}


def new(workflow: str = "story-video") -> Task:
    return rules.create(7, "user:1", builtin_workflows()[workflow], TaskInput(topic="a fox", page_count=3), NOW)


def ordered(task: Task, *stages: str) -> Task:
    return admission.admit(rules.order(task, stages or [spec.name for spec in task.workflow.stages], "x", NOW), NOW)


def test_a_task_that_waits_counts_those_before_it_as_like_it() -> None:
    waiting = rules.order(new(), ["story", "image"], "x", NOW)
    work_s = 2 + 3 * 5
    assert eta_s(waiting, MEDIANS, Place(position=1, side_by_side=2)) == work_s * 1.5
    assert eta_s(waiting, MEDIANS, Place(position=40, side_by_side=4)) == work_s * 11
    assert eta_s(waiting, {}, Place(position=1, side_by_side=2)) is None


def story_told(task: Task) -> Task:
    ref = Ref("story", "whole")
    held = rules.claim(task, ref, 1, "w", NOW + timedelta(minutes=1), NOW)
    pages = tuple(Page(story="Once.", image_prompt="p") for _ in range(3))
    return rules.complete(held, ref, 1, Story(script=Script(title="T", language="en", pages=pages)), (), NOW)


def test_a_task_of_which_nothing_runs_has_no_end_in_sight() -> None:
    assert eta_s(new(), MEDIANS) is None


def test_the_longest_way_through_the_graph_counts() -> None:
    last_picture, through_speech = 2 + 3 * 5, 2 + 1 + 3 * 3 + 4
    assert eta_s(ordered(new()), MEDIANS) == max(last_picture + 2, through_speech) + 10


def test_a_stage_that_follows_others_is_done_a_page_after_them_or_when_its_own_work_is() -> None:
    assert eta_s(ordered(new()), {**MEDIANS, "shot": 7.0}) == max(2 + 3 * 5 + 7, 2 + 3 * 7) + 10
    assert eta_s(ordered(new()), {**MEDIANS, "shot": 9.0}) == 2 + 3 * 9 + 10


def test_only_what_was_ordered_counts() -> None:
    assert eta_s(ordered(new(), "story"), MEDIANS) == 2


def test_what_is_finished_counts_no_more() -> None:
    assert eta_s(story_told(ordered(new("story-pictures"))), MEDIANS) == 15


def test_units_that_run_side_by_side_share_the_time() -> None:
    task = story_told(ordered(new("story-pictures")))
    for page in ("1", "2", "3"):
        task = rules.claim(task, Ref("image", page), 1, "w", NOW + timedelta(minutes=1), NOW)
    assert all(unit.state is UnitState.RUNNING for unit in task.stages["image"].units.values())
    assert eta_s(task, MEDIANS) == 5


@pytest.mark.parametrize("unknown", ["story", "shot", "video"])
def test_a_stage_that_was_never_seen_to_finish_leaves_the_end_open(unknown: str) -> None:
    known = {stage: median for stage, median in MEDIANS.items() if stage != unknown}
    assert eta_s(ordered(new()), known) is None
