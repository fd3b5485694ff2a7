"""How many units a worker takes at a time, as its provider wants it."""

from collections.abc import Iterator

import pytest

from talestream.providers import Providers
from talestream.settings import settings


@pytest.fixture(autouse=True)
def read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Providers that read the settings find those of this test."""
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_any_other_leaves_it_to_the_stage_and_so_does_one_that_is_not_there() -> None:
    assert Providers({"image": "embedded"}).slots("image") is None
    assert Providers({"image": "of-nobody"}).slots("image") is None
