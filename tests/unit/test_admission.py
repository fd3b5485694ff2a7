"""Whose turn it is, under random play: tasks are queued, admitted and end in every order."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from schemas import Priority
from talestream.admission import Admitted, Limits, Waiting, in_turn, next_to_admit, shares

START = datetime(2026, 1, 1, tzinfo=UTC)
HIGH, NORMAL, LOW = Priority.HIGH, Priority.NORMAL, Priority.LOW
OWNERS = [f"user:{number}" for number in range(5)]


@dataclass
class System:
    """Places, who waits for them, and who had them; every event has a time of its own."""

    limits: Limits
    now: datetime = START
    waiting: list[Waiting] = field(default_factory=list)
    running: list[Waiting] = field(default_factory=list)
    admitted: list[Admitted] = field(default_factory=list)
    queued: int = 0

    def queue(self, owner: str, priority: Priority = NORMAL) -> Waiting:
        self.now += timedelta(seconds=1)
        self.queued += 1
        task = Waiting(self.queued, owner, priority, self.now)
        self.waiting.append(task)
        return task

    def end(self, task: Waiting) -> None:
        self.now += timedelta(seconds=1)
        self.running.remove(task)

    def admit(self) -> Waiting | None:
        """What a scheduler does with one free place."""
        self.now += timedelta(seconds=1)
        under_way = Counter(task.owner for task in self.running)
        share_of = shares(under_way, self.admitted, self.now)
        chosen = next_to_admit(self.waiting, share_of, self.limits, self.now)
        if chosen is not None:
            self.waiting.remove(chosen)
            self.running.append(chosen)
            self.admitted.append(Admitted(chosen.owner, self.now))
        return chosen

    def admit_all(self) -> list[Waiting]:
        admitted = []
        while (chosen := self.admit()) is not None:
            admitted.append(chosen)
        return admitted

    def turns(self, count: int) -> list[str]:
        """The owners of the next ``count`` admissions, where the oldest running task always ends first."""
        owners: list[str] = []
        while len(owners) < count:
            owners += [task.owner for task in self.admit_all()]
            self.end(self.running[0])
        return owners[:count]


def one_place(**limits: float) -> System:
    return System(Limits(running_tasks=1, **limits))  # type: ignore[arg-type]


def test_nobody_is_admitted_where_there_is_no_place_or_nobody_waits() -> None:
    system = one_place()
    assert system.admit() is None
    system.queue("a")
    assert system.admit() is not None
    system.queue("b")
    assert system.admit() is None


@pytest.mark.parametrize("places", [1, 2, 7])
def test_anothers_thousand_tasks_stand_before_a_single_one_at_most_once(places: int) -> None:
    system = System(Limits(running_tasks=places))
    for _ in range(1000):
        system.queue("a")
    system.admit_all()
    single = system.queue("b")
    system.end(system.running[0])
    assert system.admit() == single


def test_users_who_all_wait_take_turns() -> None:
    system = one_place()
    for owner in "aaaabbbc":
        system.queue(owner)
    assert "".join(system.turns(8)) == "abcababa"


def test_whoever_comes_anew_does_not_pass_those_who_wait() -> None:
    system = one_place()
    for owner in "aab":
        system.queue(owner)
    assert system.turns(2) == ["a", "b"]
    system.queue("c")
    assert system.turns(2) == ["a", "c"]


def test_the_user_with_the_fewest_tasks_under_way_comes_first() -> None:
    system = System(Limits(running_tasks=3))
    for owner in "aaab":
        system.queue(owner)
    assert [task.owner for task in system.admit_all()] == ["a", "b", "a"]


def test_a_higher_priority_comes_first_whoever_waits_longer() -> None:
    system = one_place()
    for owner, priority in (("a", LOW), ("b", NORMAL), ("c", HIGH), ("a", HIGH)):
        system.queue(owner, priority)
    assert system.turns(4) == ["a", "c", "b", "a"]


def test_a_users_own_tasks_go_by_priority_and_age() -> None:
    system = one_place()
    for priority in (LOW, NORMAL, HIGH, NORMAL):
        system.queue("a", priority)
    assert [task.task_id for task in in_turn(system.waiting, {}, system.limits, system.now)] == [3, 2, 4, 1]


def test_a_user_who_goes_without_for_long_counts_as_of_a_higher_priority() -> None:
    system = one_place(ageing_s=600)
    low = system.queue("a", LOW)
    for _ in range(2):
        system.queue("b", NORMAL)
        system.queue("c", HIGH)
    assert system.turns(3) == ["c", "c", "b"]
    system.now = low.queued_at + timedelta(seconds=600)
    assert system.admit() == low
    system.end(low)
    system.queue("a", LOW)
    system.now = low.queued_at + timedelta(seconds=2000)
    system.queue("d", HIGH)
    assert system.turns(3) == ["b", "d", "a"]


def test_a_backlog_that_is_served_grows_no_older_than_its_last_turn() -> None:
    system = one_place(ageing_s=60)
    for _ in range(50):
        system.queue("a", NORMAL)
    for _ in range(10):
        system.turns(1)
        system.now += timedelta(seconds=30)
    urgent = system.queue("b", HIGH)
    assert system.admit() == urgent


def test_one_user_may_be_held_to_fewer_places_than_there_are() -> None:
    system = System(Limits(running_tasks=5, running_tasks_per_user=2))
    for owner in "aaaab":
        system.queue(owner)
    assert Counter(task.owner for task in system.admit_all()) == {"a": 2, "b": 1}
    line = in_turn(system.waiting, shares({"a": 2}, system.admitted, system.now), system.limits, system.now)
    assert [task.task_id for task in line] == [3, 4]


TASKS = st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(list(Priority)), st.integers(0, 2999)), max_size=40)
UNDER_WAY = st.dictionaries(st.sampled_from(OWNERS), st.integers(0, 3))
TURNS = st.lists(st.tuples(st.sampled_from(OWNERS), st.integers(0, 2999)), max_size=10)


@given(tasks=TASKS, under_way=UNDER_WAY, turns=TURNS, most=st.none() | st.integers(1, 4))
def test_the_line_is_the_order_of_the_admissions_that_follow(
    tasks: list[tuple[str, Priority, int]],
    under_way: dict[str, int],
    turns: list[tuple[str, int]],
    most: int | None,
) -> None:
    now = START + timedelta(seconds=3000)
    limits = Limits(running_tasks=1000, running_tasks_per_user=most)
    waiting = [
        Waiting(number, owner, priority, START + timedelta(seconds=second))
        for number, (owner, priority, second) in enumerate(tasks)
    ]
    admitted = [Admitted(owner, START + timedelta(seconds=second)) for owner, second in turns]
    line = in_turn(waiting, shares(under_way, admitted, now), limits, now)
    assert sorted(task.task_id for task in line) == list(range(len(tasks)))
    running, left, time, tick = Counter(under_way), list(waiting), now, timedelta(microseconds=1)
    for following in line:
        chosen = next_to_admit(left, shares(running, admitted, time + tick), limits, now)
        if chosen is None:
            assert all(most and running[task.owner] >= most for task in left)
            break
        assert chosen == following
        left.remove(chosen)
        running[chosen.owner] += 1
        time += tick
        admitted.append(Admitted(chosen.owner, time))


class AdmissionMachine(RuleBasedStateMachine):
    """All tasks of one priority, so that fairness alone decides; ageing within the play changes nothing of it."""

    @initialize(places=st.integers(1, 4), most=st.none() | st.integers(1, 3))
    def begin(self, places: int, most: int | None) -> None:
        self.system = System(Limits(places, most, ageing_s=20))
        self.passed: dict[int, Counter[str]] = {}
        self.stands_alone: set[int] = set()

    @rule(owner=st.sampled_from(OWNERS), count=st.integers(1, 6))
    def queue(self, owner: str, count: int) -> None:
        for _ in range(count):
            is_alone = all(task.owner != owner for task in [*self.system.waiting, *self.system.running])
            task = self.system.queue(owner)
            self.passed[task.task_id] = Counter()
            if is_alone:
                self.stands_alone.add(task.task_id)

    @rule()
    def admit(self) -> None:
        chosen = self.system.admit()
        if chosen is None:
            return
        del self.passed[chosen.task_id]
        for passed in self.passed.values():
            passed[chosen.owner] += 1

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        if self.system.running:
            self.system.end(data.draw(st.sampled_from(self.system.running)))

    @invariant()
    def no_more_run_than_there_are_places(self) -> None:
        if not hasattr(self, "system"):
            return
        limits = self.system.limits
        assert len(self.system.running) <= limits.running_tasks
        of_one = Counter(task.owner for task in self.system.running)
        assert max(of_one.values(), default=0) <= (limits.running_tasks_per_user or limits.running_tasks)

    @invariant()
    def each_other_user_stands_at_most_once_before_one_who_has_nothing_else(self) -> None:
        if not hasattr(self, "system"):
            return
        for task in self.system.waiting:
            if task.task_id in self.stands_alone:
                assert max(self.passed[task.task_id].values(), default=0) <= 1

    def teardown(self) -> None:
        """Nobody waits for ever: once nothing more is queued and tasks end, all are admitted."""
        if not hasattr(self, "system"):
            return
        while self.system.waiting:
            admitted = self.system.admit_all()
            assert admitted or self.system.running
            if self.system.running:
                self.system.end(self.system.running[0])


AdmissionMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
TestAdmissionMachine = AdmissionMachine.TestCase
