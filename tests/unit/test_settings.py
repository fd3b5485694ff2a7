"""Settings come from the environment, and production does not start on what everybody knows."""

import pytest
from pydantic import ValidationError

from talestream.embedded.connection import settings_from
from talestream.model_settings import MusicModelSettings
from talestream.providers import Providers
from talestream.settings import Settings

SECRETS = {"TALESTREAM_AUTH__SECRET": "x" * 32, "TALESTREAM_OBJECTS__SECRET_KEY": "y" * 20}


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)


def test_production_refuses_default_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for missing in SECRETS:
        for name, value in SECRETS.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv(missing)
        with pytest.raises(ValidationError, match=missing):
            Settings(mode="production")


def test_production_refuses_a_short_signing_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TALESTREAM_AUTH__SECRET", "short")
    with pytest.raises(ValidationError, match="32 random characters"):
        Settings(mode="production")


def test_production_starts_with_secrets_of_its_own_and_shows_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    shown = repr(Settings(mode="production"))
    assert all(value not in shown for value in SECRETS.values())


def test_a_nested_field_is_named_by_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALESTREAM_KAFKA__BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("TALESTREAM_PROVIDERS", '{"story": "openai"}')
    found = Settings(mode="embedded")
    assert found.kafka.bootstrap == "broker:9092"
    assert found.providers == {"story": "openai"}


def test_a_bare_word_chooses_the_providers_of_all_stages_and_a_named_stage_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"TALESTREAM_PROVIDERS__IMAGE": "embedded", "TALESTREAM_PROVIDERS": "simulated"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    for found in (Settings(mode="embedded"), settings_from({**given, "TALESTREAM_MODE": "embedded"})):
        assert [Providers(found.providers).default(stage) for stage in ("story", "image")] == ["simulated", "embedded"]


def test_the_names_of_other_systems_choose_a_provider_where_ours_say_nothing_of_its_stage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"LLM_PROVIDER": "openai", "IMAGE_PROVIDER": "diffusers", "TTS_PROVIDER": " "}
    for name, value in {
        **given,
        "TALESTREAM_PROVIDERS__IMAGE": "embedded",
        "TALESTREAM_PROVIDERS": "simulated",
    }.items():
        monkeypatch.setenv(name, value)
    chosen = Providers(Settings(mode="embedded").providers)
    assert [chosen.default(stage) for stage in ("story", "image", "speech")] == ["openai", "embedded", "simulated"]


def test_a_chain_of_providers_is_taken_from_our_settings_and_from_the_names_of_other_systems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = {"TALESTREAM_PROVIDERS__IMAGE": "diffusers,embedded", "LLM_PROVIDER": "openai, transformers,embedded"}
    for name, value in {**given, "TALESTREAM_IMG2VID": "runway,diffusers", "TALESTREAM_PROVIDERS": "a,b"}.items():
        monkeypatch.setenv(name, value)
    chosen = Providers(Settings(mode="embedded").providers)
    assert chosen.chain("image") == ("diffusers", "embedded")
    assert chosen.chain("story") == ("openai", "transformers", "embedded")
    assert chosen.chain("animation") == ("runway", "diffusers")
    assert chosen.chain("speech") == ("a", "b")


def test_a_stage_is_simulated_as_all_are_but_where_it_has_a_setting_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALESTREAM_SIMULATION__DURATION_S", "2")
    monkeypatch.setenv("TALESTREAM_SIMULATION__COST", "0.5")
    monkeypatch.setenv("TALESTREAM_SIMULATION__STAGES", '{"image": {"duration_s": 3}}')
    simulation = Settings(mode="embedded").simulation
    assert [(of.duration_s, of.cost) for of in map(simulation.of, ("image", "video"))] == [(3, 0.5), (2, 0.5)]


def test_a_window_of_music_leaves_room_for_something_new() -> None:
    assert MusicModelSettings(window_s=30, overlap_s=15).overlap_s == 15
    with pytest.raises(ValidationError, match="at most half"):
        MusicModelSettings(window_s=30, overlap_s=16)
