"""A film of which models make everything: each stage a worker process of its own, from the order to the file."""

import io
import os
import wave
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import pytest_asyncio
from PIL import Image

from schemas import Page, Script
from services.story.language import detect
from talestream.embedded.stack import Stack
from tests.e2e.conftest import signed_in
from tests.ml import tiny_diffusion
from tests.ml.hub_cache import commit, downloaded
from tests.ml.smollm2 import smollm2
from tests.ml.tiny_musicgen import build_musicgen
from tests.ml.tiny_voices import SPEAKERS, VITS_RATE_HZ, build_vits

pytestmark = pytest.mark.timeout(600)

PAGES = 3
PAINTER, PLAYER = "tales/painter", "tales/player"
SEED = 7
ROUNDING = 8
"""Levels of a colour by which sums in another order may differ."""


@dataclass(frozen=True)
class Made:
    """A finished task, as a client sees it."""

    manifest: dict[str, Any]
    files: dict[str, bytes]
    """By the path in the task's folder."""

    def artifacts(self, stage: str) -> list[dict[str, Any]]:
        """What the manifest says of a stage's files."""
        return [one for group in ("artifacts", "superseded") for one in self.manifest[group] if one["stage"] == stage]


def real_story() -> dict[str, str]:
    """Real weights that write, with little room."""
    return {
        "TALESTREAM_PROVIDERS__STORY": "transformers",
        "TALESTREAM_STORY_MODEL__MODEL": str(smollm2()),
        "TALESTREAM_STORY_MODEL__LONGEST_TEXT": "40",
        "TALESTREAM_STORY_MODEL__MAX_TOKENS": "1000",
    }


