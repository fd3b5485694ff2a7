"""The ledger of the simulated providers: every call, a JSON object a line, in one file for all processes.

It is the providers' own memory, as a remote service has one: appended to by a single write a line, it survives whoever
wrote it, and a job is found in it after a restart. A line that a full disk cut short is passed over.

Work was **paid twice** when a second ``submitted`` stands for the same task, stage, unit and inputs while an earlier
job for them was ``stored`` and has neither ``failed`` nor been ``cancelled``: :func:`paid_twice` finds those. One after
``finished`` is among them: a result that was paid for and not taken is fetched again, not made again. A second
submission before the first was stored is not. It is what remains when a process is killed between a submission and the
write of its id, and what idempotency keys are for; these providers do not honour them, so that nothing is hidden.
"""

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from schemas import Record, TaskId
from schemas.base import UtcTime

Call = Literal["submitted", "stored", "resumed", "finished", "failed", "cancelled"]
"""``stored``: the job's id is in the task document. ``finished``, ``failed``: so the caller was told, perhaps twice."""
Outcome = Literal["finish", "fail", "hang"]


class Entry(Record):
    """One call."""

    time: UtcTime
    call: Call
    stage: str
    task: TaskId
    unit: str = Field(description="The page's number, or 'whole'")
    attempt: int = Field(description="Who called")
    job: str
    key: str = Field(description="The idempotency key that was given")
    inputs: str = Field(description="The hash of what was to be made")
    cost: float = Field(0, description="Charged for this call")
    outcome: Outcome | None = Field(None, description="What will become of a submitted job")
    due: UtcTime | None = Field(None, description="When a submitted job is over; None: never")


class Ledger:
    """The file. Safe to share between threads, and between processes on one machine."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: int | None = None

    def append(self, entry: Entry) -> None:
        """Write one call down. OSError when it cannot be."""
        line = entry.model_dump_json(exclude_none=True).encode() + b"\n"
        written = os.write(self._open(), line)
        if written < len(line):
            raise OSError(f"the ledger {self.path} took {written} of {len(line)} bytes")

    def __iter__(self) -> Iterator[Entry]:
        """Every call, in the order in which they were written."""
        if not self.path.exists():
            return
        with self.path.open("rb") as lines:
            for line in lines:
                try:
                    yield Entry.model_validate_json(line)
                except ValidationError:
                    continue

    def of_job(self, job: str) -> list[Entry]:
        """The calls about one job."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as lines:
            found = [Entry.model_validate_json(line) for line in lines if job.encode() in line]
        return [entry for entry in found if entry.job == job]

    def _open(self) -> int:
        with self._lock:
            if self._file is None:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            return self._file


def paid_twice(entries: Iterable[Entry]) -> list[Entry]:
    """The submissions of work that a stored job was already paid for."""
    paid: dict[tuple[int, str, str, str], str] = {}
    again: list[Entry] = []
    for entry in entries:
        work = (entry.task, entry.stage, entry.unit, entry.inputs)
        match entry.call:
            case "submitted" if work in paid:
                again.append(entry)
            case "stored" | "resumed":
                paid[work] = entry.job
            case "failed" | "cancelled" if paid.get(work) == entry.job:
                del paid[work]
    return again
