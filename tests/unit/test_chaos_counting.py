"""Each count of a chaos run sees the flaw that it is there for, and none where there is none."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from talestream.ledger import Call, Entry, Outcome
from tests.chaos.clients import ClientLog, Told
from tests.chaos.counting import count
from tests.chaos.evidence import Evidence, FileSeen
from tests.chaos.user import Ordered

OWNER, TASK = "user0", 7
Flaw = Callable[[Evidence], None]


def told(cursor: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"cursor": cursor, "event_id": f"e{cursor}", "type": kind, "task_id": TASK, **fields}


def entry(call: Call, job: str, attempt: int = 1, outcome: Outcome | None = None) -> Entry:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    return Entry(
        time=now,
        call=call,
        stage="image",
        task=TASK,
        unit="1",
        attempt=attempt,
        job=job,
        key="k",
        inputs="same",
        outcome=outcome,
    )


def unit(state: str, code: str | None = None) -> dict[str, Any]:
    return {"page": 1, "state": state, "problem": code and {"code": code}}


def task(state: str, *units: dict[str, Any]) -> dict[str, Any]:
    return {"state": state, "stages": [{"name": "image", "units": list(units)}]}


def flawless() -> Evidence:
    """A task of one page that was made, and two clients who were told of it."""
    log = [
        told(1, "unit_completed", stage="image", page=1, attempt=1),
        told(2, "segment_finished", stage="image", segment_id=2),
        told(3, "task_completed"),
    ]
    heard = [Told(item["cursor"], item["event_id"], item["type"]) for item in log]
    film = "generated_stories/7/output.mp4"
    return Evidence(
        ordered=[Ordered(TASK, OWNER, executions=1)],
        tasks={TASK: task("completed", unit("completed"))},
        listed={OWNER: {TASK}},
        files={TASK: [FileSeen(film, "a", "a", "a")]},
        logs={OWNER: log},
        clients=[
            ClientLog(OWNER, "websocket", with_detail=True, told=heard),
            ClientLog(OWNER, "sse", with_detail=False, told=heard[1:2]),
        ],
        ledger=[entry(call, "j1") for call in ("submitted", "stored", "finished")],
    )


def test_nothing_is_counted_where_nothing_is_wrong() -> None:
    assert {name: found for name, found in count(flawless()).items() if found} == {}


def unknown_task(evidence: Evidence) -> None:
    evidence.tasks[TASK] = None


def unlisted_task(evidence: Evidence) -> None:
    evidence.listed[OWNER].clear()


def forgotten_order(evidence: Evidence) -> None:
    evidence.tasks[TASK] = task("pending")


def ignored_cancel(evidence: Evidence) -> None:
    evidence.ordered[0].cancels = 1
    evidence.tasks[TASK] = task("running", unit("completed"))


def no_film(evidence: Evidence) -> None:
    evidence.files[TASK] = []


def other_bytes(evidence: Evidence) -> None:
    evidence.files[TASK].append(FileSeen("p1.png", "a", "b", "a"))


def nothing_served(evidence: Evidence) -> None:
    evidence.files[TASK].append(FileSeen("p1.png", "a", None, "a"))


def nothing_public(evidence: Evidence) -> None:
    evidence.files[TASK].append(FileSeen("p1.png", "a", "a", None))


def still_there(evidence: Evidence) -> None:
    evidence.ordered[0].is_deleted = True


def cancelled_by_nobody(evidence: Evidence) -> None:
    evidence.tasks[TASK] = task("cancelled", unit("cancelled"))


def test_a_task_that_was_deleted_and_is_unknown_is_not_lost() -> None:
    evidence = flawless()
    evidence.ordered[0].is_deleted = True
    evidence.tasks[TASK] = None
    evidence.files.clear()
    evidence.listed[OWNER].clear()
    assert count(evidence)["lost"] == []


@pytest.mark.parametrize(
    "flaw",
    [
        unknown_task,
        unlisted_task,
        forgotten_order,
        ignored_cancel,
        no_film,
        other_bytes,
        nothing_served,
        nothing_public,
        still_there,
        cancelled_by_nobody,
    ],
)
def test_what_was_accepted_and_is_not_there_is_lost(flaw: Flaw) -> None:
    evidence = flawless()
    flaw(evidence)
    assert len(count(evidence)["lost"]) == 1


@pytest.mark.parametrize(
    ("found", "outcome", "times"),
    [
        (task("running", unit("queued")), "finish", 1),
        (task("running", unit("completed")), "finish", 1),
        (task("failed", unit("failed", "internal")), "fail", 1),
        (task("failed", unit("failed", "worker-lost")), "hang", 1),
        (task("failed", unit("failed", "simulated-failure"), unit("failed", "store-refused")), "fail", 1),
        (task("failed", unit("completed")), "fail", 1),
        (task("failed", unit("failed", "simulated-failure")), "fail", 0),
        (task("failed", unit("failed", "simulated-failure")), "hang", 1),
        (task("failed", unit("failed", "timeout")), "hang", 0),
        (task("failed", unit("failed", "timeout")), "finish", 1),
        (task("cancelled", unit("cancelled")), "finish", 0),
    ],
)
def test_a_task_that_has_not_ended_is_stuck_unless_the_provider_was_told_to_let_it(
    found: dict[str, Any], outcome: Outcome, times: int
) -> None:
    evidence = flawless()
    evidence.ledger = [entry("submitted", "j1", outcome=outcome)]
    evidence.tasks[TASK] = found
    assert len(count(evidence)["stuck"]) == times


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_unit_a_join_or_an_end_that_comes_twice_is_counted(place: int) -> None:
    evidence = flawless()
    again = {**evidence.logs[OWNER][place], "cursor": 4, "event_id": "e4", "attempt": 2}
    evidence.logs[OWNER].append(again)
    assert len(count(evidence)["twice_accepted"]) == 1
    evidence.ordered[0].edits.append({"page": 1})
    assert count(evidence)["twice_accepted"] == []


def test_a_task_that_its_user_never_heard_of_was_ordered_twice() -> None:
    evidence = flawless()
    evidence.listed[OWNER].add(8)
    assert count(evidence)["twice_accepted"] == ["task 8 of user0 was ordered twice"]


def test_the_same_attempt_is_never_accepted_twice_not_even_after_an_edit() -> None:
    evidence = flawless()
    evidence.ordered[0].edits.append({"page": 1})
    evidence.logs[OWNER].append({**evidence.logs[OWNER][0], "cursor": 4, "event_id": "e4"})
    assert len(count(evidence)["twice_accepted"]) == 1


@pytest.mark.parametrize("last", [call for call in get_args(Call) if call != "submitted"])
def test_a_second_submission_is_paid_twice_unless_the_first_job_came_to_nothing(last: Call) -> None:
    evidence = flawless()
    evidence.ledger = [entry("submitted", "j1"), entry("stored", "j1"), entry(last, "j1"), entry("submitted", "j2", 2)]
    assert len(count(evidence)["paid_twice"]) == (0 if last in {"failed", "cancelled"} else 1)


def test_a_job_whose_id_was_never_stored_does_not_count_as_paid() -> None:
    evidence = flawless()
    evidence.ledger = [entry("submitted", "j1"), entry("submitted", "j2", 2), entry("stored", "j2", 2)]
    assert count(evidence)["paid_twice"] == []


@pytest.mark.parametrize(("client", "place"), [(0, 0), (0, 1), (0, 2), (1, 0)])
def test_an_event_that_a_client_was_not_told_of_is_missed(client: int, place: int) -> None:
    evidence = flawless()
    del evidence.clients[client].told[place]
    found = count(evidence)
    assert len(found["events_missed"]) == 1
    assert found["events_repeated"] == []


def test_a_hole_in_a_log_is_missed_by_everybody() -> None:
    evidence = flawless()
    for event in evidence.logs[OWNER][1:]:
        event["cursor"] += 1
    assert "the log of user0 has no 2" in count(evidence)["events_missed"]


def test_an_event_of_which_a_client_was_told_again_is_repeated() -> None:
    for place in range(3):
        evidence = flawless()
        evidence.clients[0].told.append(copy.copy(evidence.clients[0].told[place]))
        assert len(count(evidence)["events_repeated"]) == 1


def test_an_event_that_comes_too_late_is_counted() -> None:
    evidence = flawless()
    evidence.clients[0].told.reverse()
    assert len(count(evidence)["events_repeated"]) == 2


def test_a_number_that_was_given_to_another_event_is_both_missed_and_repeated() -> None:
    evidence = flawless()
    evidence.clients[0].told[1] = Told(2, "another", "segment_finished")
    found = count(evidence)
    assert (len(found["events_missed"]), len(found["events_repeated"])) == (1, 1)
