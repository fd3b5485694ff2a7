"""Inspecting a finished film: what its file really holds, compared with what was seen and heard when it was made.

Its sound was heard once it was encoded, and its picture seen while it was drawn, beside the encoding. What joining and
encoding may have broken is found in the file: every packet is counted, and the keyframes are decoded and compared with
what was drawn there.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import ffmpeg
import numpy as np

from schemas.quality import Span
from services.video.audio_files import Loudness, read_meter
from services.video.ffmpeg_process import frame_source, run
from services.video.stretches import KEYFRAME_S
from services.video.watching import KEYFRAME_SIDE, Seen, difference, small_size, together
from talestream.errors import StageError

SILENT_S = 0.5
SILENCE_DB = -55.0
SAME = 6.0
"""Mean absolute difference, in 8-bit steps, up to which a small frame shows what was drawn: encoders change less."""

_TIME_BASE = re.compile(r"^#tb (\d+): (\d+)/(\d+)", re.MULTILINE)
_PACKET = re.compile(r"^(\d+), +-?\d+, +(-?\d+), +(\d+), +\d+, 0x[0-9a-f]+(, F=0x0)?", re.MULTILINE)


@dataclass(frozen=True)
class Heard:
    """What is heard of a film."""

    loudness: Loudness
    silent_s: tuple[Span, ...]


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


@dataclass(frozen=True)
class _Stream:
    packets: int
    length_s: float
    keys_s: tuple[float, ...]
    """When its keyframes are shown, from the first on."""


def listen(sound: Path, workdir: Path) -> Heard:
    """Listen to an encoded sound. StageError ``ffmpeg-failed`` when it cannot be read."""
    source, packets = ffmpeg.input(str(sound)).audio, workdir / "sound.packets.txt"
    heard = source.filter("silencedetect", n=f"{SILENCE_DB}dB", d=SILENT_S).filter(
        "ebur128", peak="true", framelog="quiet"
    )
    decoded = heard.output("pipe:", format="null")
    copied = ffmpeg.output(source, str(packets), format="framecrc", codec="copy")
    try:
        words = run(ffmpeg.merge_outputs(decoded, copied), "listening to the film", log_level="info")
        (stream,) = _streams(packets.read_text(encoding="ascii"), 1)
    finally:
        packets.unlink(missing_ok=True)
    return Heard(read_meter(words), _marked(words, "silence", stream.length_s))


def inspect(film: Path, seen: Sequence[Seen], heard: Heard, size: tuple[int, int], fps: int, workdir: Path) -> Findings:
    """Inspect a film of one picture and one sound stream, made of stretches of which so much was ``seen``.

    StageError ``ffmpeg-failed`` when it cannot be read, ``film-broken`` when it does not show what was drawn.
    """
    packets = workdir / "packets.txt"
    source = ffmpeg.input(str(film))
    copied = ffmpeg.output(source.video, source.audio, str(packets), format="framecrc", codec="copy")
    try:
        run(copied, "inspecting the film")
        picture, sound = _streams(packets.read_text(encoding="ascii"), 2)
    finally:
        packets.unlink(missing_ok=True)
    _compare(film, picture.keys_s, seen, size, fps)
    black_s, frozen_s = together(seen, fps)
    return Findings(
        picture_s=picture.length_s,
        sound_s=sound.length_s,
        frame_count=picture.packets,
        bits_per_s=8 * film.stat().st_size / max(picture.length_s, sound.length_s),
        loudness=heard.loudness,
        black_s=black_s,
        frozen_s=frozen_s,
        silent_s=heard.silent_s,
    )


def _compare(film: Path, keys_s: Sequence[float], seen: Sequence[Seen], size: tuple[int, int], fps: int) -> None:
    """StageError ``film-broken`` unless each stretch begins with a keyframe, and each shows what was drawn there."""
    starts = list(accumulate((stretch.frames for stretch in seen), initial=0))[:-1]
    drawn = {
        start + KEYFRAME_S * fps * number: small
        for start, stretch in zip(starts, seen, strict=True)
        for number, small in enumerate(stretch.keyframes)
    }
    missing = set(starts)
    width, height = small_size(*size, KEYFRAME_SIDE)
    small = ffmpeg.input(str(film), skip_frame="nokey").video.filter("scale", width, height, flags="area")
    decoded = small.output("pipe:", format="rawvideo", pix_fmt="yuv420p", fps_mode="passthrough")
    with frame_source(decoded, width * height * 3 // 2, "inspecting the film") as frames:
        for key_s in keys_s:
            frame, number = frames.read(), round(key_s * fps)
            missing.discard(number)
            if number not in drawn:
                continue
            if frame is None or difference(np.frombuffer(frame, np.uint8), drawn[number]) > SAME:
                raise _broken(f"at {key_s:.2f} s it does not show what was drawn")
    if missing:
        raise _broken(f"at {min(missing) / fps:.2f} s, where a stretch begins, it has no keyframe")


def _broken(how: str) -> StageError:
    return StageError("film-broken", f"the film came out broken: {how}", retryable=True)


def _streams(counted: str, count: int) -> list[_Stream]:
    """The streams of a file, as ffmpeg's framecrc lists their packets: stream, dts, pts, duration, bytes, checksum."""
    bases = {
        stream: int(numerator) / int(denominator) for stream, numerator, denominator in _TIME_BASE.findall(counted)
    }
    streams: list[_Stream] = []
    packets = [match.groups() for match in _PACKET.finditer(counted)]
    for number in map(str, range(count)):
        own = [(int(shown), int(ticks), not other) for stream, shown, ticks, other in packets if stream == number]
        if not own:
            raise StageError("ffmpeg-failed", "the film has no picture or no sound", retryable=True)
        first = min(shown for shown, _, _ in own)
        base = bases[number]
        keys_s = tuple(sorted((shown - first) * base for shown, _, is_key in own if is_key))
        streams.append(_Stream(len(own), sum(ticks for _, ticks, _ in own) * base, keys_s))
    return streams


def _marked(words: str, what: str, end_s: float) -> tuple[Span, ...]:
    """The spans whose starts and ends ffmpeg told; one that never ended ends with the film."""
    starts = [float(time) for time in re.findall(rf"{what}_start: (-?[\d.]+)", words)]
    ends = [float(time) for time in re.findall(rf"{what}_end: (-?[\d.]+)", words)]
    return tuple((max(start, 0.0), end) for start, end in zip(starts, [*ends, end_s][: len(starts)], strict=True))
