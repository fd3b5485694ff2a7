"""Calls to a service that does paid work: what its refusals mean, and which of them are worth another try."""

import random
from collections.abc import Callable
from typing import Any

import httpx

from services.animation.cloud_errors import Silent, refusal
from talestream.cloud_video_settings import CloudVideoSettings
from talestream.errors import StageError
from talestream.running_unit import this_unit

UNTOUCHED = frozenset({"service-busy", "service-down"})
"""Codes of refusals after which the same call may succeed soon, and of which none has done anything."""
WORTH_WAITING = UNTOUCHED | {"service-failed"}
"""The same of calls that change nothing."""
JITTER = 0.5
"""Share by which a wait is longer, at random, so that workers do not come back all at once."""


class CloudCalls:
    """A service's HTTP interface. Blocking, and safe to share between threads; waits only in a unit's own thread."""

    def __init__(self, name: str, base_url: str, headers: dict[str, str], settings: CloudVideoSettings) -> None:
        self.name = name
        self._settings = settings
        self._http = httpx.Client(base_url=base_url, headers=headers, timeout=settings.call_s)

    def order(self, path: str, body: dict[str, Any], params: dict[str, str] | None = None) -> dict[str, Any]:
        """POST what costs money; the JSON answer.

        Made again only where the service refused it, or was not reached: Silent when it may have taken it.
        """
        return self._patiently(lambda: _json(self.name, self._call("POST", path, json=body, params=params)), UNTOUCHED)

    def ask(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """GET something; the JSON answer."""
        return self._patiently(lambda: _json(self.name, self._call("GET", path, params=params)), WORTH_WAITING)

    def tell(self, method: str, path: str, *, unless: frozenset[int]) -> None:
        """Make a call without an answer, once. Statuses in ``unless`` say that there is nothing to do."""
        try:
            self._call(method, path)
        except StageError as error:
            if getattr(error, "status", None) not in unless:
                raise

    def _call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One call. StageError when it is refused, or not answered."""
        try:
            response = self._http.request(method, path, **more)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise StageError("service-down", f"{self.name} cannot be reached: {error!r}", retryable=True) from error
        except httpx.HTTPError as error:
            raise Silent(self.name, repr(error), may_have_acted=method == "POST") from error
        if response.is_error:
            raise refusal(self.name, response)
        return response

    def _patiently(self, call: Callable[[], dict[str, Any]], worth_waiting: frozenset[str]) -> dict[str, Any]:
        configured = self._settings
        for tried in range(1, configured.calls):
            try:
                return call()
            except StageError as error:
                if error.code not in worth_waiting:
                    raise
                wait_s = error.defer_s if error.defer_s is not None else configured.first_retry_s * 2.0 ** (tried - 1)
            this_unit().pause(min(wait_s, configured.longest_retry_s) * (1 + random.uniform(0, JITTER)))
        return call()


def _json(service: str, response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError as error:
        raise StageError(
            "service-failed", f"{service} answered no JSON: {response.text[:200]!r}", retryable=True
        ) from error
    if not isinstance(found, dict):
        raise StageError(
            "service-failed", f"{service} answered no JSON object: {response.text[:200]!r}", retryable=True
        )
    return found