def tiny_models(folder: Path) -> dict[str, str]:
    """Tiny models that paint, speak and play; those that paint and play are known by their ids on the hub."""
    downloaded(tiny_diffusion.sdxl(folder / "sdxl"), folder / "hub", PAINTER)
    downloaded(build_musicgen(folder / "musicgen"), folder / "hub", PLAYER)
    return {
        "TALESTREAM_MODELS__FOLDER": str(folder),
        "TALESTREAM_PROVIDERS__IMAGE": "diffusers",
        "TALESTREAM_IMAGE_MODEL__MODEL": PAINTER,
        "TALESTREAM_IMAGE_MODEL__STEPS": "2",
        "TALESTREAM_IMAGE_MODEL__PIXELS": str(128 * 128),
        "TALESTREAM_PROVIDERS__SPEECH": "coqui",
        "TALESTREAM_SPEECH_MODEL__MODEL": str(build_vits(folder / "vits")),
        "TALESTREAM_PROVIDERS__MUSIC": "musicgen",
        "TALESTREAM_MUSIC_MODEL__MODEL": PLAYER,
        "TALESTREAM_MODELS__DEVICE": "cpu",
    }


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of every stage."""
    return {**real_story(), **tiny_models(tmp_path_factory.mktemp("models"))}


@pytest_asyncio.fixture(scope="module")
async def made(models: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Made]:
    """A film that was ordered through the public API, once for this module."""
    environment = {**os.environ, **models, "TALESTREAM_WORKER__NICENESS": "0"}  # other tests run beside
    folder = tmp_path_factory.mktemp("film") / "stack"
    async with Stack(folder, environment=environment) as stack, signed_in(stack.url) as user:
        task_id = await user.new_task("a fox who wants to touch the moon", page_count=PAGES, seed=SEED)
        await user.json("POST", f"/api/task/{task_id}/execute", 202)
        await user.until_segment(task_id, 5, seconds=500)
        manifest = await user.json("GET", f"/api/task/{task_id}/manifest")
        files = {}
        for artifact in manifest["artifacts"]:
            answer = await user.http.get("/api/resource", params={"url": artifact["path"]})
            files[artifact["path"].removeprefix(f"generated_stories/{task_id}/")] = answer.content
    yield Made(manifest, files)


async def test_models_write_paint_speak_and_play_a_film_that_can_be_watched(made: Made) -> None:
    with av.open(io.BytesIO(made.files["output.mp4"])) as film:
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]
    with av.open(io.BytesIO(made.files["output.mp4"])) as film:
        heard = sum(frame.samples / frame.sample_rate for frame in film.decode(audio=0))
    duration_s = made.manifest["film_duration_s"]
    assert duration_s > made.manifest["narration_duration_s"] > 0
    assert len(frames) / 24 == duration_s
    assert heard == pytest.approx(duration_s, abs=0.1)
    assert {frame.shape for frame in frames} == {(720, 1280)}
    assert not made.manifest["is_degraded"]


async def test_the_script_has_its_pages_in_the_language_of_the_topic(made: Made) -> None:
    script = Script.model_validate_json(made.files["script_data.json"])
    assert len(script.pages) == PAGES
    assert detect(" ".join(page.story for page in script.pages)) == "en"


async def test_every_page_has_the_picture_that_its_words_ask_for(made: Made) -> None:
    script = Script.model_validate_json(made.files["script_data.json"])
    drawn: list[tuple[Page, np.ndarray]] = []
    for number, page in enumerate(script.pages, 1):
        with Image.open(io.BytesIO(made.files[f"image/p{number}.png"])) as picture:
            assert picture.size == (1280, 720)
            pixels = np.asarray(picture).astype(int)
        assert pixels.std() > 1
        drawn.append((page, pixels))
    for (one, its), (other, others) in combinations(drawn, 2):
        if (one.image_prompt, one.mood) == (other.image_prompt, other.mood):
            assert np.abs(its - others).max() <= ROUNDING  # painted alone or in a batch
        else:
            assert not np.array_equal(its, others)


async def test_the_narration_is_the_voices_and_the_music_is_as_long_as_it(made: Made) -> None:
    narrated_s = 0.0
    for artifact in made.artifacts("speech"):
        if artifact["role"] == "narration":
            with wave.open(io.BytesIO(made.files[artifact["path"].split("/", 2)[2]])) as sound:
                assert sound.getframerate() == VITS_RATE_HZ
                narrated_s += sound.getnframes() / sound.getframerate()
    with wave.open(io.BytesIO(made.files["music/track.wav"])) as music:
        assert music.getnframes() / music.getframerate() >= narrated_s
        assert np.frombuffer(music.readframes(music.getnframes()), np.int16).any()
    assert made.manifest["narration_duration_s"] == pytest.approx(narrated_s, abs=0.01)


@pytest.mark.parametrize(
    ("stage", "provider", "setting"),
    [
        ("story", "transformers", "TALESTREAM_STORY_MODEL__MODEL"),
        ("image", "diffusers", "TALESTREAM_IMAGE_MODEL__MODEL"),
        ("speech", "coqui", "TALESTREAM_SPEECH_MODEL__MODEL"),
        ("music", "musicgen", "TALESTREAM_MUSIC_MODEL__MODEL"),
    ],
)
async def test_the_manifest_says_which_model_made_each_file(
    made: Made, models: dict[str, str], stage: str, provider: str, setting: str
) -> None:
    artifacts = made.artifacts(stage)
    assert artifacts
    for artifact in artifacts:
        assert (artifact["provider"], artifact["model"]) == (provider, models[setting])
        assert (artifact["seed"], artifact["degraded"]) == (SEED, None)


async def test_the_manifest_says_which_commit_of_the_hub_a_model_was(made: Made) -> None:
    revisions = {
        stage: {one["revision"] for one in made.artifacts(stage)} for stage in ("story", "image", "speech", "music")
    }
    assert revisions == {"story": {None}, "speech": {None}, "image": {commit(PAINTER)}, "music": {commit(PLAYER)}}


async def test_the_manifest_says_how_the_models_were_asked(made: Made) -> None:
    for artifact in made.artifacts("image"):
        asked = artifact["parameters"]
        assert (asked["num_inference_steps"], asked["scheduler"]) == (2, "EulerDiscreteScheduler")
    for artifact in made.artifacts("speech"):
        if artifact["role"] == "narration":
            assert artifact["parameters"]["voice"] == SPEAKERS[0]
            assert artifact["parameters"]["word_times"] == "durations"
    assert all(one["work_s"] > 0 for one in made.artifacts("image"))
