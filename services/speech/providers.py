"""Who can speak: the protocol of the stage's providers, and the one that comes with Talestream."""

from collections.abc import Iterator
from functools import cache
from typing import Protocol

from schemas import Language, SpeechRequested
from services.speech.narrator import EmbeddedNarrator
from services.speech.recording import Speech
from talestream.needs import need


class Narrator(Protocol):
    """Speaks pages. Blocking: the stage calls both in a thread, several at once."""

    name: str

    def voice_for(self, voice: str | None, language: Language) -> str:
        """The voice that will speak: the named one, or the narrator of the language. BadInput for an unknown one."""
        ...

    def speak_page(self, request: SpeechRequested, voice: str) -> Iterator[Speech]:
        """Say the segments one by one; one that cannot be said is a short pause. Calls ``check_cancelled()`` often."""
        ...


@cache
def embedded() -> EmbeddedNarrator:
    """Neural voices on the CPU for English and Chinese: hibari and Kokoro. One a process."""
    need("embedded", "anyascii", "cn2an", "hibari", "jieba", "misaki", "onnxruntime")
    return EmbeddedNarrator()
