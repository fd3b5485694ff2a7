"""How many units a worker takes at a time, as a provider of real models wants it."""

from collections.abc import Iterator

import pytest

from talestream.providers import Providers
from talestream.settings import settings


@pytest.fixture(autouse=True)
def read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Providers that read the settings find those of this test."""
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    monkeypatch.setenv("TALESTREAM_IMAGE_MODEL__BATCH", "3")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_provider_that_works_on_several_units_at_once_says_how_many_a_worker_takes() -> None:
    assert Providers({"image": "diffusers"}).slots("image") == 6
