"""What is read from a cloud service's words, and how an order is put into them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from schemas import AnimationRequested
from services.animation import runway
from services.animation.cloud_animator import length_s
from services.animation.cloud_errors import refusal
from talestream.errors import ProviderUnavailable, UserMustAct
from talestream.http_answers import retry_after_s
from talestream.providers import Providers
from talestream.settings import settings

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("Tue, 24 Nov 2026 14:01:30 GMT", 90.0),
        ("Tue, 24 Nov 2026 13:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-3", None),
    ],
)
def test_a_service_may_say_when_to_come_again_in_seconds_or_as_a_date(header: str, seconds: float | None) -> None:
    assert retry_after_s(httpx.Response(429, headers={"retry-after": header}), NOW) == seconds


@pytest.mark.parametrize(
    ("status", "code", "is_retryable"),
    [
        (400, "service-refused", False),
        (401, "service-key-refused", False),
        (402, "service-unpaid", False),
        (403, "service-key-refused", False),
        (404, "service-refused", False),
        (408, "service-failed", True),
        (422, "service-refused", False),
        (429, "service-busy", True),
        (500, "service-failed", True),
        (502, "service-down", True),
        (503, "service-down", True),
        (504, "service-down", True),
    ],
)
def test_every_refusal_says_whether_another_try_helps(status: int, code: str, is_retryable: bool) -> None:
    error = refusal("runway", httpx.Response(status, json={"error": "said so"}))
    assert (error.code, error.retryable) == (code, is_retryable)
    assert "said so" in error.message
    assert isinstance(error, UserMustAct) == (status in {401, 402, 403})


@pytest.mark.parametrize("body", [b"", b"<html>" * 1000, b"[1]", b'{"detail": [{"msg": "x"}]}', b'"text"'])
def test_no_answer_is_too_strange_and_a_long_one_is_cut(body: bytes) -> None:
    assert len(refusal("pika", httpx.Response(418, content=body)).message) < 600


@pytest.mark.parametrize(
    ("size", "shape"),
    [((1280, 720), "1280:720"), ((720, 1280), "720:1280"), ((720, 720), "960:960"), ((1000, 750), "1104:832")],
)
def test_runway_is_asked_for_the_nearest_shape(size: tuple[int, int], shape: str) -> None:
    assert runway.ratio(*size) == shape


@pytest.mark.parametrize(("wanted", "made"), [(1, 5), (5, 5), (7.4, 5), (7.6, 10), (30, 10)])
def test_the_nearest_length_is_made(wanted: float, made: int) -> None:
    request = AnimationRequested(task_id=7, page=1, picture="s3://bucket/p.png", duration_s=wanted)
    assert length_s(request) == made


@pytest.mark.parametrize("prompt", ["fox " * 500, "狐" * 1500, "😀" * 700, "x" + "😀" * 700, "", "\ud83d"])
def test_a_prompt_is_cut_to_what_runway_takes_and_never_through_a_character(prompt: str) -> None:
    text = runway.prompt_text(prompt)
    assert len(text.encode("utf-16-le")) <= 2000
    assert prompt.strip().encode("utf-8", "replace").startswith(text.encode())


@pytest.fixture
def without_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings of an environment in which no service has a key."""
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    for service in ("RUNWAY", "PIKA"):
        monkeypatch.delenv(f"TALESTREAM_CLOUD_VIDEO__{service}__API_KEY", raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("without_keys")
@pytest.mark.parametrize("name", ["runway", "pika", "cloud"])
def test_a_service_without_a_key_is_off_and_says_which_setting_turns_it_on(name: str) -> None:
    assert name in Providers().names("animation")
    with pytest.raises(ProviderUnavailable, match="has no key") as raised:
        Providers().get("animation", name)
    assert "TALESTREAM_CLOUD_VIDEO" in f"{raised.value.message} {raised.value.remedy}"
