"""Who can cut narration into segments."""

from collections.abc import Iterator
from typing import Protocol

from schemas import SplitRequested
from services.split.splitter import SentenceSplitter


class Splitter(Protocol):
    """Cuts the pages of a script into segments that are spoken and captioned as one."""

    name: str

    def split_script(self, request: SplitRequested) -> Iterator[tuple[str, ...]]:
        """The segments of every page in order; joined, they are the page's narration but for white space.

        ``request.max_words`` bounds a segment of words, ``request.max_characters`` one of Chinese characters. Blocking;
        calls ``check_cancelled()`` at each step.
        """
        ...


def embedded() -> Splitter:
    """The splitter that comes with Talestream."""
    return SentenceSplitter()
