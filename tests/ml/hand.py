"""A stage run by hand with one provider, and a cancel that comes in the middle of its work."""

import threading
from pathlib import Path
from typing import Any

from schemas import Request
from talestream.stage import StageContext
from tests.folder_store import FolderStore


class Only:
    """The provider of a test, whichever is asked for."""

    def __init__(self, provider: Any) -> None:
        self._provider = provider

    def get(self, stage: str, name: str | None) -> Any:
        """See :class:`talestream.stage.ProviderSource`."""
        return self._provider


class CancelAtStep(threading.Event):
    """The ``number``-th time that the work asks whether it was cancelled, it was. ``asked`` counts all times."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.asked = 0

    def is_set(self) -> bool:
        self.asked += 1
        return self.asked >= self._number


def context(request: Request, folder: Path, provider: Any, cancelled: threading.Event | None = None) -> StageContext:
    """What the attempt of a unit may use; its objects and its work folder lie in ``folder``."""
    workdir = folder / "work"
    workdir.mkdir(exist_ok=True)
    return StageContext(
        request, FolderStore(folder / "store"), Only(provider), workdir, cancelled=cancelled or threading.Event()
    )
