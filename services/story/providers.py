"""Who can write a story."""

from typing import Protocol

from schemas import Script, StoryRequested
from services.story.writer import GrammarWriter


class StoryWriter(Protocol):
    """Turns a prompt into a script."""

    name: str

    def write(self, request: StoryRequested) -> Script:
        """A script of exactly ``request.page_count`` pages. Blocking; calls ``check_cancelled()`` at each step.

        BadInput when the topic says nothing.
        """
        ...


def embedded() -> StoryWriter:
    """The writer that comes with Talestream: a story grammar, without a model."""
    return GrammarWriter()
