"""What can go wrong in a stage, and what may be done about it."""

from schemas import Problem


class StageError(Exception):
    """A stage could not do its work.

    ``code`` is stable and machine-readable; ``message`` says what happened and what to do. A retryable error is tried
    again, after ``defer_s`` seconds where the cause names a time, else after the default back-off.
    """

    def __init__(self, code: str, message: str, *, retryable: bool = False, defer_s: float | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable
        self.defer_s = defer_s

    @property
    def problem(self) -> Problem:
        """This error as it is stored and shown."""
        return Problem(code=self.code, message=self.message[:2000], is_retryable=self.retryable)


class BadInput(StageError):
    """The request itself cannot be carried out; trying again does not help."""

    def __init__(self, message: str) -> None:
        super().__init__("bad-input", message)


class ProviderUnavailable(StageError):
    """No provider of that name can run here; the message says why and what to install or set."""

    def __init__(self, message: str) -> None:
        super().__init__("provider-unavailable", message)


class Cancelled(Exception):
    """Raised inside blocking work, at its next step, when its unit was cancelled."""
