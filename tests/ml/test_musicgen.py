"""The musician ``musicgen``, with a model that is loaded from disk as a user's is."""

import threading
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from schemas import Mood, MusicRequested, Passage
from services.music.musicgen import SEAM_S, TAIL_S, MusicGenMusician
from services.music.stage import score
from services.music.wav_file import PEAK, RATE_HZ, Samples
from talestream.errors import BadInput, Cancelled, StageError
from talestream.model_errors import OutOfMemory
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings, MusicModelSettings
from tests.ml.hand import CancelAtStep, context
from tests.ml.tiny_musicgen import CODEBOOKS, build_musicgen

FRAME_RATE = 50
WINDOW_S, OVERLAP_S = 4.0, 1.0
PASSAGES = (Passage(mood=Mood.JOYFUL, duration_s=3.613), Passage(mood=Mood.PLAYFUL, duration_s=3.75))
SHORT = (Passage(mood=Mood.SAD, duration_s=1.5),)
LENGTH_S = 3.613 + 3.75 + TAIL_S


@pytest.fixture(scope="module")
def musician(tmp_path_factory: pytest.TempPathFactory) -> MusicGenMusician:
    return playing(build_musicgen(tmp_path_factory.mktemp("models") / "musicgen"), Models(ModelSettings()))


@pytest.fixture(scope="module")
def stereo(tmp_path_factory: pytest.TempPathFactory) -> MusicGenMusician:
    return playing(build_musicgen(tmp_path_factory.mktemp("models") / "stereo", channels=2), Models(ModelSettings()))


def playing(folder: Path, held: Models) -> MusicGenMusician:
    own = MusicModelSettings(model=str(folder), window_s=WINDOW_S, overlap_s=OVERLAP_S)
    return MusicGenMusician(own, ModelSettings(), held)


def sound_of(track: Path) -> Samples:
    with wave.open(str(track)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (2, 2, RATE_HZ)
        return np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, 2).astype(np.float32) / 32767


