"""The sound of a film: narration at one level, music and sounds that make way for it, mastered to a loudness.

Everything is streamed in blocks, so memory does not grow with the length of the film.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.video.audio_files import RATE_HZ, SAMPLE_BYTES, SILENCE_LUFS, master, measure
from services.video.ducking import STEP_S, Levels, gains
from services.video.ffmpeg_process import naming_full_disk
from services.video.music_bed import Take, fit
from services.video.sound_effects import Heard
from services.video.sound_effects import block as sounds_block
from talestream.cancellation import check_cancelled

TARGET_LUFS = -16.0
CEILING_DB = -2.0
"""True peaks before AAC, which adds up to about half a decibel; -1 dBTP must hold after it."""
TOLERANCE_LU = 0.3
MASTERING_PASSES = 3
MOST_GAIN_DB = 30.0

VOICE_RMS_DB = -20.0
"""Level of the voice while it speaks, in each channel."""
VOICE_LUFS = -18.0
"""About what VOICE_RMS_DB measures by K-weighting in two channels."""
MOST_CLIP_GAIN_DB = 24.0
CLIP_EDGE_S = 0.004

STEP = round(STEP_S * RATE_HZ)
BLOCK = 1000 * STEP

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class PlacedClip:
    """A decoded clip, mono, and where it starts in the film. In samples."""

    raw: Path
    start: int
    length: int


def mix(
    clips: Sequence[PlacedClip], music: Path | None, samples: int, workdir: Path, sounds: Sequence[Heard] = ()
) -> tuple[Path, float]:
    """Mix a film of ``samples`` samples and master it. ``music`` is raw stereo.

    Returns a raw stereo 48 kHz file in ``workdir`` and its loudness in LUFS. Silence stays silence.
    """
    voice = _Voice(clips)
    bed = _Bed(music, samples) if music else None
    draft = workdir / "mix.f32"
    with naming_full_disk("mixing the sound"), draft.open("wb") as file:
        voice_level = 10 ** (VOICE_RMS_DB / 20)
        curve = 10 ** (gains(voice.levels(samples), voice_level) / 20)
        for start in range(0, samples, BLOCK):
            stop = min(start + BLOCK, samples)
            block = np.repeat(voice.block(start, stop)[:, None], 2, axis=1)
            beside = sounds_block(sounds, start, stop, voice_level)[:, None]
            if bed:
                beside = beside + bed.block(start, stop)
            block += beside * _at_samples(curve, start, stop)[:, None]
            file.write(block.astype("<f4").tobytes())
    return _master(draft, samples, workdir / "master.f32")


def _master(draft: Path, samples: int, target: Path) -> tuple[Path, float]:
    """Bring a mix to the target; the limiter takes some loudness away, so that a second pass may follow."""
    lufs = measure(draft, 2)
    gain_db = 0.0
    for _ in range(MASTERING_PASSES):
        if lufs > SILENCE_LUFS:
            gain_db = min(gain_db + TARGET_LUFS - lufs, MOST_GAIN_DB)
        lufs = master(draft, target, gain_db=gain_db, ceiling_db=CEILING_DB, samples=samples)
        if lufs <= SILENCE_LUFS or abs(lufs - TARGET_LUFS) <= TOLERANCE_LU:
            break
    draft.unlink()
    return target, lufs


class _Voice:
    """The narration: all clips in their places, each at the voice's level."""

    def __init__(self, clips: Sequence[PlacedClip]) -> None:
        self._gains = {clip.raw: _clip_gain(clip) for clip in clips}
        self._by_block: dict[int, list[PlacedClip]] = defaultdict(list)
        for clip in clips:
            for number in range(max(clip.start, 0) // BLOCK, (clip.start + clip.length) // BLOCK + 1):
                self._by_block[number].append(clip)

    def block(self, start: int, stop: int) -> Samples:
        """The narration from sample ``start`` to ``stop``, which lie in one block."""
        check_cancelled()
        voice = np.zeros(stop - start, np.float32)
        for clip in self._by_block[start // BLOCK]:
            first, last = max(clip.start, start), min(clip.start + clip.length, stop)
            if first < last:
                sound = _read(clip.raw, first - clip.start, last - first, 1)[:, 0]
                voice[first - start : last - start] += sound * _edges(clip, first, last) * self._gains[clip.raw]
        return voice

    def levels(self, samples: int) -> Levels:
        """RMS of the narration, a value a step of 10 ms."""
        blocks = (self.block(start, min(start + BLOCK, samples)) for start in range(0, samples, BLOCK))
        return np.concatenate([_step_levels(block) for block in blocks])


class _Bed:
    """The music, fitted to the film, as loud as the voice."""

    def __init__(self, raw: Path, samples: int) -> None:
        self._raw = raw
        self._takes: list[Take] = fit(raw.stat().st_size // (2 * SAMPLE_BYTES), samples, RATE_HZ)
        loudness = measure(raw, 2)
        self._gain = 10 ** ((VOICE_LUFS - loudness) / 20) if loudness > SILENCE_LUFS else 0.0

    def block(self, start: int, stop: int) -> Samples:
        """The music from sample ``start`` to ``stop``, of shape (stop - start, 2)."""
        music = np.zeros((stop - start, 2), np.float32)
        for take in self._takes:
            first, last = max(take.film_start, start), min(take.film_end, stop)
            if first < last:
                sound = _read(self._raw, take.track_start + first - take.film_start, last - first, 2)
                end = first - start + len(sound)
                music[first - start : end] += sound * take.envelope(first, first + len(sound))[:, None]
        return music * np.float32(self._gain)


def _clip_gain(clip: PlacedClip) -> float:
    """What brings a clip to the voice's level, RMS over the steps in which somebody speaks. Silence stays silence."""
    levels = np.concatenate([_step_levels(block) for block in _blocks(clip)])
    loud = levels[levels > levels.max() * 10 ** (-25 / 20)] if levels.max() > 10 ** (-60 / 20) else levels[:0]
    if not len(loud):
        return 1.0
    wanted = 10 ** (VOICE_RMS_DB / 20) / float(np.sqrt(np.mean(np.square(loud))))
    return float(min(wanted, 10 ** (MOST_CLIP_GAIN_DB / 20)))


def _blocks(clip: PlacedClip) -> Iterator[Samples]:
    for start in range(0, clip.length, BLOCK):
        check_cancelled()
        yield _read(clip.raw, start, min(BLOCK, clip.length - start), 1)[:, 0]


def _step_levels(block: Samples) -> Levels:
    padded = np.pad(block.astype(np.float64), (0, -len(block) % STEP))
    return np.asarray(np.sqrt(np.mean(np.square(padded.reshape(-1, STEP)), axis=1)))


def _edges(clip: PlacedClip, first: int, last: int) -> Samples:
    """A few milliseconds of fade at both ends of a clip, against clicks."""
    at = np.arange(first - clip.start, last - clip.start, dtype=np.float32)
    ramp = CLIP_EDGE_S * RATE_HZ
    return np.clip(np.minimum(at, clip.length - 1 - at) / ramp, 0, 1).astype(np.float32)


def _at_samples(curve: Levels, start: int, stop: int) -> Samples:
    """A curve of one value a step, between its values, for the samples ``start`` to ``stop``."""
    first, last = max(start // STEP - 1, 0), min(stop // STEP + 2, len(curve))
    middles = (np.arange(first, last) + 0.5) * STEP
    return np.interp(np.arange(start, stop), middles, curve[first:last]).astype(np.float32)


def _read(raw: Path, start: int, count: int, channels: int) -> Samples:
    """Samples of a raw file, of shape (count, channels); fewer where the file ends."""
    frame_bytes = SAMPLE_BYTES * channels
    with raw.open("rb") as file:
        file.seek(start * frame_bytes)
        return np.frombuffer(file.read(count * frame_bytes), "<f4").reshape(-1, channels)


def samples_of(frames: int, fps: int) -> int:
    """Samples that sound while ``frames`` are seen."""
    return round(frames * RATE_HZ / fps)


def place(raws: Iterable[tuple[Path, int]], starts_s: Iterable[float]) -> list[PlacedClip]:
    """Clips, given as files and lengths, at their starts in seconds."""
    return [
        PlacedClip(raw, max(round(start * RATE_HZ), 0), length)
        for (raw, length), start in zip(raws, starts_s, strict=True)
    ]
