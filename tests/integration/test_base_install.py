"""What is said and done where the extras are not installed: their packages cannot be imported in these processes."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

PROJECT = tomllib.loads(Path("pyproject.toml").read_text())["project"]
IMPORTED_AS = {
    "coqui-tts": "TTS",
    "ffmpeg-python": "ffmpeg",
    "hibari-tts": "hibari",
    "imageio-ffmpeg": "imageio_ffmpeg",
    "noto-cjk-sans-otc": "noto_cjk_sans_otc",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "resvg-py": "resvg_py",
}
"""Where that differs from the package's name."""
WITH_THEM = {"ml": {"huggingface_hub", "jinja2", "tokenizers"}, "embedded": {"tinysoundfont"}}
"""What comes with an extra without being named by it."""
NONE_OF = """
from importlib.machinery import PathFinder

found = PathFinder.find_spec

def find_spec(name, path=None, target=None):
    return None if name in {packages!r} else found(name, path, target)

PathFinder.find_spec = find_spec
"""
"""A module of Python's own start: it comes before everything else, in each process."""


def packages(extra: str) -> set[str]:
    """What an extra brings, as it is imported."""
    return {IMPORTED_AS.get(name, name) for name in names(PROJECT["optional-dependencies"][extra])} | WITH_THEM[extra]


def names(requirements: Iterable[str]) -> set[str]:
    """The packages of requirements that the base does not have."""
    base = {re.split(r"[^A-Za-z0-9-]", one)[0] for one in PROJECT["dependencies"]} | {"six"}  # python-jose brings it
    return {re.split(r"[^A-Za-z0-9-]", one)[0] for one in requirements} - base


def without(extras: Iterable[str], folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A Python process, and all that it starts, on a machine without these extras."""
    there = set().union(*(packages(extra) for extra in WITH_THEM.keys() - set(extras)))
    missing = set().union(*map(packages, extras)) - there
    (folder / "sitecustomize.py").write_text(NONE_OF.format(packages=missing))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TALESTREAM_")}
    environment |= {"PYTHONPATH": os.pathsep.join((str(folder), str(Path.cwd())))}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=False, env=environment)


def listed(extras: Iterable[str], folder: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """What ``talestream models list`` says there."""
    run = without(extras, folder, "-c", "from talestream.cli import main; main()", "models", "list", "--json")
    assert run.returncode == 0, run.stderr
    return {(one["stage"], one["provider"]): one for one in json.loads(run.stdout)}


def test_without_real_models_the_list_says_of_each_what_to_install_and_the_others_work(tmp_path: Path) -> None:
    found = listed(["ml"], tmp_path)
    unusable = {one for one, said in found.items() if "missing" in (said["why_not"] or "")}
    assert unusable == {
        ("story", "transformers"),
        ("image", "diffusers"),
        ("animation", "diffusers"),
        ("speech", "coqui"),
        ("music", "musicgen"),
    }
    for one in unusable:
        assert "torch" in found[one]["why_not"]
        assert found[one]["remedy"] == "install it with: pip install 'talestream[ml]'"
    assert all(said["is_usable"] for (_, provider), said in found.items() if provider in {"embedded", "simulated"})


def test_the_bare_package_lists_what_to_install_for_each_and_writes_and_splits_stories(tmp_path: Path) -> None:
    found = listed(["ml", "embedded"], tmp_path)
    for (stage, provider), said in found.items():
        if provider == "embedded" and stage not in {"story", "split"}:
            assert not said["is_usable"], stage
            assert "missing" in said["why_not"]
            assert "talestream[embedded]" in said["remedy"]
    assert found["story", "embedded"]["is_usable"]
    assert found["split", "embedded"]["is_usable"]


@pytest.mark.parametrize(
    "module",
    [
        "talestream.worker_process",
        "services.api.app",
        *(f"services.{stage}.stage" for stage in ("story", "image", "split", "music", "animation")),
    ],
)
def test_what_a_worker_or_the_api_begins_with_needs_no_extra(tmp_path: Path, module: str) -> None:
    run = without(["ml", "embedded"], tmp_path, "-c", f"import {module}")
    assert run.returncode == 0, run.stderr
