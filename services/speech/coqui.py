"""The narrator ``coqui``: VITS and XTTS models of Coqui's library, which speak characters in voices of their own."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import structlog

from schemas import Language, SpeechRequested
from services.speech import coqui_files, coqui_model
from services.speech.casting import cast
from services.speech.characters import speakable
from services.speech.coqui_model import CoquiModel, Utterance
from services.speech.dialogue import parts_of
from services.speech.phrase import Phrase
from services.speech.providers import embedded
from services.speech.recording import Speech, join
from services.speech.sound import Sound
from services.speech.word_times import by_letters, by_reference
from services.speech.written import Span, is_said, phrase_of, sentences, starts_of, words
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput, ProviderUnavailable, UserMustAct
from talestream.model_device import device_named, seeded, weights_bytes
from talestream.model_manager import ModelKey, Models, models
from talestream.model_settings import ModelSettings, SpeechModelSettings
from talestream.needs import need
from talestream.running_unit import this_unit
from talestream.settings import settings

_log = structlog.get_logger(__name__)
STAGE = "speech"
DEFAULT_MODEL = "tts_models/multilingual/multi-dataset/xtts_v2"


class _Line(NamedTuple):
    """A sentence, and the voice that says it."""

    text: str
    voice: str


class _Spoken(NamedTuple):
    """A sentence with its sound, None when it has none, and how its words were timed."""

    phrase: Phrase
    sound: Sound | None
    timed_by: str | None


class CoquiNarrator:
    """Speaks by one model, which is loaded by the first order, and one sentence at a time."""

    name = "coqui"

    def __init__(self, own: SpeechModelSettings, shared: ModelSettings, held: Models) -> None:
        self._settings = own
        self._shared = shared
        self._models = held
        self._one_call = Lock()
        """A model is not for two threads at once, however many calls a device takes."""

    def voice_for(self, voice: str | None, language: Language) -> str:
        """See :class:`services.speech.providers.Narrator`. The model's own voices, and those of recordings."""
        with self.loaded() as model:
            self._language(model, language)
            chosen = voice or self._settings.speaker or model.voices[0]
            if chosen not in model.voices:
                raise BadInput(f"there is no voice {chosen!r}; known voices are {', '.join(model.voices)}")
            return chosen

    def speak_page(self, request: SpeechRequested, voice: str) -> Iterator[Speech]:
        """See :class:`services.speech.providers.Narrator`. A step is a sentence, or less where the model has steps."""
        page = self._lines(request, voice)
        count, said = sum(map(len, page)), 0
        for lines in page:
            spoken = []
            for line in lines:
                check_cancelled()
                spoken.append(self._say(line, request))
                said += 1
                _tell(said, count)
            yield self._joined(spoken, lines, request, voice)

    def warm_up(self) -> None:
        """Load the model."""
        with self.loaded():
            pass

    def loaded(self) -> AbstractContextManager[CoquiModel]:
        """The model, which stays loaded inside. StageError where it cannot be."""
        return self._models.use(self._key, self._load, bytes_of=lambda model: weights_bytes(model.network))

    @cached_property
    def _key(self) -> ModelKey:
        device = device_named(self._settings.device or self._shared.device)
        name = self._settings.model or DEFAULT_MODEL
        return ModelKey(stage=STAGE, name=name, revision=self._settings.revision, device=device, dtype="float32")

    def _load(self) -> CoquiModel:
        files = coqui_files.find(self._key.name, self._settings.config, self._shared)
        return coqui_model.load(files, self._settings, self._key.device)

    def _lines(self, request: SpeechRequested, voice: str) -> list[list[_Line]]:
        """The sentences of each segment, narration and quotations apart."""
        with self.loaded() as model:
            voices, longest = model.voices, model.longest(self._language(model, request.language))
        for name, chosen in self._settings.voices.items():
            if chosen not in voices:
                raise UserMustAct(
                    "no-voice",
                    f"the voice {chosen!r} of {name!r} is none of the model's: {', '.join(voices)}",
                    "change TALESTREAM_SPEECH_MODEL__VOICES",
                )
        given = cast(request.characters, voices, voice, request.seed, self._settings.voices)
        return [
            [
                _Line(sentence, given.get(part.speaker or "", voice))
                for part in parts
                for sentence in sentences(part.text, request.language, longest)
            ]
            for parts in parts_of(request.segments, request.characters)
        ]

    def _language(self, model: CoquiModel, language: Language) -> str | None:
        return coqui_model.language_of(model, language, self._settings.language)

    def _say(self, line: _Line, request: SpeechRequested) -> _Spoken:
        written = words(line.text, request.language)
        phrase = phrase_of(written)
        if not phrase.is_audible:
            return _Spoken(phrase, None, None)
        said = [word for word in written if is_said(word)]
        with (
            self.loaded() as model,
            self._models.turn(self._key.device),
            self._one_call,
            seeded(f"{request.seed} {line.text}"),
        ):
            utterance = model.say(
                [speakable(word) for word in said],
                speakable(line.text),
                line.voice,
                self._language(model, request.language),
                request.speed,
            )
        if utterance is None or not utterance.samples.any():
            return _Spoken(phrase, None, None)
        spans, timed_by = _timed(said, utterance, model.sample_rate_hz, line.text, request)
        sound = Sound(utterance.samples, starts_of(phrase, spans), model.sample_rate_hz)
        return _Spoken(phrase, sound, timed_by)

    def _joined(
        self, spoken: Sequence[_Spoken], lines: Sequence[_Line], request: SpeechRequested, voice: str
    ) -> Speech:
        with self.loaded() as model:
            rate_hz, language = model.sample_rate_hz, self._language(model, request.language)
        speech = join(((one.phrase, one.sound) for one in spoken), self._key.name, request.speed, rate_hz)
        timed_by = sorted({one.timed_by for one in spoken if one.timed_by})
        others = sorted({line.voice for line in lines} - {voice})
        parameters = {
            "language": language,
            "voice": voice,
            "other_voices": ", ".join(others) or None,
            "speed": request.speed,
            "word_times": " and ".join(timed_by) or None,
        }
        told = {name: value for name, value in parameters.items() if value is not None}
        return replace(speech, revision=self._key.revision, parameters=told)


def _timed(
    said: Sequence[str], utterance: Utterance, rate_hz: int, text: str, request: SpeechRequested
) -> tuple[list[Span], str]:
    """When each word is heard, and how that is known: ``durations``, ``reference`` or ``letters``."""
    if utterance.spans is not None:
        return utterance.spans, "durations"
    reference = _reference(text, request.language)
    if reference is None:
        return by_letters(said, utterance.samples, rate_hz), "letters"
    spans = by_reference(said, utterance.samples, rate_hz, reference.samples, reference.sample_rate_hz, reference.words)
    return spans, "reference"


def _reference(text: str, language: Language) -> Speech | None:
    """The text in an embedded voice, which tells its words' times; None where there is none."""
    try:
        narrator = embedded()
        voice = narrator.voice_for(None, language)
        return narrator.speak(text, language=language, voice=voice, speed=1.0, seed=0)
    except (ImportError, ProviderUnavailable) as error:
        _log.warning("words are timed by their letters: there is no embedded voice", reason=str(error))
        return None


def _tell(said: int, count: int) -> None:
    with suppress(LookupError):  # outside a unit nobody listens
        this_unit().progress(said / count, f"{said} of {count} sentences spoken")


def coqui() -> CoquiNarrator:
    """The provider ``coqui`` of the speech stage."""
    need("ml", "torch", "TTS", "librosa", "soundfile")
    return CoquiNarrator(settings().speech_model, settings().models, models())
