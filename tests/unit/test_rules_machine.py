"""The rules of a task under random play: every interleaving of turns, results, duplicates, failures, edits, cancels and
retries.
"""

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas import (
    CancelMode,
    Page,
    PageEdit,
    Problem,
    ProviderJob,
    Script,
    StageSpec,
    StageState,
    Story,
    TaskInput,
    TaskState,
    UnitState,
    Workflow,
)
from talestream import admission, editing, job_rules, rules, standing
from talestream.draft import Ref
from talestream.following import can_start
from talestream.freshness import is_there
from talestream.rules import Held, NotAllowed, Superseded
from talestream.settling import ACTIVE

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTLED = {TaskState.COMPLETED, TaskState.CANCELLED}
REFUSED = (Held, NotAllowed, Superseded)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Graphs that begin with the story, which decides the number of pages; the rest in any order and dependence, with a
    stage that follows the pictures page by page.
    """
    names = draw(st.lists(st.sampled_from(["image", "split", "story-copy"]), unique=True, min_size=1))
    stages = [StageSpec(name="story", segment=1, attempts=draw(st.integers(1, 3)))]
    for number, name in enumerate((name for name in names if name != "story-copy"), start=2):
        needs = draw(st.lists(st.sampled_from([stage.name for stage in stages]), unique=True))
        stages.append(StageSpec(name=name, needs=tuple({"story", *needs}), segment=number, attempts=2))
    if "image" in names and draw(st.booleans()):
        needs = draw(st.lists(st.sampled_from([stage.name for stage in stages if stage.name != "image"]), unique=True))
        stages.append(
            StageSpec(name="speech", needs=tuple({"story", *needs}), follows=("image",), segment=4, attempts=2)
        )
    return Workflow(name="random", stages=tuple(stages))


class TaskMachine(RuleBasedStateMachine):
    """Messages are delivered from a heap that forgets nothing: any may come again, at any time."""

    @initialize(workflow=workflows(), pages=st.integers(1, 4), is_ordered=st.booleans())
    def begin(self, workflow: Workflow, pages: int, is_ordered: bool) -> None:
        self.now = START
        self.pages = pages
        self.task = rules.create(7, "user:1", workflow, TaskInput(topic="a fox"), self.now)
        self.sent: list[tuple[Ref, int]] = []
        self.held: list[tuple[Ref, int]] = []
        self.joins: dict[tuple[str, int], int] = {}
        self.jobs: dict[Ref, ProviderJob] = {}
        self.submissions = 0
        self.ended: tuple[TaskState, int] | None = None
        self.progress = 0.0
        self.did_restart = False
        self.may_start: set[Ref] | None = None
        """Once the task is cancelled: the units that ran or were paid for at that moment, which alone may go on."""
        self.kept: dict[Ref, object] = {}
        self._published(self.task.outbox)
        if is_ordered:
            self._apply(lambda task: rules.order(task, task.stages, "x", self.now))

    def _published(self, entries) -> None:  # type: ignore[no-untyped-def]
        for key, entry in entries.items():
            if key.startswith("request-"):
                _, stage, unit = key.split("-")
                order = (Ref(stage, unit), entry.data["attempt"])
                if order not in self.sent:
                    self.sent.append(order)
            if entry.type == "StageCompleted":
                join = (entry.data["stage"], self.task.revision)
                self.joins[join] = self.joins.get(join, 0) + 1
            if entry.type == "UnitStarted" and self.may_start is not None:
                assert Ref(entry.data["stage"], str(entry.data["page"] or "whole")) in self.may_start
            assert self.may_start is None or entry.type != "StageStarted"

    def _apply(self, change) -> bool:  # type: ignore[no-untyped-def]
        before = self.task
        try:
            self.task = change(before)
        except REFUSED:
            return False
        if self.task is before:
            return False
        assert self.task.version == before.version + 1
        assert all(
            self.task.outbox.get(key) == entry for key, entry in before.outbox.items() if key.startswith("event-")
        )
        for stage, status in self.task.stages.items():
            was_done = before.stages[stage].state is StageState.COMPLETED
            if was_done and status.state is StageState.COMPLETED and self.task.revision > before.revision:
                self.joins[stage, self.task.revision] = self.joins[stage, before.revision]  # nothing of it was redone
        fresh = {key: entry for key, entry in self.task.outbox.items() if before.outbox.get(key) is not entry}
        for spec in self.task.workflow.stages:
            for key, unit in before.stages[spec.name].units.items():
                ref = Ref(spec.name, key)
                if unit.state in {UnitState.COMPLETED, UnitState.STALE} and ref.outbox_key in fresh:
                    assert is_there(self.task, spec, ref), (
                        "what an edit makes necessary is ordered only once its inputs are there"
                    )
        self._published(fresh)
        return True

    @rule(data=st.data())
    def order(self, data: st.DataObject) -> None:
        names = [spec.name for spec in self.task.workflow.stages]
        chosen = data.draw(st.lists(st.sampled_from(names), unique=True))
        self.did_restart |= any(self.task.stages[name].state is StageState.FAILED for name in chosen)
        self._apply(lambda task: rules.order(task, chosen, f"x{task.version}", self.now))

    @rule()
    def admit(self) -> None:
        has_waited = self.task.queued_at is not None
        assert self._apply(lambda task: admission.admit(task, self.now)) == has_waited

    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        if not self.sent:
            return
        ref, attempt = data.draw(st.sampled_from(self.sent))
        ordered = self.task.stages[ref.stage].units[ref.key].ordered
        if self._apply(lambda task: rules.claim(task, ref, attempt, "w", self.now + timedelta(seconds=30), self.now)):
            assert attempt == ordered
            unit = self.task.stages[ref.stage].units[ref.key]
            if unit.state is UnitState.RUNNING:
                self.held.append((ref, unit.attempt))

    @rule(data=st.data())
    def complete(self, data: st.DataObject) -> None:
        if not self.held:
            return
        ref, attempt = data.draw(st.sampled_from(self.held))
        was = self.task.stages[ref.stage].units[ref.key]
        accepted = self._apply(lambda task: rules.complete(task, ref, attempt, self._result(), (), self.now))
        assert accepted == (was.state is UnitState.RUNNING and was.attempt == attempt)

    def _result(self) -> Story:
        pages = tuple(Page(story="s", image_prompt="p") for _ in range(self.pages))
        return Story(script=Script(title="T", language="en", pages=pages))

    @rule(count=st.integers(1, 12))
    def work(self, count: int) -> None:
        """Workers whom nothing befalls take what is ordered and complete it."""
        until = self.now + timedelta(seconds=30)
        self._apply(lambda task: admission.admit(task, self.now))
        for _ in range(count if self.task.has_place else 0):
            queued = [
                (Ref(stage, key), unit.ordered)
                for stage, status in self.task.stages.items()
                for key, unit in status.units.items()
                if unit.state is UnitState.QUEUED
            ]
            for ref, ordered in queued[:1]:
                assert self._apply(lambda task: rules.claim(task, ref, ordered, "w", until, self.now))  # noqa: B023
                number = self.task.stages[ref.stage].units[ref.key].attempt
                assert self._apply(
                    lambda task: rules.complete(task, ref, number, self._result(), (), self.now)  # noqa: B023
                )

    @rule(data=st.data(), is_retryable=st.booleans())
    def fail(self, data: st.DataObject, is_retryable: bool) -> None:
        if not self.held:
            return
        ref, attempt = data.draw(st.sampled_from(self.held))
        problem = Problem(code="x", message="x", is_retryable=is_retryable)
        self.did_restart = True  # a failed attempt starts its unit, and so its share of the progress, again
        self._apply(lambda task: rules.fail(task, ref, attempt, problem, self.now))

    @rule(data=st.data(), text=st.sampled_from("sxy"), prompt=st.sampled_from([None, "p", "q"]))
    def edit(self, data: st.DataObject, text: str, prompt: str | None) -> None:
        page = data.draw(st.integers(1, self.pages))
        before = self.task
        change = PageEdit(story=text, image_prompt=prompt)
        if not self._apply(lambda task: editing.edit(task, page, change, "x", self.now)):
            return
        self.did_restart = True
        assert self.task.revision == before.revision + 1
        planned = set(editing.plan_edit(before, page, change))
        self.jobs = {ref: job for ref, job in self.jobs.items() if ref not in planned}
        for stage, status in before.stages.items():
            for key, unit in status.units.items():
                is_untouched = self.task.stages[stage].units[key] is unit
                assert is_untouched == (Ref(stage, key) not in planned)

    @rule(data=st.data())
    def hand_back(self, data: st.DataObject) -> None:
        if self.held:
            ref, attempt = data.draw(st.sampled_from(self.held))
            self._apply(lambda task: rules.hand_back(task, ref, attempt, self.now))

    @rule(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        if not self.held:
            return
        ref, attempt = data.draw(st.sampled_from(self.held))
        self.submissions += 1
        job = ProviderJob(provider="acme", id=str(self.submissions), key="k", submitted_at=self.now)
        if self._apply(lambda task: job_rules.note_job(task, ref, attempt, job, self.now)):
            self.jobs[ref] = job

    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        if not self.held:
            return
        ref, attempt = data.draw(st.sampled_from(self.held))
        if self._apply(lambda task: job_rules.forget_job(task, ref, attempt, self.now)):
            del self.jobs[ref]

    @rule(seconds=st.integers(1, 60))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def retry(self) -> None:
        self._apply(lambda task: rules.retry(task, f"x{task.version}", self.now))

    @rule(chance=st.integers(0, 9), mode=st.sampled_from(CancelMode))
    def cancel(self, chance: int, mode: CancelMode) -> None:
        if chance > 3 * (mode is CancelMode.KEEP):  # what is kept still has a way to go: it is worth more games
            return
        if self._apply(lambda task: rules.cancel(task, self.now, mode)) and self.may_start is None:
            units = {Ref(s, key): unit for s, status in self.task.stages.items() for key, unit in status.units.items()}
            self.may_start = {ref for ref, unit in units.items() if unit.state is UnitState.RUNNING or unit.job}
            self.kept = {ref: unit.result for ref, unit in units.items() if unit.state is UnitState.COMPLETED}

    @invariant()
    def ended_tasks_stay_ended(self) -> None:
        if not hasattr(self, "task"):
            return
        if self.ended is not None and TaskState.CANCELLED in self.ended:
            assert (self.task.state, self.task.revision) == self.ended
        if self.ended is not None and self.task.revision == self.ended[1]:
            assert self.task.state is self.ended[0]
        if self.task.state in SETTLED:
            self.ended = (self.task.state, self.task.revision)

    @invariant()
    def nothing_is_ordered_of_a_task_that_has_no_place(self) -> None:
        if not hasattr(self, "task") or self.task.has_place:
            return
        assert not any(key.startswith("request-") for key in self.task.outbox)
        units = [unit for status in self.task.stages.values() for unit in status.units.values()]
        assert all(unit.state is not UnitState.RUNNING for unit in units)

    @invariant()
    def a_task_waits_for_its_turn_exactly_when_something_could_run(self) -> None:
        if not hasattr(self, "task") or self.task.has_place or self.task.state in SETTLED:
            return
        could_run = any(
            status.state is StageState.RUNNING or (status.state is StageState.WAITING and self._is_ready(name))
            for name, status in self.task.stages.items()
        )
        assert (self.task.queued_at is not None) == could_run
        assert self.task.queued_at is None or self.task.state is TaskState.PENDING

    @invariant()
    def a_place_is_held_exactly_while_something_is_under_way(self) -> None:
        if not hasattr(self, "task"):
            return
        is_under_way = any(key.startswith("request-") for key in self.task.outbox)
        assert (self.task.state is TaskState.RUNNING) == is_under_way
        assert self.task.admitted_at is not None or not is_under_way

    def _is_ready(self, name: str) -> bool:
        spec = self.task.workflow.stage(name)
        is_ordered = self.task.stages[name].execution_id is not None
        has_needs = all(self.task.stages[need].state is StageState.COMPLETED for need in spec.needs)
        return is_ordered and has_needs and can_start(self.task, spec)

    @invariant()
    def every_active_unit_has_exactly_its_order_in_the_outbox(self) -> None:
        if not hasattr(self, "task") or not self.task.has_place:
            return
        active = {
            Ref(stage, key).outbox_key: unit.ordered
            for stage, status in self.task.stages.items()
            for key, unit in status.units.items()
            if unit.state in ACTIVE
        }
        orders = {key: entry.data["attempt"] for key, entry in self.task.outbox.items() if key.startswith("request-")}
        assert active == orders

    @invariant()
    def a_job_stays_with_its_unit_until_it_is_forgotten_or_the_unit_has_ended(self) -> None:
        if not hasattr(self, "task"):
            return
        for stage, status in self.task.stages.items():
            for key, unit in status.units.items():
                has_ended = unit.state in {UnitState.COMPLETED, UnitState.CANCELLED}
                assert unit.job == (None if has_ended else self.jobs.get(Ref(stage, key)))

    @invariant()
    def a_cancelled_task_has_nothing_under_way_and_says_so_once(self) -> None:
        if not hasattr(self, "task"):
            return
        is_cancelled = self.task.state is TaskState.CANCELLED
        told = [entry for entry in self.task.outbox.values() if entry.type == "TaskCancelled"]
        assert len(told) == int(is_cancelled)
        active = [u for status in self.task.stages.values() for u in status.units.values() if u.state in ACTIVE]
        if is_cancelled:
            assert not active
            assert all(status.state is not StageState.WAITING for status in self.task.stages.values())
            assert not any(key.startswith("request-") for key in self.task.outbox)
        elif self.task.cancel_mode is not None:
            assert self.task.state is TaskState.RUNNING or self.task.queued_at, (
                "a paid job may have to wait for a place"
            )
            assert active

    @invariant()
    def what_was_finished_before_a_cancel_is_kept(self) -> None:
        if hasattr(self, "task"):
            for ref, result in self.kept.items():
                unit = self.task.stages[ref.stage].units[ref.key]
                assert (unit.state, unit.result) == (UnitState.COMPLETED, result)

    @invariant()
    def a_stage_joins_once_a_revision_and_only_when_all_its_units_are_done(self) -> None:
        if not hasattr(self, "task"):
            return
        for stage, status in self.task.stages.items():
            is_done = bool(status.units) and all(unit.state is UnitState.COMPLETED for unit in status.units.values())
            assert (status.state is StageState.COMPLETED) == is_done
            assert self.joins.get((stage, self.task.revision), 0) == int(is_done)

    @invariant()
    def a_stage_starts_only_after_what_it_needs(self) -> None:
        if not hasattr(self, "task"):
            return
        for spec in self.task.workflow.stages:
            units = self.task.stages[spec.name].units
            is_ready = all(self.task.stages[need].state is StageState.COMPLETED for need in spec.needs)
            assert is_ready or not units or self.task.revision > 1
            for key, unit in units.items():
                ref = Ref(spec.name, key)
                assert unit.state is not UnitState.STALE or not is_there(self.task, spec, ref)

    @invariant()
    def what_is_finished_was_made_from_what_the_task_says_now(self) -> None:
        if hasattr(self, "task") and self.task.state is TaskState.COMPLETED:
            assert editing.plan(self.task) == ()

    @invariant()
    def what_is_ordered_and_ready_has_started_where_the_task_has_a_place(self) -> None:
        if not hasattr(self, "task") or not self.task.has_place:
            return
        for name, status in self.task.stages.items():
            assert not (self._is_ready(name) and status.state is StageState.WAITING)

    @invariant()
    def progress_never_falls_while_nothing_fails(self) -> None:
        if not hasattr(self, "task"):
            return
        current = standing.progress(self.task)
        assert 0 <= current <= 1
        if not self.did_restart:
            assert current >= self.progress
        self.progress = current


TaskMachine.TestCase.settings = settings(max_examples=300, stateful_step_count=60, deadline=None)
TestTaskMachine = TaskMachine.TestCase
