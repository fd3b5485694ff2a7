"""A cancel reaches the running step of every stage: it is the last one, and no process of it lives on."""

import asyncio
import io
import os
import signal
import threading
import wave
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from schemas import (
    FilmClip,
    FilmPage,
    ImageRequested,
    Mood,
    MusicRequested,
    Page,
    Passage,
    Request,
    Script,
    ShotRequested,
    SpeechRequested,
    SplitRequested,
    StoryRequested,
    VideoRequested,
)
from services.image.stage import illustrate
from services.music.stage import score
from services.speech.stage import narrate
from services.split.stage import split
from services.story.stage import write
from services.video.shot_stage import encode
from services.video.stage import compose
from talestream.errors import Cancelled
from talestream.providers import Providers
from talestream.settings import settings
from talestream.stage import StageContext
from talestream.video_settings import VideoSettings
from tests.folder_store import FolderStore

PATIENCE_S = 60.0
TEXT = "Finn the fox looked at the moon. He wanted to touch it, but it was far away."
SCRIPT = Script(title="T", language="en", pages=tuple(Page(story=TEXT, image_prompt="p") for _ in range(4)))
providers = Providers()


@pytest.fixture(autouse=True)
def read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Providers that read the settings find those of this test."""
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    settings.cache_clear()
    yield
    settings.cache_clear()


class CancelAtStep(threading.Event):
    """The cancel of a unit that comes in the middle of a step: the ``number``-th time that the work asks, it is there.

    ``asked`` counts how often each of the work's threads asked from then on.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self._left = number
        self._lock = threading.Lock()
        self.asked: dict[int, int] = {}

    def is_set(self) -> bool:
        with self._lock:
            self._left -= 1
            if self._left <= 0:
                thread = threading.get_ident()
                self.asked[thread] = self.asked.get(thread, 0) + 1
            return self._left <= 0


def context(request: Request, folder: Path, cancelled: threading.Event) -> StageContext:
    return StageContext(request, FolderStore(folder / "store"), providers, folder, cancelled=cancelled)


def film(folder: Path, seconds: float = 4) -> VideoRequested:
    """A film of two pages, a clip each."""
    store = folder / "store"
    store.mkdir(exist_ok=True)
    picture, sound = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (320, 180), "teal").save(picture, "PNG")
    with wave.open(sound, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(2)
        wav.setframerate(24_000)
        wav.writeframes(bytes(range(1, 241)) * round(seconds * 200))
    (store / "p.png").write_bytes(picture.getvalue())
    (store / "s.wav").write_bytes(sound.getvalue())
    clip = FilmClip(text="Hello.", audio="s3://folder/s.wav", first_word_s=0, last_word_s=seconds)
    pages = tuple(FilmPage(picture="s3://folder/p.png", clips=(clip,)) for _ in range(2))
    return VideoRequested(task_id=7, pages=pages, width=320, height=180)


def second_shot(film: VideoRequested) -> ShotRequested:
    """The second page of a film, on its own."""
    first, second = film.pages
    return ShotRequested(task_id=7, page=2, page_count=2, shown=second, before=first, width=320, height=180)


@pytest.fixture(autouse=True)
def cores_to_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are encoded as they come."""
    monkeypatch.setattr(VideoSettings, "encodes_ahead", True)


Make = Callable[[Path], Request]
STAGES: dict[str, tuple[Callable[[Any, StageContext], Awaitable[Any]], Make]] = {
    "story": (write, lambda _folder: StoryRequested(task_id=7, topic="a fox who wants to touch the moon")),
    "image": (illustrate, lambda _folder: ImageRequested(task_id=7, page=1, page_count=3, prompt=TEXT)),
    "split": (split, lambda _folder: SplitRequested(task_id=7, script=SCRIPT)),
    "speech": (narrate, lambda _folder: SpeechRequested(task_id=7, page=1, segments=(TEXT, TEXT))),
    "music": (score, lambda _folder: MusicRequested(task_id=7, passages=(Passage(mood=Mood.CALM, duration_s=20),))),
    "shot": (encode, lambda folder: second_shot(film(folder))),
    "video": (compose, film),
}


def ffmpegs() -> list[int]:
    """The ffmpeg processes that this one started and that live."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(")")
        except OSError:  # it ended at that moment
            continue
        if "ffmpeg" in name and int(rest.split()[1]) == os.getpid() and rest.split()[0] != "Z":
            found.append(int(status.parent.name))
    return found


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize("stage", STAGES)
async def test_the_step_in_which_a_cancel_comes_is_the_last_one(stage: str, number: int, tmp_path: Path) -> None:
    handler, make = STAGES[stage]
    request = make(tmp_path)
    cancelled = CancelAtStep(number)
    ctx = context(request, tmp_path, cancelled)
    with pytest.raises(Cancelled):
        await handler(request, ctx)
    assert set(cancelled.asked.values()) == {1}, "each thread of the work asked once more and did nothing after that"
    assert ffmpegs() == []
    assert not [artifact for artifact in ctx.artifacts if artifact.role in {"script", "picture", "music", "film"}]


async def begun(request: VideoRequested, folder: Path) -> "tuple[asyncio.Task[Any], list[int]]":
    """A film that is being made, with its encoders under way."""
    frames = asyncio.Event()
    loop = asyncio.get_running_loop()
    ctx = context(request, folder, threading.Event())
    ctx.on_progress = lambda _fraction, note: loop.call_soon_threadsafe(frames.set) if "frame" in note else None
    making = asyncio.create_task(compose(request, ctx))
    async with asyncio.timeout(PATIENCE_S):
        await frames.wait()
    return making, ffmpegs()


async def test_a_cancelled_film_leaves_no_ffmpeg_behind(tmp_path: Path) -> None:
    making, running = await begun(film(tmp_path, 60), tmp_path)
    assert running
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert ffmpegs() == []


async def test_a_cancel_reaches_a_film_whose_encoder_hangs(tmp_path: Path) -> None:
    making, running = await begun(film(tmp_path, 60), tmp_path)
    for pid in running:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(0.5)  # the pipes fill
    making.cancel()
    async with asyncio.timeout(PATIENCE_S):
        with pytest.raises(asyncio.CancelledError):
            await making
    assert ffmpegs() == []
