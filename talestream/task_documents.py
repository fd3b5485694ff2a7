"""How a task lies in the database, and what is written of one that has changed.

A database of documents reads, copies, compares and logs a document field by field. What rests is therefore one field,
its JSON: a unit that nobody runs, and a message in the outbox. A change then costs nearly the same in a task of two
hundred pages as in one of six. A unit that runs lies open, because its lease is renewed in place.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from schemas import OutboxEntry, Record, StageStatus, Task, Unit, UnitState

Document = dict[str, Any]

_OPEN = {"id", "published_in"}
"""What lies open of an entry in the outbox: which message it is, and the mark of the relay."""


def document_of(task: Task) -> Document:
    """The document of a new task."""
    return {"_id": task.id, "relay_at": relay_at(task), **_stored(task)}


def task_of(document: Document) -> Task:
    """The task of a document. Parts that lie open where they would be one field today are read as well."""
    stages = {
        name: {**status, "units": {key: unit_of(unit) for key, unit in status.get("units", {}).items()}}
        for name, status in document.get("stages", {}).items()
    }
    outbox = {key: _entry_of(entry) for key, entry in document.get("outbox", {}).items()}
    return Task.model_validate({**document, "stages": stages, "outbox": outbox})


def unit_of(stored: Any) -> Unit:
    """A unit as it lies in its task's document: JSON while it rests, fields while it runs."""
    return Unit.model_validate_json(stored) if isinstance(stored, str) else Unit.model_validate(stored)


def update_of(before: Task, after: Task) -> Document:
    """The update that makes the document of ``before`` into that of ``after``."""
    settings, removals = changes(before, after)
    settings["relay_at"] = relay_at(after)
    update = {"$set": settings, "$unset": dict.fromkeys(removals, "")}
    return {operator: fields for operator, fields in update.items() if fields}


def relay_at(task: Task) -> datetime | None:
    """When the next unpublished message of a task is due; None when there is none."""
    return min((entry.not_before for entry in task.outbox.values() if entry.published_in is None), default=None)


def changes(before: Record, after: Record, path: str = "") -> tuple[Document, list[str]]:
    """What must be set and what must be unset, by dotted path, to make ``before`` into ``after``.

    Objects that the rule left alone are the same objects and cost nothing. What rests is written whole. So is an outbox
    entry for another reason, too: the relay may have marked the one before it as published since ``before`` was read,
    and the mark must not pass to the new one.
    """
    settings: Document = {}
    removals: list[str] = []
    for name in type(after).model_fields:
        _compare(getattr(before, name), getattr(after, name), f"{path}{name}", settings, removals)
    return settings, removals


def dump(record: Record) -> Document:
    """All of a record by its fields, as the database takes them."""
    dumped: Document = _stored(record.model_dump(mode="python", exclude_none=True))
    return dumped


def _compare(before: Any, after: Any, path: str, settings: Document, removals: list[str]) -> None:
    if before is after or before == after:
        return
    if _lies_open(before) and _lies_open(after):
        inner, gone = changes(before, after, f"{path}.")
        settings |= inner
        removals += gone
    elif _is_group(before) and _is_group(after):
        for key, value in after.items():
            _compare(before.get(key), value, f"{path}.{key}", settings, removals)
        removals += [f"{path}.{key}" for key in before if key not in after]
    elif after is None:
        removals.append(path)
    else:
        settings[path] = _stored(after)


def _lies_open(value: Any) -> bool:
    """Whether the fields of a record can be written one by one."""
    return isinstance(value, Record) and not isinstance(value, OutboxEntry) and not _rests(value)


def _rests(value: Any) -> bool:
    return isinstance(value, Unit) and value.state is not UnitState.RUNNING


def _is_group(value: Any) -> bool:
    """Whether a mapping holds records by key, so that each can be written alone."""
    return isinstance(value, Mapping) and all(isinstance(item, Record) for item in value.values())


def _stored(value: Any) -> Any:
    """A value as it is written."""
    if isinstance(value, OutboxEntry):
        message = value.model_dump_json(exclude=_OPEN, exclude_none=True)
        return {**value.model_dump(include=_OPEN, exclude_none=True), "message": message}
    if isinstance(value, Task | StageStatus):
        fields = {name: getattr(value, name) for name in type(value).model_fields}
        return {name: _stored(field) for name, field in fields.items() if field is not None}
    if isinstance(value, Record):
        return value.model_dump_json(exclude_none=True) if _rests(value) else dump(value)
    if isinstance(value, Mapping):
        return {key: _stored(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_stored(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _entry_of(stored: Document) -> OutboxEntry:
    message = from_json(stored["message"]) if "message" in stored else {}
    return OutboxEntry.model_validate({**message, **stored})
