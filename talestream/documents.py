"""The contract as documents: JSON Schemas of every message and an AsyncAPI 3 document, generated from ``schemas``.

``schemas/generated`` holds them as they are, ``schemas/released`` as clients in the field know them. A change is safe
when old readers understand new messages and new readers old ones: :func:`incompatibilities` names what is not.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import schemas
from schemas import (
    CONTROL_TOPIC,
    DEAD_LETTERS_TOPIC,
    EVENTS_TOPIC,
    CancelTask,
    DeadLetter,
    Event,
    LookAgain,
    LookAtJob,
    Request,
    Task,
)

FOLDER = Path(schemas.__file__).parent
GENERATED = FOLDER / "generated"
RELEASED = FOLDER / "released"

CONTROLS: Mapping[str, type[BaseModel]] = {kind.__name__: kind for kind in (CancelTask, LookAgain, LookAtJob)}

Schema = Mapping[str, Any]

_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Equal messages have equal ids"},
        "ce_type": {"type": "string", "description": "The message's name in this document"},
        "ce_source": {"type": "string", "description": "/talestream/<service> for ours; yours for your orders"},
        "ce_subject": {"type": "string", "description": "The task's id, and /page where a unit is a page"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_owner": {"type": "string", "description": "Durable events only: whose they are"},
        "ce_sequence": {"type": "string", "description": "Durable events only: place in their owner's log, from 1"},
        "ce_incarnation": {"type": "string", "description": "Our orders only: the broker that they were published to"},
        "ce_told": {"type": "string", "description": "Our orders only: which of their task's events are out"},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "description": "W3C trace context: one trace a task"},
    },
}


def messages() -> dict[str, type[BaseModel]]:
    """Every message type by its name."""
    requests = {kind.__name__: kind for kind in Request.registry.values()}
    return {**requests, **Event.registry, **CONTROLS, "DeadLetter": DeadLetter}


def topics() -> dict[str, dict[str, type[BaseModel]]]:
    """The message types by topic."""
    by_topic: dict[str, dict[str, type[BaseModel]]] = {
        kind.topic_name(): {kind.__name__: kind} for kind in Request.registry.values()
    }
    return {
        **by_topic,
        EVENTS_TOPIC: dict(Event.registry),
        CONTROL_TOPIC: dict(CONTROLS),
        DEAD_LETTERS_TOPIC: {"DeadLetter": DeadLetter},
    }


def documents() -> dict[str, str]:
    """Every document by file name."""
    kinds: dict[str, type[BaseModel]] = {**messages(), "Task": Task, "Script": schemas.Script}
    found: dict[str, Any] = {
        f"{name}.schema.json": {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema()}
        for name, kind in kinds.items()
    }
    found["asyncapi.json"] = asyncapi()
    return {name: json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True) + "\n" for name, body in found.items()}


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document of the topics."""
    kinds = messages()
    _, definitions = models_json_schema(
        [(kind, "validation") for kind in kinds.values()], ref_template="#/components/schemas/{model}"
    )
    by_topic = topics()
    channels = {
        topic: {
            "address": topic,
            "description": _channel_description(topic),
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in contents},
        }
        for topic, contents in by_topic.items()
    }
    operations = {
        f"{'receive' if topic in _orders() else 'send'}-{topic}": {
            "action": "receive" if topic in _orders() else "send",
            "channel": {"$ref": f"#/channels/{topic}"},
            "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in contents],
        }
        for topic, contents in by_topic.items()
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Talestream",
            "version": "1.0.0",
            "description": "Stage topics of Talestream. Messages are CloudEvents 1.0 in binary mode with a JSON value. "
            "Any client may publish an order to a stage topic with a task_id of its own; what comes of it is told on "
            f"{EVENTS_TOPIC}.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "title": name,
                    "summary": (kind.__doc__ or "").strip().split("\n", 1)[0],
                    "contentType": "application/json",
                    "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
                    "payload": {"$ref": f"#/components/schemas/{name}"},
                }
                for name, kind in kinds.items()
            },
            "schemas": {"CloudEventHeaders": _HEADERS, **definitions.get("$defs", {})},
        },
    }


