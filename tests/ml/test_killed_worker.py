"""A process that speaks and plays by real model code is killed, and another one takes its units over."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from schemas import Mood, Passage, SpeechRequested
from services.music.musicgen import MusicGenMusician
from services.speech.coqui import CoquiNarrator
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings, MusicModelSettings, SpeechModelSettings

PAGE = SpeechRequested(task_id=5, page=1, segments=("A fox looked at the moon.", "It was far."), seed=7)
PASSAGES = (Passage(mood=Mood.CALM, duration_s=4),)
TOKENS = 40
TOLD = "told"


def narrator(models: Path) -> CoquiNarrator:
    own = SpeechModelSettings(model=str(models / "vits"))
    return CoquiNarrator(own, ModelSettings(), Models(ModelSettings()))


def musician(models: Path) -> MusicGenMusician:
    own = MusicModelSettings(model=str(models / "musicgen"))
    return MusicGenMusician(own, ModelSettings(), Models(ModelSettings()))


def work(models: Path, workdir: Path) -> None:
    """What the process does: one of a page's segments, and then music, until it is killed in the middle."""
    spoken = narrator(models).speak_page(PAGE, "anna")
    tell(hashlib.sha256(next(spoken).wav()).hexdigest())
    musician(models).play(PASSAGES, 3, workdir / "track.wav", tell)


def tell(what: object) -> None:
    print(TOLD, what, flush=True)


def told_by(process: subprocess.Popen[str]) -> Iterator[str]:
    """What the process tells, between the lines of its log."""
    assert process.stdout is not None
    return (line.removeprefix(TOLD).strip() for line in process.stdout if line.startswith(TOLD))


def test_what_another_process_makes_after_a_kill_is_what_the_first_would_have_made(tmp_path: Path) -> None:
    from tests.ml.tiny_musicgen import build_musicgen  # noqa: PLC0415  not for the process that is killed
    from tests.ml.tiny_voices import build_vits  # noqa: PLC0415

    build_vits(tmp_path / "vits")
    build_musicgen(tmp_path / "musicgen")
    command = [sys.executable, "-m", "tests.ml.test_killed_worker", str(tmp_path), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = list(islice(told_by(process), 1 + TOKENS))
        process.kill()
    assert 0 < float(lines[-1]) < 1
    assert not (tmp_path / "track.wav").exists()

    first, second = narrator(tmp_path).speak_page(PAGE, "anna")
    assert hashlib.sha256(first.wav()).hexdigest() == lines[0]
    assert second.samples.any()
    told: list[float] = []
    musician(tmp_path).play(PASSAGES, 3, tmp_path / "track.wav", told.append)
    assert [str(fraction) for fraction in told[:TOKENS]] == lines[1:]
    musician(tmp_path).play(PASSAGES, 3, tmp_path / "undisturbed.wav", lambda _fraction: None)
    assert (tmp_path / "track.wav").read_bytes() == (tmp_path / "undisturbed.wav").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"vits", "musicgen", "track.wav", "undisturbed.wav"}


if __name__ == "__main__":
    work(Path(sys.argv[1]), Path(sys.argv[2]))
