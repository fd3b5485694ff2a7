"""A shoot: makes the objects of a film in a folder, and composes it as the video stage does."""

import io
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from schemas import Film, FilmClip, FilmPage, Request, VideoRequested
from services.video.composer import FfmpegComposer
from services.video.stage import compose
from talestream.stage import StageContext
from talestream.video_settings import VideoSettings
from tests.folder_store import FolderStore
from tests.ml.hand import Only

WIDTH, HEIGHT = 320, 180
VOICE_HZ, MUSIC_HZ = 220, 1760


class Shoot:
    """Makes the objects of a film in a folder and composes it."""

    def __init__(self, folder: Path) -> None:
        self.store = FolderStore(folder / "store")
        self.workdir = folder / "work"
        self.workdir.mkdir()
        self.progress: list[float] = []

    def save(self, name: str, data: bytes) -> str:
        path = self.store.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return f"s3://{self.store.bucket}/{name}"

    def file(self, uri: str) -> Path:
        """Where what was saved lies."""
        return self.store.root / uri.removeprefix(f"s3://{self.store.bucket}/")

    def picture(self, name: str, size: tuple[int, int] = (WIDTH, HEIGHT), colour: tuple[int, ...] | None = None) -> str:
        """A picture of soft noise, or of one colour."""
        if colour:
            image = Image.new("RGB" if len(colour) == 3 else "RGBA", size, colour)
        else:
            noise = np.random.default_rng(len(name)).integers(0, 256, (size[1] // 8, size[0] // 8, 3)).astype(np.uint8)
            image = Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)
        content = io.BytesIO()
        image.save(content, "PNG")
        return self.save(name, content.getvalue())

    def tone(
        self,
        name: str,
        spans: Sequence[tuple[float, float]],
        length_s: float,
        hz: int,
        rate: int = 24_000,
        gain: float = 0.3,
    ) -> str:
        """A WAV that sounds in these spans of seconds; two channels where it is music."""
        at = np.arange(round(length_s * rate)) / rate
        heard = np.any([(at >= start) & (at < end) for start, end in spans], axis=0)
        samples = (32767 * gain * heard * np.sin(2 * np.pi * hz * at)).astype("<i2")
        channels = 2 if hz == MUSIC_HZ else 1
        content = io.BytesIO()
        with wave.open(content, "wb") as wav:
            wav.setnchannels(channels)
            wav.setsampwidth(2)
            wav.setframerate(rate)
            wav.writeframes(np.repeat(samples, channels).tobytes())
        return self.save(name, content.getvalue())

    def clip(self, name: str, length_s: float, text: str = "Hello there.", **more: object) -> FilmClip:
        """A clip with 0.2 s of silence at both ends."""
        spoken = (0.2, length_s - 0.2)
        audio = self.tone(f"{name}.wav", [spoken], length_s, VOICE_HZ)
        fields = {"text": text, "audio": audio, "first_word_s": spoken[0], "last_word_s": spoken[1]} | more
        return FilmClip.model_validate(fields)

    def music(self, length_s: float) -> str:
        return self.tone("music.wav", [(0, length_s)], length_s, MUSIC_HZ, rate=44_100, gain=0.1)

    def request(self, pages: Sequence[FilmPage], **more: object) -> VideoRequested:
        fields = {"task_id": 7, "pages": tuple(pages), "width": WIDTH, "height": HEIGHT, "burn_captions": False} | more
        return VideoRequested.model_validate(fields)

    def context(self, request: Request) -> StageContext:
        return StageContext(
            request=request,
            store=self.store,
            providers=Only(FfmpegComposer(VideoSettings(ahead=True))),
            workdir=self.workdir,
            on_progress=lambda fraction, _note: self.progress.append(fraction),
        )

    async def compose(self, request: VideoRequested) -> tuple[Film, Path]:
        film = await compose(request, self.context(request))
        return film, self.workdir / "output.mp4"

    async def text(self, uri: str) -> str:
        return (await self.store.get(uri)).decode()