async def test_a_track_is_as_long_as_its_passages_and_fades_out_behind_them(
    musician: MusicGenMusician, tmp_path: Path
) -> None:
    request = MusicRequested(task_id=7, passages=PASSAGES, seed=3)
    ctx = context(request, tmp_path, musician)
    told: list[float] = []
    ctx.on_progress = lambda fraction, _note: told.append(fraction)
    made = await score(request, ctx)
    samples = sound_of(ctx.workdir / "track.wav")

    assert len(samples) == np.ceil(LENGTH_S * RATE_HZ)
    assert made.duration_s == pytest.approx(LENGTH_S, abs=1e-4)
    assert np.abs(samples).max() == pytest.approx(PEAK, abs=1e-3)
    assert np.abs(samples[-RATE_HZ // 100 :]).max() < 0.02
    assert np.abs(samples[:44]).max() < 0.05 * PEAK
    seconds = [np.abs(samples[at : at + RATE_HZ]).max() for at in range(0, int(LENGTH_S - TAIL_S) * RATE_HZ, RATE_HZ)]
    assert min(seconds) > 0.1 * PEAK, "it is heard throughout"
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) >= LENGTH_S * FRAME_RATE, "it tells how far it is at each token"
    assert (made.audio.provider, made.audio.model, made.audio.seed) == ("musicgen", musician.model, 3)
    assert [path.name for path in ctx.workdir.iterdir()] == ["track.wav"]


def test_windows_are_joined_without_a_click(musician: MusicGenMusician, tmp_path: Path) -> None:
    musician.play(PASSAGES, 3, tmp_path / "track.wav", lambda _fraction: None)
    steps = np.abs(np.diff(sound_of(tmp_path / "track.wav")[: int((LENGTH_S - TAIL_S) * RATE_HZ)], axis=0)).max(axis=1)
    for seam in (round(at_s * RATE_HZ) for at_s in (3.62, 6.52)):  # a window for the first mood, two for the second
        around = steps[seam - round((SEAM_S + 0.01) * RATE_HZ) : seam + RATE_HZ // 100]
        assert around.max() <= 1.2 * np.quantile(steps, 0.9999)


def test_the_channels_of_a_stereo_model_are_kept_apart(stereo: MusicGenMusician, tmp_path: Path) -> None:
    stereo.play(PASSAGES, 3, tmp_path / "track.wav", lambda _fraction: None)
    left, right = sound_of(tmp_path / "track.wav").T
    assert len(left) == np.ceil(LENGTH_S * RATE_HZ)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.9


def test_a_model_goes_on_from_what_it_hears(musician: MusicGenMusician) -> None:
    with musician.loaded() as model:
        heard = np.random.default_rng(1).uniform(-0.5, 0.5, (FRAME_RATE * model.frame, 2)).astype(np.float32)
        played = []
        for before in (heard, heard, -heard):
            torch.manual_seed(5)
            played.append(model.play("calm", before, 20, lambda: None))
        assert [sound.shape for sound in played] == [((FRAME_RATE + 20) * model.frame, 2)] * 3
        assert np.array_equal(played[0], played[1])
        new = slice(FRAME_RATE * model.frame, None)
        assert not np.allclose(played[0][new], played[2][new])


def test_the_same_seed_gives_the_same_track(musician: MusicGenMusician, tmp_path: Path) -> None:
    def track(seed: int, mood: Mood = Mood.SAD) -> bytes:
        musician.play((Passage(mood=mood, duration_s=1),), seed, tmp_path / "track.wav", lambda _fraction: None)
        return (tmp_path / "track.wav").read_bytes()

    first = track(3)
    assert first == track(3)
    assert len({first, track(4), track(3, Mood.JOYFUL)}) == 3


@pytest.mark.parametrize("number", [1, 40, 250])
async def test_a_cancel_reaches_the_token_that_is_drawn(
    musician: MusicGenMusician, number: int, tmp_path: Path
) -> None:
    request = MusicRequested(task_id=7, passages=PASSAGES, seed=3)
    cancelled = CancelAtStep(number)
    ctx = context(request, tmp_path, musician, cancelled)
    told: list[float] = []
    ctx.on_progress = lambda fraction, _note: told.append(fraction)
    with pytest.raises(Cancelled):
        await score(request, ctx)
    assert cancelled.asked == number
    assert len(told) == number - 1
    assert ctx.artifacts == []
    assert list(ctx.workdir.iterdir()) == []


async def test_an_attempt_after_one_that_was_stopped_plays_the_track_as_if_it_had_been_the_first(
    musician: MusicGenMusician, tmp_path: Path
) -> None:
    request = MusicRequested(task_id=7, passages=SHORT, seed=3)
    undisturbed = tmp_path / "undisturbed.wav"
    musician.play(request.passages, 3, undisturbed, lambda _fraction: None)
    with pytest.raises(Cancelled):
        await score(request, context(request, tmp_path, musician, CancelAtStep(60)))
    ctx = context(request, tmp_path, musician, threading.Event())
    made = await score(request, ctx)
    assert await ctx.get(made.audio.uri) == undisturbed.read_bytes()


def test_a_track_that_no_file_holds_is_refused(musician: MusicGenMusician, tmp_path: Path) -> None:
    passages = (Passage(mood=Mood.CALM, duration_s=3600),) * 5
    with pytest.raises(BadInput, match="longer"):
        musician.play(passages, 1, tmp_path / "track.wav", lambda _fraction: None)


def test_a_window_for_which_there_is_no_memory_may_be_tried_again(
    musician: MusicGenMusician, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with musician.loaded() as model:
        monkeypatch.setattr(model.network, "generate", lambda *_args, **_more: torch.empty(1 << 60))
        with pytest.raises(OutOfMemory) as caught:
            musician.play(PASSAGES, 1, tmp_path / "track.wav", lambda _fraction: None)
        assert caught.value.retryable
        monkeypatch.undo()
    musician.play(SHORT, 1, tmp_path / "track.wav", lambda _fraction: None)
    assert len(sound_of(tmp_path / "track.wav")) > 3 * RATE_HZ


@pytest.mark.parametrize(
    ("file", "content", "code"),
    [
        ("config.json", "{", "model-broken"),
        ("model.safetensors", "no tensors", "model-broken"),
        ("model.safetensors", None, "model-broken"),
    ],
)
def test_broken_files_are_told_and_a_model_that_is_put_right_is_loaded(
    file: str, content: str | None, code: str, tmp_path: Path
) -> None:
    folder = build_musicgen(tmp_path / "musicgen")
    whole = (folder / file).read_bytes()
    (folder / file).unlink()
    if content is not None:
        (folder / file).write_text(content)
    musician = playing(folder, Models(ModelSettings()))
    assert fails(musician, tmp_path).code == code
    (folder / file).write_bytes(whole)
    musician.play(SHORT, 1, tmp_path / "track.wav", lambda _fraction: None)


@pytest.mark.parametrize("name", ["nowhere/musicgen-nobody", "/nowhere/musicgen"])
def test_a_model_that_is_not_there_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    own, shared = MusicModelSettings(model=name), ModelSettings(folder=tmp_path)
    error = fails(MusicGenMusician(own, shared, Models(shared)), tmp_path)
    assert (error.code, error.retryable) == ("model-missing", False)
    assert name in error.message


def fails(musician: MusicGenMusician, folder: Path) -> StageError:
    with pytest.raises(StageError) as caught:
        musician.play(SHORT, 1, folder / "track.wav", lambda _fraction: None)
    assert not list(folder.glob("track.*"))
    return caught.value


def test_each_codebook_of_the_tiny_model_is_used(musician: MusicGenMusician) -> None:
    with musician.loaded() as model:
        asked: list[int] = []
        model.play("calm", None, 10, lambda: asked.append(1))
    assert len(asked) == 10 + CODEBOOKS - 1
