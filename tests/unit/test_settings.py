"""Settings come from the environment, and production does not start on what everybody knows."""

import pytest
from pydantic import ValidationError

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
