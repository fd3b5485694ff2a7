"""Messages that could not be handled: the records of ``talestream.dead-letters.v1``."""

from pydantic import Field

from schemas.base import Record, UtcTime

DEAD_LETTERS_TOPIC = "talestream.dead-letters.v1"


class DeadLetter(Record):
    """Why a message was set aside, with its original bytes.

    On the topic the value and the key are the original bytes, the original headers are kept, and these fields travel as
    headers named ``dl_<field>``.
    """

    id: str = Field(description="<topic>/<partition>/<offset>/<incarnation of the broker>")
    topic: str
    partition: int
    offset: int
    reason: str
    attempts: int = Field(ge=1)
    failed_at: UtcTime
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
