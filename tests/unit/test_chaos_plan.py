"""The plan of a chaos run follows from its seed, and does as much as it should."""

from collections import Counter

import pytest

from tests.chaos.plan import SHORT, Kind, Plan, Size, make_plan

SERVICES = ("api", "notifier", "story", "image", "image-2", "video")


def plan(seed: int, size: Size | None = None) -> Plan:
    return make_plan(seed, size or Size(), SERVICES)


def test_equal_seeds_give_equal_plans_and_others_do_not() -> None:
    assert plan(1) == plan(1)
    assert plan(1) != plan(2)


def test_a_whole_run_kills_as_often_as_was_promised() -> None:
    size = Size()
    counts = Counter(fault.kind for fault in plan(7).faults)
    assert size.tasks >= 60
    assert size.clients >= 50
    assert counts[Kind.POINT] + counts[Kind.KILL] > size.least_service_kills >= 200
    assert counts[Kind.NOTIFIER] >= 10
    assert min(counts[kind] for kind in (Kind.BROKER, Kind.DATABASE, Kind.OBJECTS)) >= 5
    assert all(counts[kind] for kind in Kind)


@pytest.mark.parametrize("size", [Size(), SHORT])
@pytest.mark.parametrize("seed", range(20))
def test_a_plan_takes_about_as_long_as_it_may(size: Size, seed: int) -> None:
    found = plan(seed, size)
    for faults in (found.at_points, found.on_services, found.on_servers):
        assert sum(fault.after_s + fault.for_s for fault in faults) <= 1.01 * size.faults_s
    assert max(fault.for_s for fault in found.faults) <= size.longest_outage_s
