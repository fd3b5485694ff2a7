"""What encoding alone costs: x264, as the composer asks it, of frames that lie in memory.

The frames are those of a film of the composer's own, encoded without loss and decoded again. They are encoded by one
ffmpeg with as many threads as it likes, and by one with one thread on each core, each a part of the frames: the faster
of the two is the floor.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from services.video.encoders import x264
from services.video.ffmpeg_process import run
from services.video.stretches import KEYFRAME_S
from talestream.video_settings import VideoSettings

MEMORY = Path("/dev/shm")
"""Files that are memory; where there are none, files that were just written are in memory too."""


@dataclass(frozen=True)
class Frames:
    """Raw frames in a file in memory."""

    file: Path
    fps: int
    size: tuple[int, int]

    @property
    def count(self) -> int:
        """How many there are."""
        return self.file.stat().st_size // (self.size[0] * self.size[1] * 3 // 2)

    def encode(self, preset: str, first: int, count: int, threads: int) -> None:
        """Encode so many frames from ``first`` on."""
        width, height = self.size
        picture = {"format": "rawvideo", "pix_fmt": "yuv420p", "s": f"{width}x{height}", "framerate": self.fps}
        source = ffmpeg.input(f"subfile,,start,{first * width * height * 3 // 2},end,0,,:{self.file}", **picture)
        encoder = x264(preset, VideoSettings().crf)
        target = str(self.file.with_suffix(f".{first}.mp4"))
        keyframes = KEYFRAME_S * self.fps
        run(
            encoder.output(source.video, target, keyframe_frames=keyframes, threads=threads, vframes=count),
            "encoding from memory",
        )

    def seconds(self, preset: str) -> dict[str, float]:
        """How long encoding all takes, in one process and in one a core."""
        cores = os.cpu_count() or 1
        cuts = [self.count * part // cores for part in range(cores + 1)]
        began = time.perf_counter()
        self.encode(preset, 0, self.count, threads=0)
        one_s = time.perf_counter() - began
        began = time.perf_counter()
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(lambda part: self.encode(preset, cuts[part], cuts[part + 1] - cuts[part], 1), range(cores)))
        return {"one_process": one_s, "a_process_a_core": time.perf_counter() - began}


@contextmanager
def frames_of(film: Path, fps: int, size: tuple[int, int]) -> Iterator[Frames]:
    """The frames of a film, in memory."""
    with tempfile.TemporaryDirectory(prefix="talestream-bench-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        file = Path(folder) / "frames.yuv"
        run(ffmpeg.input(str(film)).video.output(str(file), format="rawvideo", pix_fmt="yuv420p"), "decoding the film")
        yield Frames(file, fps, size)
