"""Inspecting a finished film: what its file really holds, picture and sound side by side, each in one pass of ffmpeg.

Of the picture only frames are decoded to which others refer (about six a second), small and without deblocking, so that
it costs a small part of what encoding did. Packets are counted without being decoded.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from schemas.quality import Span
from services.video.audio_files import Loudness, read_meter
from services.video.crew import Crew
from services.video.ffmpeg_process import run
from talestream.errors import StageError

BLACK_S = 0.3
"""Shorter darkness is not told. Black by ffmpeg's blackdetect: 98 % of the pixels are nearly without light."""
FROZEN_S = 2.0
FROZEN_NOISE = 0.0005
"""Mean absolute difference, as a share of full scale, under which two small frames show the same."""
SILENT_S = 0.5
SILENCE_DB = -55.0
WIDTH = 160

_BLACK = re.compile(r"black_start:(-?[\d.]+) black_end:(-?[\d.]+)")
_TIME_BASE = re.compile(r"^#tb (\d+): (\d+)/(\d+)", re.MULTILINE)
_PACKET = re.compile(r"^(\d+), +-?\d+, +-?\d+, +(\d+),", re.MULTILINE)


@dataclass(frozen=True)
class Findings:
    """What a film's file holds."""

    picture_s: float
    sound_s: float
    frame_count: int
    bits_per_s: float
    loudness: Loudness
    black_s: tuple[Span, ...]
    frozen_s: tuple[Span, ...]
    silent_s: tuple[Span, ...]


def inspect(film: Path, workdir: Path) -> Findings:
    """Inspect a film of one picture and one sound stream. StageError ``ffmpeg-failed`` when it cannot be read."""
    with Crew(workers=1) as crew:
        look = crew.start(lambda: _look(film))
        words, counted = _listen(film, workdir)
        seen = look.result()
    picture, sound = _streams(counted)
    duration_s = max(picture.length_s, sound.length_s)
    return Findings(
        picture_s=picture.length_s,
        sound_s=sound.length_s,
        frame_count=picture.packets,
        bits_per_s=8 * film.stat().st_size / duration_s,
        loudness=read_meter(words),
        black_s=tuple((float(start), float(end)) for start, end in _BLACK.findall(seen)),
        frozen_s=_marked(seen, "freeze", picture.length_s),
        silent_s=_marked(words, "silence", sound.length_s),
    )


def _look(film: Path) -> str:
    """What ffmpeg says of the picture."""
    picture = ffmpeg.input(str(film), skip_frame="bidir", skip_loop_filter="all", flags2="fast").video
    seen = (
        picture.filter("scale", WIDTH, -2, flags="fast_bilinear")
        .filter("blackdetect", d=BLACK_S)
        .filter("freezedetect", d=FROZEN_S, n=FROZEN_NOISE)
    )
    output = seen.output("pipe:", format="null", fps_mode="passthrough")
    return run(output, "inspecting the film", log_level="info")


def _listen(film: Path, workdir: Path) -> tuple[str, str]:
    """What ffmpeg says of the sound, and the list of all packets, of the picture too."""
    source, packets = ffmpeg.input(str(film)), workdir / "packets.txt"
    heard = source.audio.filter("silencedetect", n=f"{SILENCE_DB}dB", d=SILENT_S).filter(
        "ebur128", peak="true", framelog="quiet"
    )
    decoded = heard.output("pipe:", format="null")
    copied = ffmpeg.output(source.video, source.audio, str(packets), format="framecrc", codec="copy")
    try:
        words = run(ffmpeg.merge_outputs(decoded, copied), "inspecting the film", log_level="info")
        return words, packets.read_text(encoding="ascii")
    finally:
        packets.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Stream:
    packets: int
    length_s: float


def _streams(counted: str) -> tuple[_Stream, _Stream]:
    """Picture and sound, as ffmpeg's framecrc lists their packets: stream, dts, pts, duration, bytes, checksum."""
    lengths: dict[str, list[int]] = {"0": [], "1": []}
    for stream, ticks in _PACKET.findall(counted):
        lengths[stream].append(int(ticks))
    bases = {
        stream: int(numerator) / int(denominator) for stream, numerator, denominator in _TIME_BASE.findall(counted)
    }
    if not all(lengths.values()):
        raise StageError("ffmpeg-failed", "the film has no picture or no sound", retryable=True)
    picture, sound = (_Stream(len(ticks), sum(ticks) * bases[stream]) for stream, ticks in lengths.items())
    return picture, sound


def _marked(words: str, what: str, end_s: float) -> tuple[Span, ...]:
    """The spans whose starts and ends ffmpeg told; one that never ended ends with the film."""
    starts = [float(time) for time in re.findall(rf"{what}_start: (-?[\d.]+)", words)]
    ends = [float(time) for time in re.findall(rf"{what}_end: (-?[\d.]+)", words)]
    return tuple((max(start, 0.0), end) for start, end in zip(starts, [*ends, end_s][: len(starts)], strict=True))
