"""What the routes of every dialect are given: the opened services, who is asking, and how often its work is done."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from services.api.domain import Productions
from services.api.edits import Edits
from services.api.eta import StageStatistics
from services.api.idempotency import IdempotencyKeys, M, Reserved, fingerprint_of
from services.api.quotas import RequestQuota
from talestream.auth import Accounts, InvalidToken, Principal
from talestream.blobs import Blobs
from talestream.provider_states import ProviderStates


@dataclass(frozen=True)
class Services:
    """What the routes work with, opened once a process."""

    productions: Productions
    accounts: Accounts
    edits: Edits
    statistics: StageStatistics
    blobs: Blobs
    idempotency: IdempotencyKeys
    quota: RequestQuota
    provider_states: ProviderStates


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
    """Who is asking, by the bearer token, and one call of their quota. Unauthorized says what is wrong with the token;
    TooMany when the quota is used up. Reads no database.
    """
    if credentials is None:
        raise Unauthorized("this call needs a header 'Authorization: Bearer <access_token>'")
    try:
        principal = Principal.of_user(services.accounts.verify(credentials.credentials))
    except InvalidToken as error:
        raise Unauthorized(error.reason) from error
    await services.quota.take(principal.owner)
    return principal


Serving = Annotated[Services, Depends(services_of)]
Caller = Annotated[Principal, Depends(principal_of)]


@dataclass(frozen=True)
class Once:
    """What a route does its work through: once for each ``Idempotency-Key`` of its caller, each time without one."""

    keys: IdempotencyKeys
    key: str | None
    fingerprint: str

    async def __call__(self, caller: Principal, kind: type[M], work: Callable[[Reserved], Awaitable[M]]) -> M:
        """The answer, of type ``kind``, of ``work``. Conflict when the key came with another request."""
        if self.key is None:
            return await work(Reserved.fresh())
        return await self.keys.once(caller.owner, self.key, self.fingerprint, kind, work)


async def once_of(
    request: Request,
    services: Serving,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern=r"^[\x21-\x7e]{1,255}$",
            description="1 to 255 visible ASCII characters, best a random UUID. The same request sent again under the "
            "same key within a day is answered as the first time and starts nothing; another request under the same "
            "key is 409. A refused request does not use its key up",
        ),
    ] = None,
) -> Once:
    """The work of this request."""
    fingerprint = "" if idempotency_key is None else await fingerprint_of(request)
    return Once(services.idempotency, idempotency_key, fingerprint)


Doing = Annotated[Once, Depends(once_of)]
