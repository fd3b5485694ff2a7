"""The story stage run by hand, with one writer, as a worker runs it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schemas import Script, StoryRequested
from services.story.providers import StoryWriter
from services.story.stage import write
from talestream.stage import StageContext
from tests.folder_store import FolderStore


class StoryDesk:
    """Has stories written, and keeps what was told meanwhile."""

    def __init__(self, folder: Path, writer: Callable[[], StoryWriter]) -> None:
        self.store = FolderStore(folder / "store")
        self.folder = folder
        self.writer = writer
        """Makes the provider, once an order."""
        self.progress: list[tuple[float, str]] = []
        self.on_progress: Callable[[str], None] = lambda _note: None
        self.cancelled = threading.Event()
        self.kept: list[str] = []
        """What the last order has stored."""

    def get(self, _stage: str, _name: str | None) -> Any:
        """The provider: this is also the source of providers."""
        return self.writer()

    async def write(self, **fields: Any) -> Script:
        """The script of an order."""
        usual = {"task_id": 7, "topic": "a fox who wants to touch the moon", "page_count": 4, "seed": 5}
        request = StoryRequested.model_validate(usual | fields)
        ctx = StageContext(request, self.store, self, self.folder, cancelled=self.cancelled)
        ctx.on_progress = self._note
        try:
            return (await write(request, ctx)).script
        finally:
            self.kept = [one.uri for one in ctx.artifacts]

    def _note(self, fraction: float, note: str) -> None:
        self.progress.append((fraction, note))
        self.on_progress(note)
