"""Callbacks of providers: a service that ends a job calls an address that was given with it.

Nothing that a callback says is believed. It only lets whoever waits for the job ask at once, and so can neither finish
nor fail anything; a callback that is lost costs the time until the next poll. Its address names the unit, and carries a
proof that only we can make, in the query, which is never logged.
"""

import hashlib
import hmac

from pydantic import SecretStr

from schemas import Request, unit_key

PATH = "/api/jobs/{task_id}/{stage}/{unit}"
"""Of the API's route, under which services call back."""


def callback_url(base_url: str, secret: SecretStr, request: Request) -> str:
    """The address for the job of this request's unit."""
    unit = unit_key(getattr(request, "page", None))
    path = PATH.format(task_id=request.task_id, stage=request.stage, unit=unit)
    return f"{base_url.rstrip('/')}{path}?proof={proof(secret, request.task_id, request.stage, unit)}"


def proof(secret: SecretStr, task_id: int, stage: str, unit: str) -> str:
    """What shows that we gave this address away: HMAC-SHA-256 of the unit, in hexadecimal."""
    message = f"job-callback/{task_id}/{stage}/{unit}".encode()
    return hmac.new(secret.get_secret_value().encode(), message, hashlib.sha256).hexdigest()


def is_proven(given: str, secret: SecretStr, task_id: int, stage: str, unit: str) -> bool:
    """Whether a callback's proof is good. Takes the same time for every wrong one."""
    return hmac.compare_digest(given.encode(), proof(secret, task_id, stage, unit).encode())
