"""A task while a rule changes it, and the name of a unit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from schemas import (
    EVENTS_TOPIC,
    Event,
    ObjectCopy,
    OutboxEntry,
    Record,
    Request,
    Task,
    Unit,
    UnitState,
    unit_key,
    unit_page,
)
from talestream.inputs import inputs_hash


@dataclass(frozen=True)
class Ref:
    """One unit of one stage."""

    stage: str
    key: str

    @classmethod
    def of(cls, request: Request) -> "Ref":
        """The unit that a request is for."""
        return cls(request.stage, unit_key(getattr(request, "page", None)))

    @property
    def page(self) -> int | None:
        """The page, or None for the whole stage."""
        return unit_page(self.key)

    @property
    def outbox_key(self) -> str:
        """Where the unit's order lies in the outbox."""
        return f"request-{self.stage}-{self.key}"


class Draft:
    """A task while a rule changes it. What is untouched stays the same object: the store writes only what changed."""

    def __init__(self, task: Task, now: datetime) -> None:
        self.task = task
        self.now = now
        self._version = task.version + 1
        self._emitted = 0

    def done(self) -> Task:
        """The next task."""
        return self.task.model_copy(update={"version": self._version, "updated_at": self.now})

    def set_stage(self, stage: str, **changes: Any) -> None:
        """Change fields of a stage."""
        status = self.task.stages[stage].model_copy(update=changes)
        self.task = self.task.model_copy(update={"stages": {**self.task.stages, stage: status}})

    def put_unit(self, ref: Ref, unit: Unit) -> None:
        """Put a unit in place of what was there."""
        self.set_stage(ref.stage, units={**self.task.stages[ref.stage].units, ref.key: unit})

    def set_unit(self, ref: Ref, **changes: Any) -> None:
        """Change fields of a unit. With its end, the job that a provider did for it is history."""
        if changes.get("state") in {UnitState.COMPLETED, UnitState.CANCELLED}:
            changes["job"] = None
        self.put_unit(ref, self.task.stages[ref.stage].units[ref.key].model_copy(update=changes))

    def emit(self, event: type[Event], copies: tuple[ObjectCopy, ...] = (), **fields: Any) -> None:
        """Put an event into the outbox, under a key that sorts behind every earlier one."""
        message = event(task_id=self.task.id, owner=self.task.owner, workflow=self.task.workflow.name, **fields)
        self.send(EVENTS_TOPIC, message, key=f"event-{self._version:08d}-{self._emitted:04d}", copies=copies)
        self._emitted += 1

    def send(
        self,
        topic: str,
        message: Record,
        *,
        key: str,
        copies: tuple[ObjectCopy, ...] = (),
        purges: str | None = None,
        delay_s: float = 0,
    ) -> None:
        """Put any message into the outbox."""
        entry = OutboxEntry(
            id=f"{self.task.id}-{key}",
            type=type(message).__name__,
            topic=topic,
            key=str(self.task.id),
            data=message.model_dump(mode="json"),
            not_before=self.now + timedelta(seconds=delay_s),
            copies=copies,
            purges=purges,
        )
        self.put_entry(key, entry)

    def request(self, ref: Ref, attempt: int, delay_s: float = 0, published_in: str | None = None) -> None:
        """Put the order for a unit into the outbox, in place of any earlier one for it.

        Nothing while the task has no place: the order is made when its turn comes.
        """
        if not self.task.has_place:
            return
        kind = Request.registry[ref.stage]
        known = self.task.stages[ref.stage].units[ref.key].order
        message = kind.model_validate({**known, "attempt": attempt}) if known else kind.of(self.task, ref.page, attempt)
        self.set_unit(ref, inputs_hash=inputs_hash(message))
        entry = OutboxEntry(
            id=f"{self.task.id}-{ref.stage}-{ref.key}-{attempt}",
            type=kind.__name__,
            topic=kind.topic_name(),
            key=str(self.task.id) if ref.page is None else f"{self.task.id}/{ref.page}",
            data=message.model_dump(mode="json"),
            not_before=self.now + timedelta(seconds=delay_s),
            published_in=published_in,
        )
        self.put_entry(ref.outbox_key, entry)

    def withdraw(self, ref: Ref) -> None:
        """Take the order for a unit out of the outbox: it has an outcome."""
        outbox = {key: entry for key, entry in self.task.outbox.items() if key != ref.outbox_key}
        self.task = self.task.model_copy(update={"outbox": outbox})

    def forget_copies(self) -> None:
        """Leave every copy undone that is still to be made."""
        for key, entry in self.task.outbox.items():
            if entry.copies:
                self.put_entry(key, entry.model_copy(update={"copies": ()}))

    def put_entry(self, key: str, entry: OutboxEntry) -> None:
        """Put an entry into the outbox, in place of what was there."""
        self.task = self.task.model_copy(update={"outbox": {**self.task.outbox, key: entry}})
