"""``talestream models check`` loads real model code, has it do a small order, and tells what that took."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.ml import tiny_diffusion
from tests.ml.tiny_musicgen import build_musicgen
from tests.ml.tiny_voices import build_vits


def _checked(stage: str, provider: str, **environment: str) -> dict[str, Any]:
    program = "from talestream.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", program, "models", "check", "--stage", stage, "--provider", provider, "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "PYTHONPATH": str(Path.cwd()), "TALESTREAM_MODELS__DEVICE": "cpu", **environment},
    )
    [found] = json.loads(run.stdout)
    return dict(found)


def test_a_painter_and_a_musician_and_a_narrator_are_tried_out(tmp_path: Path) -> None:
    sdxl = tiny_diffusion.sdxl(tmp_path / "sdxl")
    build_musicgen(tmp_path / "musicgen")
    build_vits(tmp_path / "vits")
    found = [
        _checked("image", "diffusers", TALESTREAM_IMAGE_MODEL__MODEL=str(sdxl), TALESTREAM_IMAGE_MODEL__STEPS="2"),
        _checked("music", "musicgen", TALESTREAM_MUSIC_MODEL__MODEL=str(tmp_path / "musicgen")),
        _checked("speech", "coqui", TALESTREAM_SPEECH_MODEL__MODEL=str(tmp_path / "vits")),
    ]
    assert [one["why_not"] for one in found] == [None] * 3
    assert [one["made"].split()[0] for one in found] == ["picture", "music", "narration"]
    for one in found:
        assert one["load_s"] > 0
        assert one["probe_s"] > 0
        assert one["peak_mb"] > 100


def test_a_model_that_is_not_there_or_too_large_is_refused_with_what_to_do(tmp_path: Path) -> None:
    missing = _checked("image", "diffusers", TALESTREAM_IMAGE_MODEL__MODEL=str(tmp_path / "nothing"))
    assert (missing["is_usable"], missing["made"]) == (False, None)
    assert "talestream models warm --stage image --download" in missing["remedy"]
    sdxl = tiny_diffusion.sdxl(tmp_path / "sdxl")
    large = _checked("image", "diffusers", TALESTREAM_IMAGE_MODEL__MODEL=str(sdxl), TALESTREAM_MODELS__MEMORY_MB="1")
    assert not large["is_usable"]
    assert "TALESTREAM_MODELS__MEMORY_MB" in large["remedy"]
