"""What can go wrong in a stage, and what may be done about it."""

from schemas import Problem

WHOEVER_IS_ASKED = frozenset({"bad-input", "content-refused", "picture-refused", "missing-object", "store-refused"})
"""Codes of errors for which no other provider is asked: it would meet them too, and what one does not make of a content
is not shopped for.
"""


class StageError(Exception):
    """A stage could not do its work.

    ``code`` is stable and machine-readable; ``message`` says what happened and what to do. There are three classes:

    - retryable: tried again, after ``defer_s`` seconds where the cause names a time, else after the stage's back-off;
    - permanent: trying again does not help;
    - a person must act (:class:`UserMustAct`): given up at once, and worth a ``retry`` once the remedy is done.
    """

    remedy: str | None = None
    """What a person must do before trying again can help."""

    def __init__(self, code: str, message: str, *, retryable: bool = False, defer_s: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable
        self.defer_s = defer_s

    @property
    def problem(self) -> Problem:
        """This error as it is stored and shown."""
        return Problem(code=self.code, message=self.message[:2000], is_retryable=self.retryable, remedy=self.remedy)


class BadInput(StageError):
    """The request itself cannot be carried out; trying again does not help."""

    def __init__(self, message: str) -> None:
        super().__init__("bad-input", message)


class UserMustAct(StageError):
    """Only a person can put this right: a key is missing or refused, a quota is used up, something is not installed.

    ``remedy`` says what to do, in words for whoever reads the task.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(code, message)
        self.remedy = remedy[:500]


class ProviderUnavailable(UserMustAct):
    """No provider of that name can run here; the message says why."""

    def __init__(
        self, message: str, remedy: str = "install or set what the message names, or choose another provider"
    ) -> None:
        super().__init__("provider-unavailable", message, remedy)


class Cancelled(Exception):
    """Raised inside blocking work, at its next step, when its unit was cancelled."""
