"""Who can speak: the protocol of the stage's providers, and the one that comes with Talestream."""

from functools import cache
from typing import Protocol

from schemas import Language
from services.speech.narrator import EmbeddedNarrator
from services.speech.recording import Speech


class Narrator(Protocol):
    """Speaks segments. Blocking: the stage calls it in a thread, several at once."""

    name: str

    def voice_for(self, voice: str | None, language: Language) -> str:
        """The voice that will speak: the named one, or the narrator of the language. BadInput for an unknown one."""
        ...

    def speak(self, text: str, *, language: Language, voice: str, speed: float, seed: int) -> Speech:
        """Say one segment; one that cannot be said is a short pause. Calls ``check_cancelled()`` at each phrase."""
        ...


@cache
def embedded() -> EmbeddedNarrator:
    """Neural voices on the CPU for English and Chinese: hibari and Kokoro. One a process."""
    return EmbeddedNarrator()
