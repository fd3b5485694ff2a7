"""The order by which a composer is tried out."""

import io
import wave

from schemas import FilmClip, FilmPage, VideoRequested
from services.video.stage import compose
from talestream.plain_picture import plain_png
from talestream.probing import Probe, given_uri

WIDTH, HEIGHT = 512, 288
RATE_HZ = 24_000
PICTURE, AUDIO = "given/p1.png", "given/s1.wav"


def probe() -> Probe:
    """A film of one page, with a second of silence for its narration."""
    page = FilmPage(picture=given_uri(PICTURE), clips=(FilmClip(text="It is quiet.", audio=given_uri(AUDIO)),))
    request = VideoRequested(task_id=1, title="Silence", pages=(page,), width=WIDTH, height=HEIGHT)
    return Probe(compose, request, {PICTURE: plain_png(WIDTH, HEIGHT, (80, 90, 150)), AUDIO: _silence()})


def _silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(bytes(2 * RATE_HZ))
    return file.getvalue()
