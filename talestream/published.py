"""What one process has published of the tasks' outboxes and is not marked in them yet."""

from collections.abc import Mapping

from schemas import OutboxEntry, Task
from talestream.task_documents import Document


class Published:
    """Entries that went out, by task and key, each as it is to be marked: it names the broker that has it."""

    def __init__(self) -> None:
        self._entries: dict[int, Mapping[str, OutboxEntry]] = {}

    def note(self, task_id: int, entries: Mapping[str, OutboxEntry]) -> None:
        """These went out."""
        self._entries[task_id] = {**self._entries.get(task_id, {}), **entries}

    def of(self, task_id: int) -> Mapping[str, OutboxEntry]:
        """What waits to be marked in a task."""
        return self._entries.get(task_id, {})

    def take(self, task_id: int) -> Mapping[str, OutboxEntry]:
        """The same, which somebody marks now."""
        return self._entries.pop(task_id, {})

    def put_back(self, task_id: int, entries: Mapping[str, OutboxEntry]) -> None:
        """It was not marked after all. What went out since counts more."""
        if entries:
            self._entries[task_id] = {**entries, **self._entries.get(task_id, {})}

    def forget_marked(self, task_id: int, seen: Mapping[str, OutboxEntry], outbox: Mapping[str, Document]) -> None:
        """Forget what others have marked, of what had gone out when the outbox was as it lies in its document here."""
        left = {
            key: entry
            for key, entry in self.of(task_id).items()
            if seen.get(key) is not entry or _is_unmarked(entry, outbox.get(key, {}))
        }
        self._entries.pop(task_id, None)
        self.put_back(task_id, left)


def is_request(key: str) -> bool:
    """Whether an outbox key is that of a request, which stays until its unit has an outcome."""
    return key.startswith("request-")


def marked(task: Task, published: Mapping[str, OutboxEntry]) -> Task:
    """The task with these entries marked. One that a rule has replaced meanwhile is left as it is."""
    outbox = dict(task.outbox)
    for key, entry in published.items():
        if key not in outbox or outbox[key].id != entry.id:
            continue
        if is_request(key):
            outbox[key] = outbox[key].model_copy(update={"published_in": entry.published_in})
        else:
            del outbox[key]
    return task if outbox == task.outbox else task.model_copy(update={"outbox": outbox})


def _is_unmarked(sent: OutboxEntry, stored: Document) -> bool:
    """Whether an entry that went out still lies in its outbox as one that did not."""
    return stored.get("id") == sent.id and stored.get("published_in") != sent.published_in
