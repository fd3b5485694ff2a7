"""What services say in answers that are no success: how long to wait, and what is wrong."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

MOST_WORDS = 500
"""Characters of a service's own words that are passed on."""


def retry_after_s(response: httpx.Response, now: datetime | None = None) -> float | None:
    """The wait that ``Retry-After`` names, in seconds or as a date (RFC 9110, 10.2.3); None when there is none."""
    value = response.headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until.replace(tzinfo=until.tzinfo or UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())


def words(response: httpx.Response) -> str:
    """What a service says is wrong: the ``error`` or ``detail`` of its JSON, else its text; a few lines at most."""
    try:
        body: Any = response.json()
    except ValueError:
        return response.text[:MOST_WORDS] or response.reason_phrase
    found = body.get("error") or body.get("detail") or body if isinstance(body, dict) else body
    return (found if isinstance(found, str) else str(found))[:MOST_WORDS]
