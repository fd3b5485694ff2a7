"""What a client is told of an item of its stream: the same object by WebSocket, by SSE and by Redis."""

from services.notifier.subscription import Item, Progress
from talestream.log_reading import Interruption
from talestream.notifications import (
    Notification,
    interruption_notification,
    live_notification,
    notification,
    snapshot_notification,
)
from talestream.snapshot import Snapshot
from talestream.telemetry import logger

_log = logger(__name__)


def told(item: Item, *, with_detail: bool) -> Notification | None:
    """The object for ``item``; None when a client that asked for this much detail is told nothing of it.

    An event that a later version of Talestream has logged is stepped over, so that it does not end every stream.
    """
    if isinstance(item, Progress):
        return live_notification(item.event, item.time) if with_detail else None
    if isinstance(item, Interruption):
        return interruption_notification(item)
    if isinstance(item, Snapshot):
        return snapshot_notification(item)
    try:
        return notification(item, detail=with_detail)
    except (LookupError, ValueError) as error:
        _log.warning("an event that cannot be read is left out", event_id=item.id, type=item.type, reason=repr(error))
        return None
