"""What the routes of every dialect are given: the opened services, and who is asking."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.api.domain import Productions
from services.api.eta import StageStatistics
from talestream.auth import Accounts, InvalidToken, Principal
from talestream.blobs import Blobs


@dataclass(frozen=True)
class Services:
    """What the routes work with, opened once a process."""

    productions: Productions
    accounts: Accounts
    statistics: StageStatistics
    blobs: Blobs


class Unauthorized(Exception):
    """The call needs a token and shows none that is good."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def services_of(request: Request) -> Services:
    """The services of the application that serves this request."""
    found: Services = request.app.state.services
    return found


_bearer = HTTPBearer(auto_error=False, description="The access_token of /api/login or /api/refresh")


async def principal_of(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    services: Annotated[Services, Depends(services_of)],
) -> Principal:
    """Who is asking, by the bearer token. Unauthorized says what is wrong with it. Reads no database."""
    if credentials is None:
        raise Unauthorized("this call needs a header 'Authorization: Bearer <access_token>'")
    try:
        return Principal.of_user(services.accounts.verify(credentials.credentials))
    except InvalidToken as error:
        raise Unauthorized(error.reason) from error


Serving = Annotated[Services, Depends(services_of)]
Caller = Annotated[Principal, Depends(principal_of)]
