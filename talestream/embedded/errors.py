"""What can keep the embedded stack from running, always with what to do about it."""


class StackError(Exception):
    """Something on this machine is missing or in the way; ``remedy`` says what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
