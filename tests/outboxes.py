"""Entries of outboxes, for tests."""

from collections.abc import Mapping

from schemas import OutboxEntry


def sent(entries: Mapping[str, OutboxEntry], incarnation: str) -> dict[str, OutboxEntry]:
    """The entries as this broker has them."""
    return {key: entry.model_copy(update={"published_in": incarnation}) for key, entry in entries.items()}