def write(folder: Path) -> list[Path]:
    """Write every document into ``folder``, remove those that are no more, and return what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    current = documents()
    for old in folder.glob("*.json"):
        if old.name not in current:
            old.unlink()
    for name, text in current.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in sorted(current)]


def stale(folder: Path) -> list[str]:
    """The documents in ``folder`` that are missing, left over, or not what ``schemas`` says now."""
    current = documents()
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in {*current, *kept} if current.get(name) != kept.get(name))


def incompatibilities(released: Path = RELEASED) -> list[str]:
    """What a reader or writer of the released contract would stumble over, one sentence each."""
    current = documents()
    found: list[str] = []
    for path in sorted(released.glob("*.schema.json")):
        if path.name not in current:
            found.append(f"{path.name}: the message is gone")
            continue
        old, new = json.loads(path.read_text(encoding="utf-8")), json.loads(current[path.name])
        found += [f"{path.name}: {problem}" for problem in breaks(old, new)]
    return found


def breaks(old: Schema, new: Schema) -> list[str]:
    """What of ``new`` does not fit ``old``: fields removed or newly required, types and values that changed."""
    return list(_compare(old, new, old, new, "", frozenset()))


def _compare(
    old: Schema, new: Schema, old_root: Schema, new_root: Schema, place: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    names = (str(old.get("$ref", "")), str(new.get("$ref", "")))
    if all(names) and names in seen:
        return
    seen = seen | {names}
    old, new = _resolve(old, old_root), _resolve(new, new_root)
    at = place or "the message"
    if kinds := _difference(_types(old, old_root), _types(new, new_root)):
        yield f"{at}: {kinds}"
    if values := _difference(_values(old, old_root), _values(new, new_root)):
        yield f"{at}: values {values}"
    for limit, is_narrower in _NARROWER.items():
        if limit in new and (limit not in old or is_narrower(old[limit], new[limit])):
            yield f"{at}: {limit} is narrower now ({old.get(limit, 'none')} -> {new[limit]})"
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for name in old_fields:
        if name not in new_fields:
            yield f"{place}{name}: removed"
        else:
            yield from _compare(old_fields[name], new_fields[name], old_root, new_root, f"{place}{name}.", seen)
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{place}{name}: required now"
    for part in ("items", "additionalProperties"):
        if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
            yield from _compare(old[part], new[part], old_root, new_root, f"{place}[].", seen)
    for before, after in zip(_variants(old), _variants(new), strict=False):
        yield from _compare(before, after, old_root, new_root, place, seen)


_NARROWER: dict[str, Callable[[Any, Any], bool]] = {
    "maxLength": lambda old, new: new < old,
    "minLength": lambda old, new: new > old,
    "maximum": lambda old, new: new < old,
    "minimum": lambda old, new: new > old,
    "exclusiveMaximum": lambda old, new: new < old,
    "exclusiveMinimum": lambda old, new: new > old,
    "maxItems": lambda old, new: new < old,
    "minItems": lambda old, new: new > old,
    "multipleOf": lambda old, new: new != old,
    "pattern": lambda old, new: new != old,
}


def _resolve(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        target: Any = root
        for step in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[step]
        schema = target
    return schema


def _variants(schema: Schema) -> list[Schema]:
    return [variant for variant in schema.get("anyOf", []) if variant.get("type") != "null"]


def _types(schema: Schema, root: Schema) -> set[str]:
    schema = _resolve(schema, root)
    if "anyOf" in schema:
        return set().union(*(_types(variant, root) for variant in schema["anyOf"]))
    return {str(schema["type"])} if "type" in schema else set()


def _values(schema: Schema, root: Schema) -> set[str]:
    schema = _resolve(schema, root)
    return {str(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])}


def _difference(old: set[str], new: set[str]) -> str:
    gone, come = sorted(old - new), sorted(new - old)
    return " and ".join([f"no longer {', '.join(gone)}"] * bool(gone) + [f"now also {', '.join(come)}"] * bool(come))


def _orders() -> set[str]:
    return {kind.topic_name() for kind in Request.registry.values()}


def _channel_description(topic: str) -> str:
    if topic in _orders():
        return "Orders to a stage. Key: the task's id, and /page where a unit is a page."
    return {
        EVENTS_TOPIC: "What happened. Key: the task's id.",
        CONTROL_TOPIC: "Orders to every worker at once.",
        DEAD_LETTERS_TOPIC: "Messages set aside: original key, value and headers, and why in dl_ headers.",
    }[topic]
