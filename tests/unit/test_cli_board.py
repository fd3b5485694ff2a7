"""How progress is shown, in a terminal and without one."""

import io

from rich.console import Console

from schemas import Problem, TaskState
from talestream.cli.board import PlainBoard, board, counts
from talestream.cli.client import StageView, TaskView, UnitView


def _task(*pages: UnitView, state: str = "running") -> TaskView:
    image = StageView(name="image", state=state, progress=0.5, units=list(pages))
    story = StageView(name="story", state="completed", progress=1, units=[UnitView(state="completed", progress=1)])
    return TaskView(
        task_id=7, title="狐狸 [bold]", state=TaskState.RUNNING, progress=0.4, stages=[story, image], eta_s=12
    )


def _plain() -> tuple[PlainBoard, io.StringIO]:
    written = io.StringIO()
    return PlainBoard(Console(file=written, width=200)), written


def test_without_a_terminal_each_change_is_one_line_and_nothing_is_said_twice() -> None:
    plain, written = _plain()
    running = UnitView(page=1, state="running", progress=0.3, note="drawing")
    plain.show(_task(running, UnitView(page=2, state="queued")))
    plain.show(_task(running, UnitView(page=2, state="queued")))
    plain.show(_task(UnitView(page=1, state="completed"), UnitView(page=2, state="queued")))
    lines = [line.split("s  ", 1)[1] for line in written.getvalue().splitlines()]
    assert lines == ["story         completed", "image    0/2  running", "image    1/2  page 1 completed"]


def test_a_task_that_waits_for_its_turn_says_its_place_as_often_as_it_changes() -> None:
    plain, written = _plain()
    for position in (3, 3, 1):
        waiting = TaskView(task_id=7, state=TaskState.PENDING, stages=[], queue_position=position)
        plain.show(waiting)
    lines = [line.split("s  ", 1)[1] for line in written.getvalue().splitlines()]
    assert lines == [f"number {position} of those that wait for their turn" for position in (3, 1)]
    with board(Console(file=written, force_terminal=True, width=120, color_system=None)) as live:
        live.show(waiting.model_copy(update={"queue_position": 2}))
    assert "number 2 of those that wait" in written.getvalue()


def test_a_failed_page_is_said_with_its_attempt_and_its_problem() -> None:
    plain, written = _plain()
    problem = Problem(code="bad-input", message="no colour [left]")
    plain.show(_task(UnitView(page=3, state="failed", attempt=2, problem=problem), state="failed"))
    assert "page 3 failed attempt 2  (no colour [left])" in written.getvalue()


def test_in_a_terminal_every_stage_has_a_bar_and_so_has_every_page_at_work() -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=120, height=40, color_system=None)
    with board(console) as live:
        live.show(
            _task(
                UnitView(page=1, state="completed", progress=1),
                UnitView(page=2, state="running", progress=0.5, note="light"),
                UnitView(page=3, state="queued"),
            )
        )
    shown = written.getvalue()
    assert "狐狸 [bold]" in shown
    assert "about 12 s left" in shown
    assert "1/3" in shown
    assert "page 2" in shown
    assert "light" in shown
    assert "page 1" not in shown
    assert "page 3" not in shown


def test_only_stages_with_pages_have_counts() -> None:
    assert counts(StageView(name="story", state="running", units=[UnitView(state="running")])) == ""
    assert counts(StageView(name="image", state="waiting")) == ""
    pages = [UnitView(page=1, state="completed"), UnitView(page=2, state="failed")]
    assert counts(StageView(name="image", state="running", units=pages)) == "1/2"
