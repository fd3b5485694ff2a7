"""Who can cut narration into segments."""

from typing import Protocol

from schemas import Language
from services.split.splitter import SentenceSplitter


class Splitter(Protocol):
    """Cuts a text into segments that are spoken and captioned as one."""

    def split(self, text: str, language: Language, *, max_words: int, max_characters: int) -> tuple[str, ...]:
        """Segments in order; joined, they are the text but for white space.

        ``max_words`` bounds a segment of words, ``max_characters`` one of Chinese characters.
        """
        ...


def embedded() -> Splitter:
    """The splitter that comes with Talestream."""
    return SentenceSplitter()
