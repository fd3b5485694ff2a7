"""Sound in and out of files: any format in, raw 48 kHz floats inside, loudness by EBU R 128.

WAV, which the voices and the music of this system are, is read here; all else, and all that is measured or encoded, is
ffmpeg's work, whose start alone takes longer than reading a page's voices.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import ffmpeg
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from services.video.ffmpeg_process import Stream, naming_full_disk, run
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput, StageError

RATE_HZ = 48_000
SAMPLE_BYTES = 4
WAV = {"WAV", "WAVEX", "RF64"}
"""As libsndfile names the formats that are read here."""
BLOCK = 1 << 18
"""Samples that are read at a time."""
SILENCE_LUFS = -70.0
"""What EBU R 128 says of silence: its absolute gate."""

_INTEGRATED = re.compile(r"^\s*I:\s*(-?[\d.]+|-inf|nan) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s*Peak:\s*(-?[\d.]+|-inf|nan) dBFS", re.MULTILINE)


@dataclass(frozen=True)
class Loudness:
    """How loud a sound is."""

    integrated_lufs: float
    true_peak_dbtp: float


@dataclass(frozen=True)
class Encoded:
    """A sound of any format and rate, and where it is to be raw."""

    source: Path
    target: Path
    name: str
    """As an error calls it."""


def decode(sounds: Sequence[Encoded], *, channels: int) -> list[int]:
    """Bring sounds to raw 48 kHz 32-bit floats in one channel or two. Returns their samples a channel.

    BadInput names the first in which there is no sound that can be read.
    """
    others = [sound for sound in sounds if not _decode_wav(sound, channels)]
    if others:
        _decode_others(others, channels)
    lengths = [sound.target.stat().st_size // (SAMPLE_BYTES * channels) for sound in sounds]
    if 0 in lengths:
        raise BadInput(f"{sounds[lengths.index(0)].name} holds no sound")
    return lengths


def _decode_wav(sound: Encoded, channels: int) -> bool:
    """The same of one WAV file of one channel or two. False when it is none, or not a whole one."""
    with suppress(soundfile.LibsndfileError), soundfile.SoundFile(sound.source) as source:
        if source.format in WAV and source.channels <= 2:
            with naming_full_disk(f"reading {sound.name}"), sound.target.open("wb") as file:
                for block in _resampled(source, channels):
                    check_cancelled()
                    file.write(block.astype("<f4", copy=False).tobytes())
            return True
    return False


def _resampled(source: soundfile.SoundFile, channels: int) -> Iterator[NDArray[np.float32]]:
    """A sound in blocks of shape (n, channels), at 48 kHz."""
    stream = soxr.ResampleStream(source.samplerate, RATE_HZ, channels, dtype="float32", quality="VHQ")
    for block in source.blocks(BLOCK, dtype="float32", always_2d=True):
        mixed = block.mean(axis=1, keepdims=True) if channels == 1 else np.repeat(block, 2 // block.shape[1], axis=1)
        yield stream.resample_chunk(mixed)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)


def _decode_others(sounds: Sequence[Encoded], channels: int) -> None:
    """The same by ffmpeg, of any format."""
    outputs = [
        ffmpeg.input(str(sound.source))
        .audio.filter("aresample", RATE_HZ, resampler="soxr", precision=24)
        .output(str(sound.target), format="f32le", ac=channels, ar=RATE_HZ)
        for sound in sounds
    ]
    what = " and ".join(sound.name for sound in sounds)
    try:
        run(ffmpeg.merge_outputs(*outputs), f"reading {what}")
    except StageError as error:
        if error.code != "ffmpeg-failed":
            raise
        if len(sounds) == 1:
            raise BadInput(f"{what} cannot be read as sound: {error.message[-300:]}") from error
        for sound in sounds:  # one by one, the one that cannot be read is found
            _decode_others([sound], channels)


def raw_input(path: Path, channels: int) -> Stream:
    """A raw file that :func:`decode` or numpy wrote, as an input of ffmpeg."""
    return ffmpeg.input(str(path), format="f32le", ar=RATE_HZ, ac=channels)


def measure(path: Path, channels: int) -> float:
    """Integrated loudness of a raw file in LUFS by ITU-R BS.1770-4 and EBU R 128, as ffmpeg's ebur128 measures it."""
    meter = raw_input(path, channels).filter("ebur128", framelog="quiet")
    return _integrated(run(meter.output("pipe:", format="null"), "measuring loudness", log_level="info"))


def master(source: Path, target: Path, *, gain_db: float, ceiling_db: float, samples: int) -> float:
    """Raise a raw stereo file by ``gain_db``, hold its true peaks under ``ceiling_db``; what came out, in LUFS.

    The limiter looks ahead at four times the rate, so that peaks between samples are held too (ITU-R BS.1770-4, annex
    2).
    ``target`` is raw again, exactly ``samples`` long.
    """
    mastered = (
        raw_input(source, 2)
        .filter("volume", f"{gain_db:.3f}dB")
        .filter("aresample", 4 * RATE_HZ)
        .filter("alimiter", limit=10 ** (ceiling_db / 20), attack=5, release=80, level=0, latency=1)
        .filter("aresample", RATE_HZ)
        .filter("apad", whole_len=samples)
        .filter("atrim", end_sample=samples)
        .filter("ebur128", framelog="quiet")
    )
    output = mastered.output(str(target), format="f32le", ac=2, ar=RATE_HZ)
    return _integrated(run(output, "mastering the sound", log_level="info"))


def read_meter(words: str) -> Loudness:
    """The summary that ffmpeg's ebur128 prints at its end, with its true peaks."""
    peaks = _PEAK.findall(words)
    if not peaks:
        raise _unmeasured(words)
    return Loudness(_integrated(words), max(_finite(peak) for peak in peaks))


def _integrated(words: str) -> float:
    found = _INTEGRATED.findall(words)
    if not found:
        raise _unmeasured(words)
    return _finite(found[-1])


def _unmeasured(words: str) -> StageError:
    return StageError("ffmpeg-failed", f"ffmpeg measured no loudness: {words.strip()[-500:]}", retryable=True)


def _finite(value: str) -> float:
    return SILENCE_LUFS if value in {"-inf", "nan"} else max(float(value), SILENCE_LUFS)
