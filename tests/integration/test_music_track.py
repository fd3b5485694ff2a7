"""The music stage with its embedded provider: real tracks, measured."""

import wave
from pathlib import Path

import numpy as np
import pytest

from schemas import Mood, MusicRequested, Passage, Track
from services.music.stage import score
from talestream.errors import Cancelled
from talestream.providers import Providers
from talestream.stage import StageContext
from tests.folder_store import FolderStore

providers = Providers()


def context(request: MusicRequested, folder: Path) -> StageContext:
    workdir = folder / "work"
    workdir.mkdir(exist_ok=True)
    return StageContext(request=request, store=FolderStore(folder / "store"), providers=providers, workdir=workdir)


async def track(folder: Path, passages: tuple[Passage, ...], seed: int = 1) -> tuple[Track, np.ndarray]:
    """A track and its sound, of shape (samples, 2), full scale 1."""
    request = MusicRequested(task_id=7, passages=passages, seed=seed)
    ctx = context(request, folder)
    made = await score(request, ctx)
    with wave.open(str(ctx.workdir / "track.wav")) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, 44_100)
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2) / 32768
    return made, samples


def level_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples))) + 1e-9))


@pytest.mark.parametrize("mood", Mood)
async def test_a_track_of_any_mood_is_heard_throughout_and_never_clips(mood: Mood, tmp_path: Path) -> None:
    made, samples = await track(tmp_path, (Passage(mood=mood, duration_s=12),))
    assert made.duration_s == pytest.approx(len(samples) / 44_100, abs=1e-3)
    assert 12 <= made.duration_s <= 16
    assert 0.5 < np.abs(samples).max() < 0.9
    seconds = [samples[start : start + 44_100] for start in range(0, 12 * 44_100, 44_100)]
    assert min(map(level_db, seconds)) > -35
    assert np.abs(samples[-44:]).max() < 0.01
    assert np.abs(np.mean(samples, axis=0)).max() < 0.01


async def test_a_track_is_stored_with_what_it_was_made_by(tmp_path: Path) -> None:
    made, _ = await track(tmp_path, (Passage(mood=Mood.CALM, duration_s=3), Passage(mood=Mood.TENSE, duration_s=5)), 9)
    assert made.audio.path == "generated_stories/0/music/track.wav"
    assert (made.audio.role, made.audio.mime, made.audio.seed) == ("music", "audio/wav", 9)
    assert (made.audio.provider, made.audio.model) == ("embedded", "FluidR3Mono_GM")


async def test_the_same_seed_gives_the_same_sound_and_another_another(tmp_path: Path) -> None:
    passages = (Passage(mood=Mood.WONDER, duration_s=6),)
    first, _ = await track(tmp_path, passages, 3)
    second, _ = await track(tmp_path, passages, 3)
    other, _ = await track(tmp_path, passages, 4)
    assert first.audio.sha256 == second.audio.sha256 != other.audio.sha256


async def test_a_very_short_passage_is_its_final_chord(tmp_path: Path) -> None:
    made, samples = await track(tmp_path, (Passage(mood=Mood.SAD, duration_s=0.3),))
    assert 0.3 <= made.duration_s <= 4.3
    assert level_db(samples[:44_100]) > -35


async def test_a_cancelled_track_stops_and_leaves_nothing_behind_in_the_next_one(tmp_path: Path) -> None:
    passages = (Passage(mood=Mood.JOYFUL, duration_s=4),)
    before, _ = await track(tmp_path, passages)
    request = MusicRequested(task_id=7, passages=(Passage(mood=Mood.TENSE, duration_s=600),))
    ctx = context(request, tmp_path)
    told: list[float] = []

    def on_progress(fraction: float, _note: str) -> None:
        told.append(fraction)
        ctx.cancelled.set()

    ctx.on_progress = on_progress
    with pytest.raises(Cancelled):
        await score(request, ctx)
    assert len(told) == 1
    assert told[0] < 0.1
    assert ctx.artifacts == []
    after, _ = await track(tmp_path, passages)
    assert before.audio.sha256 == after.audio.sha256
