"""Cancelling work that runs in a thread: the work asks between its steps."""

import threading
from contextvars import ContextVar

from talestream.errors import Cancelled

_current: ContextVar[threading.Event | None] = ContextVar("talestream_cancelled", default=None)


def bind(cancelled: threading.Event) -> None:
    """Make ``cancelled`` the event that this context's blocking work asks."""
    _current.set(cancelled)


def bound() -> threading.Event | None:
    """The event that this context's blocking work asks, for another thread that works for it. None outside a unit."""
    return _current.get()


def is_cancelled() -> bool:
    """Whether the unit that this thread works for was cancelled. False outside a unit."""
    event = _current.get()
    return event is not None and event.is_set()


def check_cancelled() -> None:
    """Raise :class:`~talestream.errors.Cancelled` if this unit was cancelled. Blocking work calls it at each step."""
    if is_cancelled():
        raise Cancelled
