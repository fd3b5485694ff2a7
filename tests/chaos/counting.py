"""The six counts. Each names what it found, so that a count that is not 0 can be followed up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

from schemas import unit_key
from talestream.ledger import paid_twice as submitted_again
from tests.chaos.clients import ClientLog
from tests.chaos.edits import edits_lost
from tests.chaos.evidence import Evidence

ENDED = frozenset({"completed", "cancelled"})
AS_TOLD = {"simulated-failure": "fail", "timeout": "hang"}
"""What the provider was told to let become of a job, by the code under which its unit then fails."""


def count(evidence: Evidence) -> Mapping[str, list[str]]:
    """What is wrong, by the name under which it is counted."""
    return {
        "lost": lost(evidence),
        "stuck": stuck(evidence),
        "twice_accepted": twice_accepted(evidence),
        "paid_twice": paid_twice(evidence),
        "events_missed": events_missed(evidence),
        "events_repeated": events_repeated(evidence),
    }


def lost(evidence: Evidence) -> list[str]:
    """Accepted tasks, orders and edits of which nothing is known, tasks that were stopped or kept against their user's
    word, and files of completed tasks that are not what they were.
    """
    found = edits_lost(evidence)
    for ordered in evidence.ordered:
        task = evidence.tasks.get(ordered.task_id)
        if ordered.is_deleted:
            if task is not None or ordered.task_id in evidence.listed[ordered.owner]:
                found.append(f"task {ordered.task_id} was deleted and is still there")
            continue
        if task is None or ordered.task_id not in evidence.listed[ordered.owner]:
            found.append(f"task {ordered.task_id} is {'unknown' if task is None else 'not in the list'}")
            continue
        if ordered.executions and task["state"] == "pending":
            found.append(f"task {ordered.task_id} was ordered to run and knows nothing of it")
        if ordered.cancels and task["state"] not in ENDED:
            found.append(f"task {ordered.task_id} was cancelled and is {task['state']}")
        if task["state"] == "cancelled" and not ordered.has_asked_to_cancel:
            found.append(f"task {ordered.task_id} is cancelled, which its user did not ask for")
    for task_id, files in evidence.files.items():
        if not any(file.path.endswith("output.mp4") for file in files):
            found.append(f"task {task_id} is completed and has no film")
        for file in files:
            for how, digest in (("the API", file.fetched_sha256), ("the store", file.public_sha256)):
                if digest != file.sha256:
                    what = "is missing" if digest is None else "has other bytes"
                    found.append(f"{file.path} {what} in {how}")
    return found


def stuck(evidence: Evidence) -> list[str]:
    """Tasks that have not ended. One that still fails after its retries has, if the provider was told to let it."""
    told = {(entry.task, entry.stage, entry.unit, entry.outcome) for entry in evidence.ledger}
    return [
        f"task {task_id} is {task['state']}: {_where(task)}"
        for task_id, task in evidence.tasks.items()
        if task is not None and task["state"] not in ENDED and not _failed_as_told(task_id, task, told)
    ]


def twice_accepted(evidence: Evidence) -> list[str]:
    """Units whose result was accepted, and joins that fired, more often than the task was made or remade; and tasks
    that one order made beside the one that its user knows.
    """
    edits = {ordered.task_id: len(ordered.edits) for ordered in evidence.ordered}
    accepted: Counter[tuple[int, str, int | None]] = Counter()
    attempts: Counter[tuple[int, str, int | None, int]] = Counter()
    for told in _all_told(evidence):
        if told["type"] == "unit_completed":
            accepted[told["task_id"], told["stage"], told.get("page")] += 1
            attempts[told["task_id"], told["stage"], told.get("page"), told["attempt"]] += 1
        elif told["type"] in {"stage_completed", "segment_finished"}:
            accepted[told["task_id"], f"the end of {told['stage']}", None] += 1
        elif told["type"] == "task_completed":
            accepted[told["task_id"], "its end", None] += 1
    found = [
        f"task {task_id}: {stage} {page or ''} {times} times"
        for (task_id, stage, page), times in accepted.items()
        if times > 1 + edits.get(task_id, 0)
    ]
    known = {ordered.task_id for ordered in evidence.ordered}
    found += [
        f"task {task_id} of {owner} was ordered twice"
        for owner in evidence.listed
        for task_id in sorted(evidence.listed[owner] - known)
    ]
    found += [
        f"task {task_id}: {stage} {page or ''} attempt {attempt} {times} times"
        for (task_id, stage, page, attempt), times in attempts.items()
        if times > 1
    ]
    return found


def paid_twice(evidence: Evidence) -> list[str]:
    """Work that was submitted to the paid provider again although a job of it was stored and had not failed."""
    return [
        f"task {entry.task}: {entry.stage} {entry.unit} attempt {entry.attempt} submitted {entry.job}"
        for entry in submitted_again(evidence.ledger)
    ]


def events_missed(evidence: Evidence) -> list[str]:
    """Events that a client was never told of, or in place of which it was told another; holes in a log itself."""
    found = [
        f"the log of {owner} has no {cursor}"
        for owner, log in evidence.logs.items()
        for cursor in sorted(set(range(1, max((told["cursor"] for told in log), default=0) + 1)) - _cursors(log))
    ]
    for client in evidence.clients:
        told = set(client.told)
        found += [f"{_named(client)} missed {due}" for due in evidence.told_to(client) if due not in told]
    return found


def events_repeated(evidence: Evidence) -> list[str]:
    """Events that a client was told of again, or too late, or that are in no log."""
    found = []
    for client in evidence.clients:
        due = set(evidence.told_to(client))
        highest = 0
        for told in client.told:
            if told.cursor <= highest:
                found.append(f"{_named(client)} was told of {told} after {highest}")
            elif told not in due:
                found.append(f"{_named(client)} was told of {told}, which is not in the log")
            highest = max(highest, told.cursor)
    return found


def _all_told(evidence: Evidence) -> Iterable[dict[str, Any]]:
    for log in evidence.logs.values():
        yield from log


def _cursors(log: list[dict[str, Any]]) -> set[int]:
    return {told["cursor"] for told in log}


def _failed_as_told(task_id: int, task: dict[str, Any], told: Set[tuple[int, str, str, str | None]]) -> bool:
    """Whether the task has failed for good, and by nothing but jobs that the provider let fail or hang."""
    failed = [(stage, unit) for stage, unit in _units(task) if unit["state"] == "failed"]
    return bool(failed) and all(
        (task_id, stage, unit_key(unit["page"]), AS_TOLD.get((unit["problem"] or {}).get("code", ""), "")) in told
        for stage, unit in failed
    )


def _where(task: dict[str, Any]) -> str:
    """Which units have not ended, or how they failed."""
    units = [
        f"{stage} {unit['page'] or ''} {unit['state']} {(unit['problem'] or {}).get('code', '')}".strip()
        for stage, unit in _units(task)
        if unit["state"] != "completed"
    ]
    return ", ".join(units) or "nothing of it is under way"


def _units(task: dict[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    for stage in task["stages"]:
        for unit in stage["units"]:
            yield stage["name"], unit


def _named(client: ClientLog) -> str:
    return f"a {client.transport} client of {client.owner}"
