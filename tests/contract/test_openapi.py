"""The API's OpenAPI description: it describes everything, and no input that it allows or forbids ends in a 5xx."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.api.app import create_app
from talestream.settings import Settings
from tests.api_server import Api, Filmed

EXAMPLES = 12
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DOCUMENT = create_app(Settings(mode="embedded")).openapi()
CASES = [
    (method.upper(), path, mode)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if path != "/api/notifications/stream"
    and (mode is GenerationMode.POSITIVE or operation.keys() & {"parameters", "requestBody"})
]


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
async def test_no_input_makes_a_5xx_or_an_answer_that_is_not_described(
    api: Api, filmed: Filmed, method: str, path: str, mode: GenerationMode
) -> None:
    headers = {"authorization": f"Bearer {filmed.user.token}"}
    real_task = await filmed.user.new_task()
    await asyncio.to_thread(try_examples, api.url, method, path, mode, headers, real_task)


def try_examples(
    url: str, method: str, path: str, mode: GenerationMode, headers: dict[str, str], real_task: int
) -> None:
    """Call one operation with generated inputs, every second time on a task that there is."""
    operation = schemathesis.openapi.from_url(f"{url}/openapi.json")[path][method]
    turn = 0

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Any) -> None:
        nonlocal turn
        turn += 1
        if turn % 2 and "task_id" in case.path_parameters:
            case.path_parameters["task_id"] = real_task
        answer = case.call(headers=headers, timeout=30)
        case.validate_response(answer, checks=CHECKS, headers=headers)

    attempt()


def test_every_operation_says_what_it_does_and_what_it_may_answer() -> None:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            assert operation.get("description"), (method, path)
            assert operation["tags"], (method, path)
            assert {"200", "202"} & set(operation["responses"]), (method, path)


def test_every_call_that_needs_a_token_says_so() -> None:
    is_open = {"/api/register", "/api/login", "/api/refresh", "/api/task/workflow", "/api/task/workflows"}
    streams = {"/api/notifications/stream"}
    for path, methods in DOCUMENT["paths"].items():
        for operation in methods.values():
            assert bool(operation.get("security")) is (path not in is_open | streams), path
