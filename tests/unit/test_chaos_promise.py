"""A run that has not done what it is there for does not pass, whatever it counts."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.clients import ClientLog
from tests.chaos.evidence import Evidence
from tests.chaos.plan import Kind, Size, make_plan
from tests.chaos.promise import falls_short, kills, service_kills
from tests.chaos.run import Outcome
from tests.chaos.user import Ordered

SIZE = Size()
SERVICES = ("api", "notifier", "story", "image", "split", "music")


def done_as_planned() -> Outcome:
    plan = make_plan(1, SIZE, SERVICES)
    return Outcome(
        size=SIZE,
        plan=plan,
        done={kind: sum(fault.kind is kind for fault in plan.faults) for kind in Kind},
        points=2,
        never_passed=[],
        passed_alive=[],
        unforeseen=[],
        disk_was_small=True,
        seconds=1.0,
        evidence=Evidence(
            ordered=[Ordered(number, "user0", edits=[{"page": 1}]) for number in range(SIZE.tasks)],
            clients=[ClientLog("user0", "sse", with_detail=True)] * SIZE.clients,
        ),
    )


def without(kind: Kind, done: int = 0) -> Callable[[Outcome], Outcome]:
    return lambda outcome: replace(outcome, done={**outcome.done, kind: done})


def few_tasks(outcome: Outcome) -> Outcome:
    outcome.evidence.ordered.pop()
    return outcome


def few_clients(outcome: Outcome) -> Outcome:
    outcome.evidence.clients.pop()
    return outcome


def no_edits(outcome: Outcome) -> Outcome:
    for ordered in outcome.evidence.ordered:
        ordered.edits.clear()
    return outcome


def unforeseen(outcome: Outcome) -> Outcome:
    return replace(outcome, unforeseen=["GET /: Internal Server Error"])


def test_a_run_that_did_what_was_planned_does_not_fall_short() -> None:
    assert falls_short(done_as_planned()) == []


@pytest.mark.parametrize(
    "lacking",
    [
        few_tasks,
        few_clients,
        no_edits,
        unforeseen,
        without(Kind.POINT, 100),
        without(Kind.NOTIFIER, 9),
        without(Kind.BROKER, 4),
        without(Kind.DATABASE, 4),
        without(Kind.OBJECTS, 4),
        without(Kind.DISK),
        without(Kind.FOREIGN),
    ],
)
def test_a_run_that_did_less_falls_short(lacking: Callable[[Outcome], Outcome]) -> None:
    assert len(falls_short(lacking(done_as_planned()))) == 1


def test_where_nothing_can_be_mounted_the_disk_is_not_missed() -> None:
    assert falls_short(replace(without(Kind.DISK)(done_as_planned()), disk_was_small=False)) == []


def test_servers_do_not_count_as_services() -> None:
    outcome = done_as_planned()
    assert kills(outcome) - service_kills(outcome) == sum(
        outcome.done[kind] for kind in (Kind.BROKER, Kind.DATABASE, Kind.OBJECTS)
    )
