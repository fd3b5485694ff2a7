"""Edits under random play: whatever is edited, fails, comes late or is taken back, in the end the film is made of what
the task says, and of nothing else.
"""

from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas import PageEdit, Record, Request, TaskInput, TaskState, UnitState, builtin_workflows
from talestream import admission, editing, rules
from talestream.draft import Ref
from talestream.freshness import is_there
from talestream.rules import NotAllowed, Superseded
from tests.unit.test_editing import result_of
from tests.unit.test_rules import BROKEN, HOPELESS, NOW, PAGES

FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "story": st.sampled_from(["Page 0.", "Page 1.", "Other. Longer.", None]),
        "image_prompt": st.sampled_from(["p", "q", None]),
        "voice": st.sampled_from(["v", None]),
    },
)


class EditingMachine(RuleBasedStateMachine):
    """Workers take units, finish or fail them, in any order and as late as they like, while pages are edited."""

    @initialize(names=st.sampled_from([["story"], ["story", "image", "split"], None]), done=st.integers(0, 12))
    def begin(self, names: list[str] | None, done: int) -> None:
        workflow = builtin_workflows()["story-video"]
        self.task = rules.create(7, "user:1", workflow, TaskInput(topic="a fox"), NOW)
        self.held: list[tuple[Ref, int, Record]] = []
        self.executions = 0
        self.order(names or list(self.task.stages))
        self.work(done)

    def execution(self) -> str:
        self.executions += 1
        return f"x{self.executions}"

    def refs(self, *states: UnitState) -> list[Ref]:
        return [
            Ref(stage, key)
            for stage, status in self.task.stages.items()
            for key, unit in status.units.items()
            if unit.state in states
        ]

    @rule(names=st.lists(st.sampled_from(["image", "split", "speech", "music", "shot", "video"]), unique=True))
    def order(self, names: list[str]) -> None:
        self.task = admission.admit(rules.order(self.task, names, self.execution(), NOW), NOW)

    @rule(count=st.integers(1, 10), is_last=st.booleans())
    def work(self, count: int, is_last: bool = False) -> None:
        for _ in range(count):
            if queued := self.refs(UnitState.QUEUED) if self.task.has_place else []:
                self.take_one(queued[-1 if is_last else 0])
                self.end(len(self.held) - 1)

    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        if queued := self.refs(UnitState.QUEUED) if self.task.has_place else []:
            self.take_one(data.draw(st.sampled_from(queued)))

    def take_one(self, ref: Ref) -> None:
        order = self.task.outbox[ref.outbox_key].data
        self.task = rules.claim(self.task, ref, order["attempt"], "w", NOW + timedelta(seconds=30), NOW)
        number = self.task.stages[ref.stage].units[ref.key].attempt
        self.held.append((ref, number, result_of(ref, order)))

    @rule(data=st.data(), is_failure=st.booleans(), is_hopeless=st.booleans())
    def come_late(self, data: st.DataObject, is_failure: bool, is_hopeless: bool) -> None:
        if not self.held:
            return
        index = data.draw(st.integers(0, len(self.held) - 1))
        if not is_failure:
            self.end(index)
            return
        ref, number, _ = self.held[index]
        try:
            self.task = rules.fail(self.task, ref, number, HOPELESS if is_hopeless else BROKEN, NOW)
        except Superseded:
            return

    def end(self, index: int) -> None:
        ref, number, result = self.held[index]
        try:
            self.task = rules.complete(self.task, ref, number, result, (), NOW)
        except Superseded:
            return

    @rule()
    def admit(self) -> None:
        self.task = admission.admit(self.task, NOW)

    @rule(page=st.integers(1, PAGES), fields=FIELDS, is_admitted=st.booleans())
    def edit(self, page: int, fields: dict[str, str | None], is_admitted: bool) -> None:
        before, change = self.task, PageEdit(**fields)
        try:
            self.task = editing.edit(before, page, change, "x", NOW)
        except NotAllowed:
            return
        planned = editing.plan_edit(before, page, change)
        for ref in self.refs(*UnitState):
            unit, was = self.task.stages[ref.stage].units[ref.key], before.stages[ref.stage].units[ref.key]
            assert (unit is was) == (ref not in planned)
            is_shown = ref == Ref("shot", str(page + 1))
            assert ref.page in {None, page} or is_shown or unit is was, "a sibling of the edited page keeps its result"
        if is_admitted:
            self.admit()

    @rule()
    def retry(self) -> None:
        try:
            self.task = admission.admit(rules.retry(self.task, self.execution(), NOW), NOW)
        except NotAllowed:
            return

    @invariant()
    def whatever_runs_or_ends_was_asked_for_as_the_task_is_now(self) -> None:
        if not hasattr(self, "task"):
            return
        for ref in self.refs(UnitState.COMPLETED, UnitState.QUEUED, UnitState.RUNNING):
            unit = self.task.stages[ref.stage].units[ref.key]
            if self.is_settled(ref):
                order = Request.registry[ref.stage].of(self.task, ref.page, 1)
                if unit.state is UnitState.COMPLETED:
                    assert unit.result == result_of(ref, order.model_dump(mode="json")).model_dump(mode="json")
                elif self.task.has_place:
                    assert self.task.outbox[ref.outbox_key].data == {
                        **order.model_dump(mode="json"),
                        "attempt": unit.ordered,
                    }

    def is_settled(self, ref: Ref) -> bool:
        """Whether everything that the unit is made from is finished."""
        spec = self.task.workflow.stage(ref.stage)
        return is_there(self.task, spec, ref) and all(self.is_settled(Ref(need, "whole")) for need in spec.needs)

    @invariant()
    def a_stale_unit_waits_for_something_that_is_not_finished(self) -> None:
        if not hasattr(self, "task"):
            return
        for ref in self.refs(UnitState.STALE):
            assert not is_there(self.task, self.task.workflow.stage(ref.stage), ref)
            assert ref.outbox_key not in self.task.outbox

    @invariant()
    def it_runs_exactly_while_something_is_under_way(self) -> None:
        if hasattr(self, "task"):
            is_running = bool(self.refs(UnitState.QUEUED, UnitState.RUNNING))
            assert (self.task.has_place or self.task.queued_at is not None) == is_running

    def teardown(self) -> None:
        """Whatever happened: once everything is ordered and nothing fails any more, the film gets made."""
        if not hasattr(self, "task"):
            return
        for _ in range(20):
            self.order(list(self.task.stages))
            for ref, number, result in self.held:
                if ref in self.refs(UnitState.RUNNING) and number == self.unit_attempt(ref):
                    self.task = rules.complete(self.task, ref, number, result, (), NOW)
            self.work(30)
        assert self.task.state is TaskState.COMPLETED, "something is stuck"
        assert editing.plan(self.task) == ()
        self.whatever_runs_or_ends_was_asked_for_as_the_task_is_now()

    def unit_attempt(self, ref: Ref) -> int:
        return self.task.stages[ref.stage].units[ref.key].attempt


EditingMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
TestEditingMachine = EditingMachine.TestCase
