"""What a run says of itself: a table of what was done and found, and one line."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table

from tests.chaos.plan import Kind
from tests.chaos.promise import falls_short, kills, service_kills
from tests.chaos.run import Outcome

SHOWN_POINTS = 60
SHOWN = 20
"""How many findings of a kind are shown."""


def print_report(outcome: Outcome, findings: Mapping[str, list[str]], console: Console) -> None:
    """The table, whatever was found, and last the line with the counts."""
    evidence = outcome.evidence
    table = Table("done", "times", title=f"seed {outcome.plan.seed}, {outcome.seconds:.0f} s")
    for kind in Kind:
        planned = sum(fault.kind is kind for fault in outcome.plan.faults)
        table.add_row(kind.value, f"{outcome.done.get(kind, 0)} of {planned}")
    if not outcome.disk_was_small:
        table.add_row("the disk could not be filled: mounting is not permitted here", "")
    table.add_section()
    passed = outcome.points - len(outcome.never_passed)
    table.add_row("services killed", str(service_kills(outcome)))
    table.add_row("points at which a service died", f"{passed - len(outcome.passed_alive)} of {outcome.points}")
    table.add_row("points that were passed at all", f"{passed} of {outcome.points}")
    table.add_section()
    for state in ("completed", "cancelled", "failed"):
        number = sum(task is not None and task["state"] == state for task in evidence.tasks.values())
        table.add_row(f"tasks {state}", str(number))
    table.add_row("tasks deleted", str(_sum(outcome, "is_deleted")))
    table.add_row(
        "retries, edits, cancels", f"{_sum(outcome, 'retries')}, {_edits(outcome)}, {_sum(outcome, 'cancels')}"
    )
    table.add_row("files fetched and hashed", str(sum(map(len, evidence.files.values()))))
    table.add_row("events in the logs", str(sum(map(len, evidence.logs.values()))))
    table.add_row("events that clients were told", str(sum(len(client.told) for client in evidence.clients)))
    table.add_row("connections of clients", str(sum(client.connections for client in evidence.clients)))
    table.add_row("calls of the paid provider", str(len(evidence.ledger)))
    table.add_section()
    for name, found in findings.items():
        table.add_row(name, str(len(found)))
    console.print(table)
    for name, found in findings.items():
        for line in found[:SHOWN]:
            console.print(f"{name}: {line}", markup=False, highlight=False)
    for name, points in (("never passed", outcome.never_passed), ("passed alive", outcome.passed_alive)):
        for point in points[:SHOWN_POINTS]:
            console.print(f"{name}: {point}", markup=False, highlight=False)
    for line in falls_short(outcome)[:SHOWN]:
        console.print(f"falls short: {line}", markup=False, highlight=False)
    counts = " ".join(f"{name}={len(found)}" for name, found in findings.items())
    line = f"chaos: tasks={len(evidence.ordered)} kills={kills(outcome)} {counts} seed={outcome.plan.seed}"
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _sum(outcome: Outcome, field: str) -> int:
    return sum(getattr(ordered, field) for ordered in outcome.evidence.ordered)


def _edits(outcome: Outcome) -> int:
    return sum(len(ordered.edits) for ordered in outcome.evidence.ordered)
