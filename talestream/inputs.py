"""What a unit is made from, as one hash: equal hashes, equal work.

Of an order counts what it says, not whose it is, which try it is or who is to do it: ``task_id``, ``attempt`` and
``provider`` are left out. An object counts by its content wherever the order carries its SHA-256, so that equal content
in another place is equal. A field that has its default counts as if it were not there: the hashes of orders that are
under way, or were carried out long ago, stay what they are when a later version adds a field.
"""

import hashlib
import json
from typing import Any

from schemas import Artifact, Record, Request

_NO_INPUT = frozenset({"task_id", "attempt", "provider"})
_CONTENT = "_sha256"


def inputs_hash(request: Request) -> str:
    """The SHA-256 of the stage and of all that its order says, as canonical JSON. The page is part of it."""
    said = {name: value for name, value in _canonical(request).items() if name not in _NO_INPUT}
    text = json.dumps([request.stage, said], sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    match value:
        case Artifact():
            return value.sha256
        case Record():
            fields = {name: getattr(value, name) for name in type(value).model_fields}
            said = {name: field for name, field in fields.items() if field != _default(type(value), name)}
            return {
                name: fields.get(f"{name}{_CONTENT}") or _canonical(field)
                for name, field in said.items()
                if name.removesuffix(_CONTENT) not in fields or not name.endswith(_CONTENT)
            }
        case tuple() | list():
            return [_canonical(item) for item in value]
        case dict():
            return {str(key): _canonical(item) for key, item in value.items()}
    return value


def _default(kind: type[Record], name: str) -> Any:
    return kind.model_fields[name].get_default(call_default_factory=True)
