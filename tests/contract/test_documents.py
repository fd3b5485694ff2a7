"""The generated documents are fresh, valid, and safe for whoever knows the released contract."""

import copy
import json

import jsonschema
import pytest

from schemas import ImageRequested, UnitCompleted
from talestream import documents


def test_the_committed_documents_say_what_the_schemas_say() -> None:
    assert documents.stale(documents.GENERATED) == [], "run: talestream schemas generate"


def test_the_contract_is_safe_for_readers_and_writers_of_the_released_one() -> None:
    assert documents.incompatibilities() == []


def test_every_schema_is_a_valid_json_schema() -> None:
    for name, text in documents.documents().items():
        if name != "asyncapi.json":
            jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = documents.asyncapi()

    def references(node: object) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for item in node for found in references(item)] if isinstance(node, list) else []

    found = references(document)
    assert len(found) > 50
    for reference in found:
        node = document
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node


def test_every_topic_has_a_channel_with_its_messages() -> None:
    channels = documents.asyncapi()["channels"]
    assert set(channels["talestream.image.v1"]["messages"]) == {"ImageRequested"}
    assert "UnitCompleted" in channels["talestream.events.v1"]["messages"]
    assert {"talestream.control.v1", "talestream.dead-letters.v1"} <= set(channels)


def _changed(kind: type, path: list[str], value: object) -> list[str]:
    old = kind.model_json_schema()
    new = copy.deepcopy(old)
    node = new
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return documents.breaks(old, new)


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        (UnitCompleted, ["properties", "artifacts"], None, "removed"),
        (UnitCompleted, ["properties", "attempt", "type"], "string", "no longer integer"),
        (ImageRequested, ["required"], ["task_id", "page", "prompt", "seed"], "required now"),
        (ImageRequested, ["properties", "width", "maximum"], 1024, "narrower"),
        (ImageRequested, ["properties", "language", "enum"], ["en"], "no longer zh"),
        (ImageRequested, ["$defs", "Character", "properties", "name"], None, "removed"),
    ],
)
def test_a_change_that_breaks_somebody_is_named(kind: type, path: list[str], value: object, said: str) -> None:
    problems = _changed(kind, path, value)
    assert len(problems) == 1
    assert said in problems[0]


def test_a_new_optional_field_breaks_nobody() -> None:
    assert _changed(ImageRequested, ["properties", "lens"], {"type": "string", "default": ""}) == []
