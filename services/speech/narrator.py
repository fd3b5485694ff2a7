"""The narrator that comes with Talestream: readers for English and Chinese before two neural engines."""

from collections.abc import Iterator
from dataclasses import replace

from schemas import Language, SpeechRequested
from services.speech.characters import is_han
from services.speech.chinese import Chinese
from services.speech.english import English
from services.speech.hibari_engine import HibariEngine
from services.speech.kokoro_engine import KokoroEngine
from services.speech.model_files import MODEL
from services.speech.phrase import Phrase
from services.speech.recording import Speech, join
from services.speech.sound import Engine, Sound
from services.speech.voices import HEART_TEACHER, VOICES, Voice, voice_named
from talestream.assets import asset, assets_folder
from talestream.cancellation import check_cancelled

RELEASES = {"hibari": ("hibari-tts", "0.2.1"), "kokoro": ("Kokoro-82M", "v1.0 int8")}
"""The networks of the engines, and which version each is."""


class EmbeddedNarrator:
    """Speaks English with hibari and everything else with Kokoro. Nothing is loaded before it is needed.

    hibari knows no Chinese sounds, so its voice says a segment with Chinese in it through its teacher, Kokoro's
    ``af_heart``, which sounds the same.
    """

    name = "embedded"

    def __init__(self) -> None:
        self._chinese = Chinese(
            read_latin=lambda text: self._english.syllables(text),  # noqa: PLW0108 - each reader needs the other
            cache=assets_folder() / "jieba",
        )
        self._english = English(self._chinese.phonemes)
        self._british = English(self._chinese.phonemes, is_british=True)
        self._hibari = HibariEngine()
        self._kokoro = KokoroEngine(
            model=lambda: asset(str(MODEL)), style=lambda voice: asset(f"kokoro/voices/{voice}.bin")
        )

    def voice_for(self, voice: str | None, language: Language) -> str:
        """See :class:`services.speech.providers.Narrator`."""
        return voice_named(voice, language).name

    def speak_page(self, request: SpeechRequested, voice: str) -> Iterator[Speech]:
        """See :class:`services.speech.providers.Narrator`."""
        for text in request.segments:
            yield self.speak(text, language=request.language, voice=voice, speed=request.speed, seed=request.seed)

    def speak(self, text: str, *, language: Language, voice: str, speed: float, seed: int) -> Speech:
        """Say one segment. Asks ``check_cancelled()`` at each phrase."""
        speaker = voice_named(voice, language)
        if speaker.engine == "hibari" and (language == "zh" or any(map(is_han, text))):
            speaker = VOICES[HEART_TEACHER]
        engine: Engine = self._hibari if speaker.engine == "hibari" else self._kokoro
        model, revision = RELEASES[speaker.engine]
        spoken = self._spoken(self._phrases(text, language, speaker), engine, speaker, speed, seed)
        return replace(join(spoken, f"{model} {revision}, {speaker.name}", speed), revision=revision)

    def warm_up(self) -> None:
        """Load what English needs; Chinese is loaded by the first order that asks for it."""
        self.speak("Once upon a time.", language="en", voice="heart", speed=1.0, seed=0)

    def _phrases(self, text: str, language: Language, speaker: Voice) -> Iterator[Phrase]:
        if language == "zh":
            return self._chinese.phrases(text)
        return (self._british if speaker.is_british else self._english).phrases(text)

    @staticmethod
    def _spoken(
        phrases: Iterator[Phrase], engine: Engine, speaker: Voice, speed: float, seed: int
    ) -> Iterator[tuple[Phrase, Sound | None]]:
        for phrase in phrases:
            check_cancelled()
            if phrase.is_audible:
                yield phrase, engine.synthesize(phrase.phonemes, speaker.name, speed, seed)
            else:
                yield phrase, None
