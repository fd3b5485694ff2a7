"""Whether a run has done what it is there for: six counts of 0 say nothing where little was killed."""

from tests.chaos.plan import OUTAGES, SERVICE_KILLS, Kind
from tests.chaos.run import Outcome

ALWAYS_DONE = OUTAGES | {Kind.NOTIFIER, Kind.DISK, Kind.NURSERY, Kind.DRAIN}
"""What nothing can keep a run from doing as often as it was planned."""


def service_kills(outcome: Outcome) -> int:
    """How many services were ended by SIGKILL; all of them at once count as one."""
    return sum(outcome.done.get(kind, 0) for kind in SERVICE_KILLS)


def kills(outcome: Outcome) -> int:
    """How many processes were ended by SIGKILL, servers among them."""
    return service_kills(outcome) + sum(outcome.done.get(kind, 0) for kind in OUTAGES)


def falls_short(outcome: Outcome) -> list[str]:
    """What the run should have done and did not; and errors that clients got and nobody foresaw."""
    size, ordered = outcome.size, outcome.evidence.ordered
    least = {
        "tasks": (len(ordered), size.tasks),
        "kills of services": (service_kills(outcome), size.least_service_kills),
        "clients": (len(outcome.evidence.clients), size.clients),
        "accepted edits": (sum(len(one.edits) for one in ordered), size.least_edits),
    }
    for kind in Kind:
        if kind is Kind.POINT or (kind is Kind.DISK and not outcome.disk_was_small):
            continue
        planned = sum(fault.kind is kind for fault in outcome.plan.faults)
        least[kind.value] = (outcome.done.get(kind, 0), planned if kind in ALWAYS_DONE else min(1, planned))
    found = [f"{done} of at least {wanted} {name}" for name, (done, wanted) in least.items() if done < wanted]
    return found + [f"unforeseen: {error}" for error in outcome.unforeseen]
