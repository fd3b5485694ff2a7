"""Without the extra ``ml`` the providers of real voices and music are there, and say what is missing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas import Mood, Passage
from talestream.errors import ProviderUnavailable
from talestream.model_device import INSTALL_ML
from talestream.model_manager import models
from talestream.providers import Providers
from talestream.settings import settings


@pytest.fixture(autouse=True)
def _without_pytorch(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    for package in ("torch", "TTS", "transformers"):
        monkeypatch.setitem(sys.modules, package, None)
    settings.cache_clear()
    models.cache_clear()
    yield
    settings.cache_clear()
    models.cache_clear()


def test_a_narrator_asks_for_the_extra() -> None:
    narrator = Providers().get("speech", "coqui")
    assert narrator.name == "coqui"
    with pytest.raises(ProviderUnavailable) as caught:
        narrator.voice_for(None, "en")
    assert caught.value.remedy == INSTALL_ML


def test_a_musician_asks_for_the_extra(tmp_path: Path) -> None:
    musician = Providers().get("music", "musicgen")
    assert (musician.name, musician.model) == ("musicgen", "facebook/musicgen-small")
    with pytest.raises(ProviderUnavailable) as caught:
        musician.play((Passage(mood=Mood.CALM, duration_s=5),), 1, tmp_path / "track.wav", lambda _fraction: None)
    assert caught.value.remedy == INSTALL_ML
    assert list(tmp_path.iterdir()) == []
