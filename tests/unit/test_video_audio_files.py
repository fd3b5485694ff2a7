"""Sound out of files: WAV in process, the rest by ffmpeg, and what is no sound by name."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from services.video import audio_files
from services.video.audio_files import RATE_HZ, Encoded, decode
from talestream.errors import BadInput

RATE_IN_HZ = 24_000
LENGTH_S = 12.5


@pytest.fixture
def tone() -> np.ndarray:
    """An A of two channels, the right one half as loud. Longer than what is read at a time."""
    at = np.arange(round(LENGTH_S * RATE_IN_HZ)) / RATE_IN_HZ
    left = 0.5 * np.sin(2 * np.pi * 440 * at)
    return np.stack([left, left / 2], axis=1).astype(np.float32)


def read(path: Path, channels: int) -> np.ndarray:
    return np.fromfile(path, "<f4").reshape(-1, channels)


def no_ffmpeg(*_: object) -> None:
    raise AssertionError("WAV needs no ffmpeg")


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
def test_a_wav_file_is_the_same_sound_at_the_rate_of_films(
    tmp_path: Path, tone: np.ndarray, subtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_files, "run", no_ffmpeg)
    monkeypatch.setattr(audio_files, "BLOCK", 10_000)
    given = Encoded(tmp_path / "a.wav", tmp_path / "a.f32", "clip 1 of page 1")
    soundfile.write(given.source, tone, RATE_IN_HZ, subtype=subtype)
    assert decode([given], channels=2) == [round(LENGTH_S * RATE_HZ)]
    at = np.arange(round(LENGTH_S * RATE_HZ)) / RATE_HZ
    wanted = 0.5 * np.sin(2 * np.pi * 440 * at)
    middle = slice(2000, -2000)
    assert np.abs(read(given.target, 2)[middle, 0] - wanted[middle]).max() < 1e-3
    assert np.abs(read(given.target, 2)[middle, 1] - wanted[middle] / 2).max() < 1e-3


def test_channels_are_mixed_or_doubled(tmp_path: Path, tone: np.ndarray) -> None:
    soundfile.write(tmp_path / "two.wav", tone, RATE_IN_HZ)
    soundfile.write(tmp_path / "one.wav", tone[:, 0], RATE_IN_HZ)
    decode([Encoded(tmp_path / "two.wav", tmp_path / "two.f32", "a clip")], channels=1)
    decode([Encoded(tmp_path / "one.wav", tmp_path / "one.f32", "the music")], channels=2)
    mixed, doubled = read(tmp_path / "two.f32", 1), read(tmp_path / "one.f32", 2)
    assert (doubled[:, 0] == doubled[:, 1]).all()
    assert np.abs(mixed[:, 0] - 0.75 * doubled[:, 0]).max() < 1e-3


def test_other_formats_sound_as_wav_does(tmp_path: Path, tone: np.ndarray) -> None:
    soundfile.write(tmp_path / "a.wav", tone, RATE_IN_HZ)
    soundfile.write(tmp_path / "a.flac", tone, RATE_IN_HZ)
    lengths = decode([Encoded(tmp_path / f"a.{kind}", tmp_path / kind, kind) for kind in ("wav", "flac")], channels=2)
    assert lengths[0] == lengths[1]
    assert np.abs(read(tmp_path / "wav", 2) - read(tmp_path / "flac", 2)).max() < 2e-3


@pytest.mark.parametrize("content", [b"", b"RIFF\x00\x00\x00\x00WAVEfmt ", b"not a sound at all" * 100])
def test_the_file_that_is_no_sound_is_named(tmp_path: Path, tone: np.ndarray, content: bytes) -> None:
    soundfile.write(tmp_path / "good.wav", tone, RATE_IN_HZ)
    (tmp_path / "bad.wav").write_bytes(content)
    clips = [Encoded(tmp_path / f"{name}.wav", tmp_path / name, f"the {name} clip") for name in ("good", "bad")]
    with pytest.raises(BadInput, match="the bad clip"):
        decode(clips, channels=1)


def test_a_wav_file_without_samples_is_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros((0, 1), np.float32), RATE_IN_HZ)
    with pytest.raises(BadInput, match="clip 2 of page 7 holds no sound"):
        decode([Encoded(tmp_path / "empty.wav", tmp_path / "raw", "clip 2 of page 7")], channels=1)


def test_a_wav_file_that_was_cut_short_sounds_until_there(tmp_path: Path, tone: np.ndarray) -> None:
    whole = tmp_path / "whole.wav"
    soundfile.write(whole, tone[:, 0], RATE_IN_HZ, subtype="PCM_16")
    content = whole.read_bytes()
    (tmp_path / "cut.wav").write_bytes(content[: len(content) // 2])
    (length,) = decode([Encoded(tmp_path / "cut.wav", tmp_path / "raw", "a clip")], channels=1)
    assert length == pytest.approx(LENGTH_S / 2 * RATE_HZ, abs=200)
