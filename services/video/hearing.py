"""What is heard of a film: what was given is decoded, and becomes the film's sound, mixed, mastered and encoded."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from services.video.audio_files import RATE_HZ, Encoded, decode, raw_input
from services.video.ffmpeg_process import naming_full_disk, run
from services.video.footage import Footage, SpokenClip
from services.video.inspection import Heard, listen
from services.video.renditions import FILM
from services.video.segments import AUDIO_BITRATE
from services.video.sound import mix, place, samples_of
from services.video.sound_effects import place_sounds
from services.video.timeline import SpeechSpan, Timeline, pause_after
from talestream.errors import BadInput

SHORTEST_MUSIC_S = 1.0
DECODED_TOGETHER = 3
"""Clips that one thread takes at a time, and those of them that are no WAV one ffmpeg, whose start takes long."""
CODECS = {
    ".mp4": {"acodec": "aac", "audio_bitrate": AUDIO_BITRATE, "aac_coder": "fast"},
    ".webm": {"acodec": "libopus", "audio_bitrate": "128k"},
}
"""How the sound is encoded, by the suffix of the film."""


@dataclass(frozen=True)
class HeardFilm:
    """The film's sound: raw stereo, its loudness, and the same encoded for each container that it goes into."""

    mastered: Path
    lufs: float
    encoded: dict[str, Path]
    """By the suffix of the film's file."""
    listened: Heard
    """What is heard of the film itself."""


def decodings(footage: Footage, workdir: Path) -> list[Callable[[], list[int]]]:
    """The work of decoding every clip, page by page, a few at a time. Each gives their lengths in samples."""
    clips = [
        Encoded(clip.audio, _raw_clip(workdir, shot.page, number), f"clip {number} of page {shot.page}")
        for shot in footage.shots
        for number, clip in enumerate(shot.clips, 1)
    ]
    return [
        partial(decode, clips[first : first + DECODED_TOGETHER], channels=1)
        for first in range(0, len(clips), DECODED_TOGETHER)
    ]


def speech_of(footage: Footage, lengths: Sequence[int]) -> list[list[SpeechSpan]]:
    """Where speech lies in each page's clips, which are so many samples long. BadInput names one that cannot be."""
    remaining = iter(lengths)
    return [
        [_span(shot.page, number, clip, next(remaining) / RATE_HZ) for number, clip in enumerate(shot.clips, 1)]
        for shot in footage.shots
    ]


def make_sound_track(
    footage: Footage, timeline: Timeline, lengths: Sequence[int], suffixes: Iterable[str], workdir: Path
) -> HeardFilm:
    """Mix and master the decoded clips with the music, encode it for files of these suffixes, the film's among them,
    and listen to it.
    """
    music = _decode_music(footage.music, workdir) if footage.music else None
    raws = [_raw_clip(workdir, shot.page, number) for shot in footage.shots for number, _ in enumerate(shot.clips, 1)]
    starts = [start for slot in timeline.pages for start in slot.clip_starts_s]
    placed = place(zip(raws, lengths, strict=True), starts)
    sounds = place_sounds(
        (shot.sounds, samples_of(slot.start_frame, footage.fps), samples_of(slot.end_frame, footage.fps))
        for shot, slot in zip(footage.shots, timeline.pages, strict=True)
    )
    mastered, lufs = mix(placed, music, samples_of(timeline.frame_count, footage.fps), workdir, sounds)
    for raw in [*raws, *([music] if music else [])]:
        raw.unlink()
    encoded = {suffix: _encode(mastered, suffix) for suffix in sorted(set(suffixes))}
    return HeardFilm(mastered, lufs, encoded, listen(encoded[Path(FILM).suffix], workdir))


def _raw_clip(workdir: Path, page: int, number: int) -> Path:
    return workdir / f"clip{page}_{number}.f32"


def _decode_music(music: Path, workdir: Path) -> Path:
    raw = workdir / "music.f32"
    (length,) = decode([Encoded(music, raw, "the music")], channels=2)
    if length < SHORTEST_MUSIC_S * RATE_HZ:
        raise BadInput(f"the music is shorter than {SHORTEST_MUSIC_S:g} s")
    return raw


def _encode(mastered: Path, suffix: str) -> Path:
    target = mastered.with_name(f"sound{suffix}")
    with naming_full_disk("encoding the sound"):
        run(raw_input(mastered, 2).audio.output(str(target), ar=RATE_HZ, **CODECS[suffix]), "encoding the sound")
    return target


def _span(page: int, number: int, clip: SpokenClip, length_s: float) -> SpeechSpan:
    last_word_s = min(length_s if clip.last_word_s is None else clip.last_word_s, length_s)
    if clip.first_word_s >= last_word_s:
        raise BadInput(
            f"clip {number} of page {page} is {length_s:.2f} s long: its first word cannot start at"
            f" {clip.first_word_s:.2f} s and its last end at {last_word_s:.2f} s"
        )
    return SpeechSpan(length_s, clip.first_word_s, last_word_s, pause_after(clip.text))
