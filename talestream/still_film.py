"""A film of plain colours and silence, written byte by byte: valid, tiny, and made in milliseconds without ffmpeg.

Boxes by ISO/IEC 14496-12 (the container), -14 (AAC in it) and -15 (H.264 in it).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil

from talestream.still_pictures import Colour, StillPictures

AUDIO_RATE_HZ = 48_000
_AAC_SAMPLES = 1024
"""Samples a channel in a frame of sound."""
_SILENCE = bytes((33, 0, 73, 144, 2, 25, 0, 35, 128))
"""A frame of stereo silence, AAC-LC."""
_AAC_STEREO_48K = bytes((0x11, 0x90))
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_UNDETERMINED = 0x55C4
"""The language ``und``."""


@dataclass(frozen=True)
class Still:
    """One colour for some frames."""

    colour: Colour
    frames: int


@dataclass(frozen=True)
class _Track:
    number: int
    kind: bytes
    timescale_hz: int
    samples: Sequence[bytes]
    lengths: Sequence[int]
    """Of each sample, in units of the time scale."""
    entry: bytes
    """How its samples are to be decoded."""
    keys: Sequence[int] = ()
    """Numbers of the samples at which a player may begin; empty for all."""
    width: int = 0
    height: int = 0


def still_film(stills: Sequence[Still], width: int, height: int, fps: int) -> bytes:
    """An MP4 of ``width`` x ``height`` at ``fps``: H.264 yuv420p BT.709, AAC stereo 48 kHz, faststart."""
    pictures = StillPictures(width, height, fps)
    frames: list[bytes] = []
    keys: list[int] = []
    for number, still in enumerate(stills):
        keys.append(len(frames) + 1)
        frames.append(pictures.key(still.colour, number))
        frames += [pictures.repeat(after) for after in range(1, still.frames)]
    samples = round(len(frames) / fps * AUDIO_RATE_HZ)
    count = ceil(samples / _AAC_SAMPLES)
    lengths = [_AAC_SAMPLES] * (count - 1) + [samples - _AAC_SAMPLES * (count - 1)]
    tracks = (
        _Track(1, b"vide", fps, frames, [1] * len(frames), _video_entry(pictures, width, height), keys, width, height),
        _Track(2, b"soun", AUDIO_RATE_HZ, [_SILENCE] * count, lengths, _sound_entry()),
    )
    start = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    first = len(start) + len(_movie(tracks, 0)) + 8
    return start + _movie(tracks, first) + _box(b"mdat", *(sample for track in tracks for sample in track.samples))


def _movie(tracks: Sequence[_Track], first: int) -> bytes:
    """The index. The tracks' samples lie one track behind the other from byte ``first`` of the file."""
    scale, length = tracks[0].timescale_hz, sum(tracks[0].lengths)
    boxes = []
    for track in tracks:
        boxes.append(_track(track, length, first))
        first += sum(map(len, track.samples))
    header = struct.pack(">4I", 0, 0, scale, length) + struct.pack(">IH10x", 0x10000, 0x100) + _MATRIX
    return _box(b"moov", _full(b"mvhd", 0, header, bytes(24), struct.pack(">I", len(tracks) + 1)), *boxes)


def _track(track: _Track, movie_length: int, first: int) -> bytes:
    volume = 0x100 if track.kind == b"soun" else 0
    header = struct.pack(">5I8x2H2H", 0, 0, track.number, 0, movie_length, 0, 0, volume, 0) + _MATRIX
    media = struct.pack(">4I2H", 0, 0, track.timescale_hz, sum(track.lengths), _UNDETERMINED, 0)
    handler = struct.pack(">I4s12x", 0, track.kind) + b"talestream\0"
    about = _full(b"vmhd", 1, bytes(8)) if track.kind == b"vide" else _full(b"smhd", 0, bytes(4))
    here = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    return _box(
        b"trak",
        _full(b"tkhd", 3, header, struct.pack(">2I", track.width << 16, track.height << 16)),
        _box(
            b"mdia",
            _full(b"mdhd", 0, media),
            _full(b"hdlr", 0, handler),
            _box(b"minf", about, here, _table(track, first)),
        ),
    )


def _table(track: _Track, first: int) -> bytes:
    """When each sample is shown, how long it is, and where it lies: all in one chunk."""
    runs = [(len(list(run)), length) for length, run in groupby(track.lengths)]
    count = len(track.samples)
    keys = [_full(b"stss", 0, struct.pack(f">I{len(track.keys)}I", len(track.keys), *track.keys))] if track.keys else []
    return _box(
        b"stbl",
        _full(b"stsd", 0, struct.pack(">I", 1), track.entry),
        _full(b"stts", 0, struct.pack(">I", len(runs)), *(struct.pack(">2I", *run) for run in runs)),
        *keys,
        _full(b"stsc", 0, struct.pack(">4I", 1, 1, count, 1)),
        _full(b"stsz", 0, struct.pack(f">2I{count}I", 0, count, *map(len, track.samples))),
        _full(b"stco", 0, struct.pack(">2I", 1, first)),
    )


def _video_entry(pictures: StillPictures, width: int, height: int) -> bytes:
    sets = struct.pack(">BH", 0xE1, len(pictures.sequence)) + pictures.sequence
    sets += struct.pack(">BH", 1, len(pictures.parameters)) + pictures.parameters
    return _box(
        b"avc1",
        struct.pack(">6xH16x2H2I4xH32xHh", 1, width, height, 0x480000, 0x480000, 1, 24, -1),
        _box(b"avcC", bytes((1, 66, 0xC0, pictures.level, 0xFF)), sets),
        _box(b"colr", b"nclx", struct.pack(">3HB", 1, 1, 1, 0)),
    )


def _sound_entry() -> bytes:
    decoder = _descriptor(4, struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + _descriptor(5, _AAC_STEREO_48K))
    stream = _descriptor(3, struct.pack(">HB", 2, 0) + decoder + _descriptor(6, b"\2"))
    about = struct.pack(">6xH8x2H4xI", 1, 2, 16, AUDIO_RATE_HZ << 16)
    return _box(b"mp4a", about, _full(b"esds", 0, stream))


def _descriptor(tag: int, data: bytes) -> bytes:
    return bytes((tag, len(data))) + data


def _full(kind: bytes, flags: int, *parts: bytes) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


def _box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I4s", 8 + len(data), kind) + data
