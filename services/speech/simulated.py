"""The simulated narrator: a quiet tone as long as somebody in a hurry would speak, with the time of every word."""

import re
from collections.abc import Iterator

import numpy as np

from schemas import Language, SpeechRequested, Word
from services.speech.recording import Speech
from talestream.inputs import inputs_hash
from talestream.simulation import NAME, STAND_IN, Simulation

SAMPLE_RATE_HZ = 8000
LEAD_S, TRAIL_S = 0.05, 0.1
"""Silent, before the first word and behind the last."""
WORD_S = 0.12
"""Length of a word, or of a Chinese character: short, so that films of a test are."""
_LOUDNESS = 0.05
_WORD = re.compile(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+")


class SimulatedNarrator:
    """Hums a page at a pitch of its own. Knows every voice by the name that it is asked for."""

    name = NAME
    degraded = STAND_IN

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def voice_for(self, voice: str | None, language: Language) -> str:
        """See :class:`services.speech.providers.Narrator`."""
        return voice or f"{NAME}-{language}"

    def speak_page(self, request: SpeechRequested, voice: str) -> Iterator[Speech]:
        """See :class:`services.speech.providers.Narrator`."""
        self._simulation.work()
        pitch_hz = 150 + int(inputs_hash(request)[:4], 16) % 200
        for text in request.segments:
            yield _hummed(text, request.speed, pitch_hz)


def _hummed(text: str, speed: float, pitch_hz: int) -> Speech:
    said = _WORD.findall(text) or [""]
    length_s = WORD_S / speed
    words = tuple(
        Word(
            text=word,
            start_s=round(LEAD_S + place * length_s, 4),
            end_s=round(LEAD_S + (place + 1) * length_s, 4),
        )
        for place, word in enumerate(said)
    )
    heard = np.arange(round(len(said) * length_s * SAMPLE_RATE_HZ))
    tone = _LOUDNESS * np.sin(2 * np.pi * pitch_hz / SAMPLE_RATE_HZ * heard)
    silences = (round(LEAD_S * SAMPLE_RATE_HZ), round(TRAIL_S * SAMPLE_RATE_HZ))
    return Speech(np.pad(tone.astype(np.float32), silences), words, NAME, SAMPLE_RATE_HZ)


def simulated() -> SimulatedNarrator:
    """The provider ``simulated`` of the speech stage."""
    return SimulatedNarrator(Simulation.configured("speech"))
