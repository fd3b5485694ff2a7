"""Where pages are encoded as they come."""

import os

import pytest

from talestream.video_settings import VideoSettings


@pytest.mark.parametrize(
    ("ahead", "cores", "is_ahead"),
    [(None, None, False), (None, 2, False), (None, 3, True), (True, 1, True), (False, 64, False)],
)
def test_pages_are_encoded_ahead_where_cores_are_to_spare_or_as_configured(
    monkeypatch: pytest.MonkeyPatch, ahead: bool | None, cores: int | None, is_ahead: bool
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert VideoSettings(ahead=ahead).encodes_ahead is is_ahead
