"""Stages that follow others page by page: when a page of them starts, and what becomes of it when those are redone."""

import pytest

from schemas import ShotRequested, StageSpec, StageState, Task, TaskState, UnitState, Workflow, builtin_workflows
from talestream import admission, rules
from talestream.draft import Ref
from tests.unit.test_editing import (
    FILM,
    MUSIC,
    NEW_PICTURE,
    SHOTS,
    SPLIT,
    edit,
    finish,
    finish_all,
    image,
    speech,
    state,
)
from tests.unit.test_rules import BROKEN, HOPELESS, NOW, STORY, ordered_all, orders, take, told

FIRST = Ref("shot", "1")


def spoken(*pages: int) -> Task:
    """A task whose story is written and split, and of which these pages are spoken."""
    task = finish(finish(ordered_all(), STORY), SPLIT)
    for page in pages:
        task = finish(task, speech(page))
    return task


def shot_orders(task: Task) -> list[str]:
    return [key.removeprefix("request-shot-") for key in orders(task) if key.startswith("request-shot-")]


def test_a_page_is_ordered_as_soon_as_it_and_the_page_before_are_drawn_and_spoken() -> None:
    task = finish(spoken(1, 2), image(2))
    assert (shot_orders(task), task.stages["shot"].state) == ([], StageState.WAITING)
    task = finish(task, image(1))
    assert shot_orders(task) == ["1", "2"]
    task = finish(task, image(3))
    assert shot_orders(task) == ["1", "2"]
    task = finish(task, speech(3))
    assert shot_orders(task) == ["1", "2", "3"]
    assert [told(task).count("StageStarted"), task.stages["shot"].units["3"].attempt] == [5 + 1, 1]


def test_an_order_tells_the_page_and_the_one_before_and_nothing_of_others() -> None:
    task = spoken(1, 2)
    task = finish(finish(task, image(1)), image(2))
    first = ShotRequested.model_validate(task.outbox["request-shot-1"].data)
    second = ShotRequested.model_validate(task.outbox["request-shot-2"].data)
    assert (first.before, second.before) == (None, first.shown)
    assert (second.page, second.page_count, second.has_music) == (2, 3, True)
    assert second.shown.picture == task.stages["image"].units["2"].result["picture"]["uri"]  # type: ignore[index]


def test_the_film_waits_for_all_its_pages() -> None:
    task, done = finish_all(ordered_all())
    assert done.index(FILM) > max(done.index(ref) for ref in (FIRST, *SHOTS, MUSIC))
    assert task.state is TaskState.COMPLETED


def test_pages_that_can_never_come_leave_the_others_finished_and_the_task_failed_until_a_retry() -> None:
    task = spoken(1, 2, 3)
    task = finish(finish(task, image(1)), image(2))
    task = rules.fail(take(task, image(3)), image(3), 1, HOPELESS, NOW)
    task = rules.fail(take(task, SHOTS[0]), SHOTS[0], 1, HOPELESS, NOW)
    task = finish(finish(task, FIRST), MUSIC)
    assert (task.state, task.stages["shot"].state) == (TaskState.FAILED, StageState.WAITING)
    assert [state(task, ref) for ref in (FIRST, *SHOTS)] == [UnitState.COMPLETED, UnitState.FAILED, UnitState.STALE]
    task = admission.admit(rules.retry(task, "x2", NOW), NOW)
    assert orders(task) == ["request-image-3", "request-shot-2"]
    task, done = finish_all(task)
    assert (task.state, done) == (TaskState.COMPLETED, [image(3), *SHOTS, FILM])


def test_a_page_under_way_is_fenced_when_what_it_shows_is_redone() -> None:
    task, _ = finish_all(ordered_all())
    task = finish(edit(task, 2, NEW_PICTURE), image(2))
    task = take(task, SHOTS[1], 2)
    task = edit(task, 2, NEW_PICTURE.model_copy(update={"image_prompt": "a heron"}))
    assert [state(task, ref) for ref in SHOTS] == [UnitState.STALE, UnitState.STALE]
    assert "LookAgain" in [entry.type for entry in task.outbox.values()]
    with pytest.raises(rules.Superseded):
        rules.fail(task, SHOTS[1], 2, BROKEN, NOW)
    assert finish_all(task)[0].state is TaskState.COMPLETED


def test_a_cancelled_task_orders_no_page_more() -> None:
    task = finish(finish(spoken(1, 2), image(1)), image(2))
    task = rules.cancel(task, NOW)
    assert orders(task) == []
    assert {state(task, ref) for ref in (FIRST, *SHOTS)} == {UnitState.CANCELLED}


def test_a_workflow_may_follow_earlier_stages_alone() -> None:
    with pytest.raises(ValueError, match="needs \\['image'\\], which no earlier stage provides"):
        Workflow(name="odd", stages=(StageSpec(name="story"), StageSpec(name="shot", follows=("image",))))
    assert builtin_workflows()["story-video"].stage("shot").follows == ("image", "speech")
