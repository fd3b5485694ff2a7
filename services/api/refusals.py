"""Every refusal as the JSON that clients of the API know: ``{"detail": ...}``.

``detail`` is a sentence, or, where a field of the request is at fault, a list that names each with what is wrong.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pymongo.errors import PyMongoError
from starlette.exceptions import HTTPException

from services.api.access import Unauthorized
from services.api.errors import Conflict, Invalid, NotFound, Refused, TooMany
from talestream.auth import InvalidUsername, TooManyFailures, UsernameTaken, WrongCredentials
from talestream.errors import StageError
from talestream.telemetry import logger

_log = logger(__name__)


def add_refusals(app: FastAPI) -> None:
    """Teach ``app`` to answer each error that its routes raise."""

    @app.exception_handler(RequestValidationError)
    async def bad_request(_request: Request, error: RequestValidationError) -> JSONResponse:
        """What the client sent is not repeated to it: it may be huge, secret, or no text at all."""
        problems = [{key: found[key] for key in ("loc", "msg", "type")} for found in error.errors()]
        return _answer(422, [{**problem, "loc": [_printable(part) for part in problem["loc"]]} for problem in problems])

    @app.exception_handler(Invalid)
    async def invalid(_request: Request, error: Invalid) -> JSONResponse:
        return _answer(422, _field(error.field, error.message))

    @app.exception_handler(InvalidUsername)
    async def invalid_username(_request: Request, error: InvalidUsername) -> JSONResponse:
        return _answer(422, _field("username", str(error)))

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        statuses: Mapping[type[Refused], int] = {NotFound: 404, Conflict: 409}
        return _answer(statuses.get(type(error), 400), error.message, code=error.code)

    @app.exception_handler(TooMany)
    async def too_many(_request: Request, error: TooMany) -> JSONResponse:
        return _answer(429, error.message, code=error.code, headers={"retry-after": str(error.retry_after_s)})

    @app.exception_handler(UsernameTaken)
    async def taken(_request: Request, _error: UsernameTaken) -> JSONResponse:
        return _answer(409, "this username is taken", code="username-taken")

    @app.exception_handler(WrongCredentials)
    async def wrong_credentials(_request: Request, _error: WrongCredentials) -> JSONResponse:
        return _answer(401, "wrong username or password", code="wrong-credentials")

    @app.exception_handler(Unauthorized)
    async def unauthorized(_request: Request, error: Unauthorized) -> JSONResponse:
        challenge = {"www-authenticate": 'Bearer error="invalid_token"'}
        return _answer(401, error.reason, code="unauthorized", headers=challenge)

    @app.exception_handler(TooManyFailures)
    async def too_many_failures(_request: Request, error: TooManyFailures) -> JSONResponse:
        return _answer(429, str(error), code="too-many-failures", headers={"retry-after": str(error.retry_after_s)})

    @app.exception_handler(HTTPException)
    async def http_error(_request: Request, error: HTTPException) -> JSONResponse:
        """Errors of the framework itself: no such route, wrong method, body too large."""
        detail = error.detail or HTTPStatus(error.status_code).phrase
        return _answer(error.status_code, detail, headers=error.headers)

    @app.exception_handler(PyMongoError)
    async def no_database(_request: Request, error: PyMongoError) -> JSONResponse:
        _log.warning("the database did not answer", reason=repr(error))
        return _unavailable("the database does not answer at the moment; try again soon")

    @app.exception_handler(StageError)
    async def no_store(_request: Request, error: StageError) -> JSONResponse:
        _log.warning("the object store did not answer", reason=error.message)
        return _unavailable("the object store does not answer at the moment; try again soon")


def _answer(
    status: int, detail: Any, *, code: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = {"detail": detail} if code is None else {"detail": detail, "code": code}
    return JSONResponse(body, status_code=status, headers=headers)


def _unavailable(detail: str) -> JSONResponse:
    return _answer(503, detail, code="unavailable", headers={"retry-after": "5"})


def _field(name: str, message: str) -> list[dict[str, Any]]:
    return [{"loc": ["body", *name.split(".")], "msg": message, "type": "value_error"}]


def _printable(part: Any) -> Any:
    """A place in the request, which may be a key that the client made up."""
    return part if isinstance(part, int) else str(part).encode("utf-8", "replace").decode()[:100]
