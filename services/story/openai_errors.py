"""What the refusals of an OpenAI-compatible server mean: wait, other words, or a person."""

import httpx

from talestream.errors import StageError, UserMustAct
from talestream.http_answers import MOST_WORDS

_SETTING = "TALESTREAM_STORY_MODEL__OPENAI__"
_UNPAID = ("insufficient_quota", "billing", "arrearage", "balance", "credit")
_MODERATION = ("content_filter", "content_policy", "data_inspection_failed", "inappropriate", "moderation")
SOON = frozenset({408, 409, 425})
"""Statuses of a call that may be made again as it is."""
DOWN = frozenset({502, 503, 504})


class ContentRefused(StageError):
    """The server does not write of this. No other is asked: what is not allowed is not shopped for."""

    def __init__(self, model: str, said: str) -> None:
        super().__init__("content-refused", f"{model} refuses the content: {said[:MOST_WORDS]}")


def refusal(status: int, said: str, model: str, retry_after_s: float | None) -> StageError:
    """The error of an answer with this HTTP status, and these words, that is no success."""
    lower = said.lower()
    is_unpaid = status == 402 or (status in {400, 429} and any(word in lower for word in _UNPAID))
    if status == 429 and not is_unpaid:
        text = f"the server of {model} takes no more calls at the moment: {said}"
        return StageError("service-busy", text, retryable=True, defer_s=retry_after_s)
    if status >= 500 or status in SOON:
        code = "service-down" if status in DOWN else "service-failed"
        text = f"the server of {model} is out of order ({status}): {said}"
        return StageError(code, text, retryable=True, defer_s=retry_after_s)
    if status == 400 and any(word in lower for word in _MODERATION):
        return ContentRefused(model, said)
    code, what, remedy = _for_a_person(status, is_unpaid=is_unpaid)
    return UserMustAct(code, f"the server of {model} {what} ({status}): {said}", remedy)


def _for_a_person(status: int, *, is_unpaid: bool) -> tuple[str, str, str]:
    """Code, what the server does, and the remedy, of a refusal that stays."""
    if is_unpaid:
        return "service-unpaid", "wants to be paid first", "add credit to the account"
    if status in {401, 403}:
        return "service-key-refused", "does not accept the key", f"set a key that is good as {_SETTING}API_KEY"
    if status == 404:
        remedy = f"check {_SETTING}MODEL and {_SETTING}BASE_URL, which mostly ends with /v1"
        return "service-unknown-model", "does not know it, or has no chat completions at this address", remedy
    remedy = f"change what it names: TALESTREAM_STORY_MODEL__MAX_TOKENS, {_SETTING}RESPONSE_FORMAT or {_SETTING}EXTRA"
    return "service-refused", "refuses the call", remedy


def unreachable(url: str, error: Exception) -> StageError:
    """The error of a server that was not reached, fell silent, or answered something else."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return StageError("service-down", f"{url} cannot be reached: {error!r}", retryable=True)
    return StageError("service-silent", f"{url} did not answer as it should: {error!r}", retryable=True)


def broken_off(model: str) -> StageError:
    """The error of an answer that ended in the middle."""
    return StageError("service-silent", f"the server of {model} has broken off its answer", retryable=True)


def not_understood(data: str) -> StageError:
    """The error of an answer that is no chat completion."""
    return StageError("service-failed", f"the server answered no chat completion: {data[:200]!r}", retryable=True)
