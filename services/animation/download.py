"""Bringing what a service made: a file of limited size and known kind, from wherever its address leads."""

from pathlib import Path

import httpx

from talestream.cancellation import check_cancelled
from talestream.errors import StageError

CHUNK_BYTES = 1 << 18
MOST_REDIRECTS = 3
KINDS = frozenset({"video/mp4", "application/octet-stream", "binary/octet-stream"})
"""Content types under which stores serve an MP4."""


class OutputGone(StageError):
    """The address leads nowhere any more."""

    def __init__(self, service: str, status: int) -> None:
        super().__init__(
            "output-gone", f"what {service} made is not where it was any more (HTTP {status})", retryable=True
        )


def download(
    url: str, target: Path, *, service: str, most_bytes: int, call_s: float, is_https_only: bool = True
) -> None:
    """Write what lies at ``url`` to ``target``. No key is sent: the address is another host's.

    OutputGone when there is nothing; StageError ``bad-output`` when it is no video or too large, ``service-down`` when
    it does not come, which another try may change.
    """
    try:
        with httpx.Client(timeout=call_s, follow_redirects=True, max_redirects=MOST_REDIRECTS) as http:
            http.event_hooks["request"] = [lambda request: _check_scheme(request, service, is_https_only=is_https_only)]
            with http.stream("GET", url) as response:
                _check(response, service, most_bytes)
                _write(response, target, service, most_bytes)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise StageError("service-down", f"what {service} made does not come: {error!r}", retryable=True) from error


def _check_scheme(request: httpx.Request, service: str, *, is_https_only: bool) -> None:
    """Also of each redirect."""
    if is_https_only and request.url.scheme != "https":
        raise _bad(service, f"its address is not https but {request.url.scheme}")


def _check(response: httpx.Response, service: str, most_bytes: int) -> None:
    if response.status_code in {401, 403, 404, 410}:
        raise OutputGone(service, response.status_code)
    response.raise_for_status()
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in KINDS:
        raise _bad(service, f"it is {kind or 'of no kind'} and no video/mp4")
    announced = response.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise _bad(service, f"it has {announced} bytes, more than {most_bytes}")


def _write(response: httpx.Response, target: Path, service: str, most_bytes: int) -> None:
    written = 0
    with target.open("wb") as file:
        for chunk in response.iter_bytes(CHUNK_BYTES):
            check_cancelled()
            written += len(chunk)
            if written > most_bytes:
                raise _bad(service, f"it has more than {most_bytes} bytes")
            file.write(chunk)


def _bad(service: str, reason: str) -> StageError:
    return StageError("bad-output", f"what {service} made cannot be used: {reason}", retryable=True)
