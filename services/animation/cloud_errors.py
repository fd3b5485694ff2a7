"""What a service's refusals mean for whoever ordered: wait, another service, other content, or a person."""

import httpx

from talestream.errors import StageError, UserMustAct
from talestream.http_answers import MOST_WORDS, retry_after_s, words

_MODERATION = ("content_policy", "content_checker", "moderation", "safety")


class Refused(StageError):
    """The service refused a call. ``status`` is its HTTP status."""

    def __init__(
        self, code: str, message: str, *, status: int, retryable: bool = False, defer_s: float | None = None
    ) -> None:
        super().__init__(code, message, retryable=retryable, defer_s=defer_s)
        self.status = status


class Silent(StageError):
    """The service was reached and did not answer. After an order it is not known whether it took it."""

    def __init__(self, service: str, reason: str, *, may_have_acted: bool) -> None:
        said = "; it may have taken the order" if may_have_acted else ""
        code = "service-silent" if may_have_acted else "service-down"
        super().__init__(code, f"{service} did not answer: {reason}{said}", retryable=True)


class ContentRefused(StageError):
    """The service does not make this of this content. No other is asked: what is not allowed is not shopped for."""

    def __init__(self, service: str, words: str) -> None:
        super().__init__("content-refused", f"{service} refuses the content: {words[:MOST_WORDS]}")


def refusal(service: str, response: httpx.Response) -> StageError:
    """The error of an answer that is no success."""
    status, said = response.status_code, words(response)
    lower = said.lower()
    if status in {401, 403}:
        return UserMustAct(
            "service-key-refused",
            f"{service} does not accept the key ({status}): {said}",
            f"set a key that is good as TALESTREAM_CLOUD_VIDEO__{service.upper()}__API_KEY",
        )
    if status == 402 or (status < 500 and status != 429 and ("credit" in lower or "balance" in lower)):
        return UserMustAct(
            "service-unpaid",
            f"{service} wants to be paid first ({status}): {said}",
            f"add credit to the {service} account",
        )
    if status == 429:
        text = f"{service} takes no more calls at the moment: {said}"
        return Refused("service-busy", text, status=status, retryable=True, defer_s=retry_after_s(response))
    if status >= 500 or status == 408:
        code = "service-down" if status in {502, 503, 504} else "service-failed"
        text = f"{service} is out of order ({status}): {said}"
        return Refused(code, text, status=status, retryable=True, defer_s=retry_after_s(response))
    if any(word in lower for word in _MODERATION):
        return ContentRefused(service, said)
    return Refused("service-refused", f"{service} refuses the call ({status}): {said}", status=status)
