"""Without the extra ``ml`` the providers of real models say what is missing, and nothing else is the worse for it."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import Mood, Passage
from services.music.musicgen import MusicGenMusician
from services.speech.coqui import CoquiNarrator
from talestream.errors import ProviderUnavailable
from talestream.model_device import INSTALL_ML
from talestream.model_manager import Models, models
from talestream.model_settings import ModelSettings, MusicModelSettings, SpeechModelSettings
from talestream.providers import Providers
from talestream.settings import settings

REAL_MODELS = [
    ("story", "transformers"),
    ("image", "diffusers"),
    ("animation", "diffusers"),
    ("speech", "coqui"),
    ("music", "musicgen"),
]


@pytest.fixture(autouse=True)
def _without_pytorch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    for package in ("torch", "TTS", "transformers", "diffusers"):
        monkeypatch.setitem(sys.modules, package, None)
    settings.cache_clear()
    models.cache_clear()
    yield
    settings.cache_clear()
    models.cache_clear()


@pytest.mark.parametrize(("stage", "name"), REAL_MODELS)
def test_a_provider_of_real_models_asks_for_the_extra_before_it_is_asked_for_anything(stage: str, name: str) -> None:
    assert name in Providers().names(stage)
    with pytest.raises(ProviderUnavailable, match="missing: torch") as caught:
        Providers().get(stage, name)
    assert caught.value.remedy == INSTALL_ML


@pytest.mark.parametrize("stage", ["story", "image", "split", "speech", "music", "video"])
def test_the_embedded_providers_do_without_it(stage: str) -> None:
    assert Providers().get(stage).name


def test_a_narrator_that_was_made_all_the_same_asks_for_it_too() -> None:
    narrator = CoquiNarrator(SpeechModelSettings(), ModelSettings(), Models(ModelSettings()))
    with pytest.raises(ProviderUnavailable) as caught:
        narrator.voice_for(None, "en")
    assert caught.value.remedy == INSTALL_ML


def test_a_musician_that_was_made_all_the_same_asks_for_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    musician = MusicGenMusician(MusicModelSettings(), ModelSettings(), Models(ModelSettings()))
    with pytest.raises(ProviderUnavailable) as caught:
        musician.play((Passage(mood=Mood.CALM, duration_s=5),), 1, tmp_path / "track.wav", lambda _fraction: None)
    assert caught.value.remedy == INSTALL_ML
    assert list(tmp_path.iterdir()) == []
