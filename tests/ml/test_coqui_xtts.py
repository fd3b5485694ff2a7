"""The narrator ``coqui`` with an XTTS model, and with models by name."""

import shutil
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from schemas import SpeechRequested
from services.speech.coqui import DEFAULT_MODEL, CoquiNarrator
from services.speech.stage import narrate
from talestream.errors import BadInput, Cancelled, StageError, UserMustAct
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings, SpeechModelSettings
from tests.ml.hand import CancelAtStep, context
from tests.ml.tiny_voices import SPEAKERS, XTTS_RATE_HZ, build_vits, build_xtts

VITS_NAME = "tts_models/en/vctk/vits"
TOKENS = 12


@pytest.fixture(scope="module")
def xtts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_xtts(tmp_path_factory.mktemp("models") / "xtts", TOKENS)


@pytest.fixture(scope="module")
def held() -> Models:
    return Models(ModelSettings())


@pytest.fixture(scope="module")
def narrator(xtts: Path, held: Models) -> CoquiNarrator:
    return CoquiNarrator(SpeechModelSettings(model=str(xtts)), ModelSettings(), held)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A second and a half of somebody's voice, stereo at 22 kHz."""
    path = tmp_path / "grandma.wav"
    noise = np.random.default_rng(2).standard_normal((33_000, 2)) * 3000
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(22_000)
        out.writeframes(noise.astype("<i2").tobytes())
    return path


def asked(*segments: str, **more: object) -> SpeechRequested:
    return SpeechRequested.model_validate({"task_id": 5, "page": 1, "segments": segments, "seed": 7, **more})


async def test_a_page_is_spoken_in_both_languages(narrator: CoquiNarrator, tmp_path: Path) -> None:
    for language, text in (("en", "A fox."), ("zh", "小狐狸。")):
        request = asked(text, language=language, voice="cleo")
        narration = await narrate(request, context(request, tmp_path, narrator))
        assert (narration.sample_rate_hz, narration.voice) == (XTTS_RATE_HZ, "cleo")
        assert 0 < narration.clips[0].first_word_s < narration.clips[0].last_word_s < narration.clips[0].duration_s
    with pytest.raises(BadInput, match="anna, bert, cleo, dora"):
        narrator.voice_for("nobody", "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_words_are_timed_by_an_embedded_voice(narrator: CoquiNarrator, language: str) -> None:
    text = "A fox looked." if language == "en" else "小狐狸。"
    (speech,) = narrator.speak_page(asked(text, language=language), "anna")
    assert speech.parameters["word_times"] == "reference"
    times = [time for word in speech.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)


def test_without_an_embedded_voice_words_are_timed_by_their_letters(
    narrator: CoquiNarrator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TALESTREAM_ASSETS", str(tmp_path))
    monkeypatch.setitem(sys.modules, "hibari", None)
    (speech,) = narrator.speak_page(asked("A fox looked."), "anna")
    assert speech.parameters["word_times"] == "letters"
    lengths = [word.end_s - word.start_s for word in speech.words]
    assert lengths[0] < lengths[1] < lengths[2]


def test_the_seed_decides_the_sound(narrator: CoquiNarrator) -> None:
    first, again, other = (next(narrator.speak_page(asked("Hi.", seed=seed), "anna")).wav() for seed in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize("number", [2, 9])
async def test_a_cancel_reaches_the_token_that_is_drawn(narrator: CoquiNarrator, number: int, tmp_path: Path) -> None:
    request = asked("A fox looked at the moon.")
    cancelled = CancelAtStep(number)
    ctx = context(request, tmp_path, narrator, cancelled)
    with pytest.raises(Cancelled):
        await narrate(request, ctx)
    assert cancelled.asked == number < TOKENS
    assert ctx.artifacts == []
    assert next(narrator.speak_page(request, "anna")).samples.any()


def test_a_recording_is_a_voice(xtts: Path, held: Models, recording: Path) -> None:
    own = SpeechModelSettings(model=str(xtts), speaker_wav={"grandma": (recording,)}, speaker="grandma")
    speaker = CoquiNarrator(own, ModelSettings(), Models(ModelSettings()))
    assert speaker.voice_for(None, "en") == "grandma"
    sounds = {next(speaker.speak_page(asked("Hi."), voice)).wav() for voice in ("grandma", *SPEAKERS)}
    assert len(sounds) == 1 + len(SPEAKERS)


def fails(held: Models | None = None, shared: ModelSettings | None = None, **settings: object) -> StageError:
    own = SpeechModelSettings.model_validate(settings)
    with pytest.raises(StageError) as caught:
        next(
            CoquiNarrator(own, shared or ModelSettings(), held or Models(ModelSettings())).speak_page(asked("Hi."), "a")
        )
    return caught.value


def test_a_recording_that_is_not_there_is_named(xtts: Path, tmp_path: Path) -> None:
    error = fails(model=str(xtts), speaker_wav={"grandma": [tmp_path / "gone.wav"]})
    assert error.code == "recording-missing"
    assert "gone.wav" in error.message


def test_a_model_without_any_voice_asks_for_a_recording(xtts: Path, tmp_path: Path) -> None:
    mute = shutil.copytree(xtts, tmp_path / "mute")
    (mute / "speakers_xtts.pth").unlink()
    assert fails(model=str(mute)).code == "no-voice"


def test_a_licence_that_nobody_accepted_is_not_accepted_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COQUI_TOS_AGREED", raising=False)
    shared = ModelSettings(folder=tmp_path, allow_download=True)
    error = fails(shared=shared)
    assert isinstance(error, UserMustAct)
    assert error.code == "licence-not-accepted"
    assert DEFAULT_MODEL in error.message
    assert "COQUI_TOS_AGREED=1" in (error.remedy or "")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_downloaded_unless_that_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COQUI_TOS_AGREED", "1")
    for name in (DEFAULT_MODEL, VITS_NAME):
        error = fails(model=name, shared=ModelSettings(folder=tmp_path))
        assert error.code == "model-missing"
        assert "--download" in (error.remedy or "")


def test_a_model_is_found_by_its_name_where_the_library_keeps_it(tmp_path: Path) -> None:
    build_vits(tmp_path / "tts" / VITS_NAME.replace("/", "--"))
    own = SpeechModelSettings(model=VITS_NAME)
    shared = ModelSettings(folder=tmp_path)
    assert CoquiNarrator(own, shared, Models(shared)).voice_for("dora", "en") == "dora"


def test_a_name_that_is_not_in_the_catalogue_is_answered_with_some_that_are(tmp_path: Path) -> None:
    error = fails(model="tts_models/en/nobody/vits", shared=ModelSettings(folder=tmp_path))
    assert error.code == "model-missing"
    assert VITS_NAME in (error.remedy or "")
