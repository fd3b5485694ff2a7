"""An instrument: what a film file really holds, by ffmpeg and PyAV.

Used by tests and by measurements: ``python tests/film_probe.py film.mp4`` prints all of it as JSON.
"""

import json
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

FROZEN_NOISE = 0.0008
"""Mean absolute difference, as a share of full scale, under which frames count as the same picture."""

Span = tuple[float, float]


@dataclass(frozen=True)
class VideoStream:
    """The picture stream."""

    codec: str
    profile: str
    pixel_format: str
    width: int
    height: int
    fps: Fraction
    primaries: str
    transfer: str
    matrix: str
    range: str
    frame_count: int
    is_evenly_timed: bool
    """Whether frame k is shown at exactly k / fps."""
    keyframe_gap_s: float
    """The longest time between two keyframes."""


@dataclass(frozen=True)
class AudioStream:
    """The sound stream."""

    codec: str
    rate_hz: int
    channels: int
    duration_s: float


@dataclass(frozen=True)
class FilmReport:
    """Everything about a film that a viewer could notice."""

    video: VideoStream
    audio: AudioStream
    duration_s: float
    size_bytes: int
    is_faststart: bool
    loudness_lufs: float
    true_peak_dbtp: float
    black_s: tuple[Span, ...]
    frozen_s: tuple[Span, ...]
    silent_s: tuple[Span, ...]


def probe(path: Path) -> FilmReport:
    """Measure a film. Black: half a second of nearly no light. Silent: a second under -55 dBFS. Frozen: one still."""
    words = _listen(path)
    with av.open(str(path)) as container:
        duration_s = (container.duration or 0) / av.time_base
        video, audio = _video(path), container.streams.audio[0]
        sound = AudioStream(
            audio.codec_context.name,
            audio.codec_context.sample_rate,
            audio.codec_context.channels,
            float((audio.duration or 0) * (audio.time_base or 0)),
        )
    return FilmReport(
        video=video,
        audio=sound,
        duration_s=duration_s,
        size_bytes=path.stat().st_size,
        is_faststart=is_faststart(path),
        loudness_lufs=float(re.findall(r"^\s*I:\s*(-?[\d.]+) LUFS", words, re.MULTILINE)[-1]),
        true_peak_dbtp=max(float(peak) for peak in re.findall(r"Peak:\s*(-?[\d.]+|-inf) dBFS", words)),
        black_s=_spans(words, r"black_start:([\d.]+) black_end:([\d.]+)"),
        frozen_s=_marks(words, "freeze_start: ", "freeze_end: ", duration_s),
        silent_s=_marks(words, "silence_start: ", "silence_end: ", duration_s),
    )


def is_faststart(path: Path) -> bool:
    """Whether the index (moov) comes before the media (mdat), so that a film plays while it loads."""
    order = [name for name, _ in boxes(path) if name in {"moov", "mdat"}]
    return order[:1] == ["moov"]


def boxes(path: Path) -> Iterator[tuple[str, int]]:
    """The names and sizes of an MP4's outermost boxes (ISO/IEC 14496-12, 4.2)."""
    with path.open("rb") as file:
        while header := file.read(8):
            size, name = struct.unpack(">I4s", header)
            if size == 1:
                size = struct.unpack(">Q", file.read(8))[0]
                file.seek(size - 16, 1)
            else:
                file.seek(size - 8, 1)
            yield name.decode("latin-1"), size


def frame_rgb(path: Path, time_s: float) -> np.ndarray:
    """The frame shown at ``time_s`` as RGB of shape (H, W, 3), converted by ffmpeg as a player would, from its tags."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        width, height = stream.codec_context.width, stream.codec_context.height
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-ss",
        f"{time_s:.4f}",
        "-i",
        str(path),
        "-frames:v",
        "1",
    ]
    command += ["-vf", "scale=flags=accurate_rnd+full_chroma_int+bicubic,format=rgb24", "-f", "rawvideo", "pipe:"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(height, width, 3)


def luma_frames(path: Path) -> Iterator[np.ndarray]:
    """The luma of every frame, in order."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray()[: frame.height]


def sound(path: Path, rate_hz: int = 48_000) -> np.ndarray:
    """The sound as floats of shape (samples, 2)."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-f", "f32le", "-ac", "2", "-ar", str(rate_hz), "pipe:"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, "<f4").reshape(-1, 2)


def _video(path: Path) -> VideoStream:
    names = {1: "bt709", 2: "unspecified"}
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        rate = Fraction(stream.average_rate or 0)
        base = Fraction(stream.time_base or 0)
        shown, keys = [], []
        for packet in container.demux(stream):
            if packet.pts is not None:
                shown.append(packet.pts * base)
                if packet.is_keyframe:
                    keys.append(packet.pts * base)
        shown.sort()
        ends = [*sorted(keys), len(shown) / rate]
        return VideoStream(
            codec=context.name,
            profile=context.profile or "",
            pixel_format=context.pix_fmt or "",
            width=context.width,
            height=context.height,
            fps=rate,
            primaries=names.get(int(context.color_primaries), str(context.color_primaries)),
            transfer=names.get(int(context.color_trc), str(context.color_trc)),
            matrix=names.get(int(context.colorspace), str(context.colorspace)),
            range={1: "tv", 2: "pc"}.get(int(context.color_range), "unspecified"),
            frame_count=len(shown),
            is_evenly_timed=all(at == number / rate for number, at in enumerate(shown)),
            keyframe_gap_s=float(max(later - earlier for earlier, later in pairwise(ends))),
        )


def _listen(path: Path) -> str:
    """What ffmpeg's detectors say of a film."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(path)]
    command += ["-vf", f"blackdetect=d=0.5:pix_th=0.06,freezedetect=n={FROZEN_NOISE}:d=1"]
    command += ["-af", "silencedetect=n=-55dB:d=1,ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    return subprocess.run(command, check=True, capture_output=True).stderr.decode(errors="replace")


def _spans(words: str, pattern: str) -> tuple[Span, ...]:
    return tuple((float(start), float(end)) for start, end in re.findall(pattern, words))


def _marks(words: str, start: str, end: str, duration_s: float) -> tuple[Span, ...]:
    starts = [float(value) for value in re.findall(re.escape(start) + r"(-?[\d.]+)", words)]
    ends = [float(value) for value in re.findall(re.escape(end) + r"(-?[\d.]+)", words)]
    return tuple(zip(starts, [*ends, duration_s][: len(starts)], strict=True))


if __name__ == "__main__":
    print(json.dumps(asdict(probe(Path(sys.argv[1]))), default=str, indent=2))
