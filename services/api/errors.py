"""Why the domain refuses. A dialect says it in its own words; ``message`` is written for the caller."""


class Refused(Exception):
    """The call cannot be carried out. ``code`` is stable and machine-readable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class NotFound(Refused):
    """There is no such thing, or not for this caller: nobody is told which."""


class Conflict(Refused):
    """The thing is in a state that does not permit this."""


class TooMany(Refused):
    """The caller has had their share for now. ``retry_after_s``: when it makes sense to ask again."""

    def __init__(self, code: str, message: str, *, retry_after_s: int) -> None:
        super().__init__(code, message)
        self.retry_after_s = retry_after_s


class Invalid(Refused):
    """A field says something that cannot be. ``field`` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__("invalid-field", message)
        self.field = field
