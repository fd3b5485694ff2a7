"""What a client is told of an item of its stream: the same object by WebSocket, by SSE and by Redis."""

from services.notifier.subscription import Item, Progress
from talestream.notifications import Notification, live_notification, notification
from talestream.telemetry import logger

_log = logger(__name__)


def told(item: Item, *, with_detail: bool) -> Notification | None:
    """The object for ``item``; None when a client that asked for this much detail is told nothing of it.

    An event that a later version of Talestream has logged is stepped over, so that it does not end every stream.
    """
    if isinstance(item, Progress):
        return live_notification(item.event, item.time) if with_detail else None
    try:
        return notification(item, detail=with_detail)
    except (LookupError, ValueError) as error:
        _log.warning("an event that cannot be read is left out", event_id=item.id, type=item.type, reason=repr(error))
        return None
