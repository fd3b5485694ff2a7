"""The story stage on chat models that run in this process: a tiny one that knows no words, and a small real one."""

import asyncio
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import torch

from schemas import Script
from services.story.language import detect
from services.story.model_writer import ModelWriter
from services.story.transformers_chat import TransformersChat
from talestream.errors import Cancelled, StageError, UserMustAct
from talestream.model_manager import Models
from talestream.model_settings import ModelSettings, StoryModelSettings
from tests.ml.smollm2 import smollm2
from tests.ml.tiny_llama import NO_SYSTEM, TEMPLATE, build_llama
from tests.story_desk import StoryDesk

SHORT = {"longest_text": 20, "max_tokens": 4000}
"""A model without words writes to the end of whatever room it has."""


class Desk(StoryDesk):
    """Has stories written by a model in this process."""

    def __init__(self, folder: Path, model: Path | str, **settings: Any) -> None:
        super().__init__(folder, self._writer)
        self.models = Models(ModelSettings())
        self.settings = SHORT | {"model": str(model)} | settings

    def _writer(self) -> ModelWriter:
        configured = StoryModelSettings.model_validate(self.settings)
        return ModelWriter(TransformersChat(configured, ModelSettings(), self.models), configured)

    @property
    def network(self) -> Any:
        """The loaded model."""
        [entry] = self.models._entries.values()
        return entry.model.model


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_llama(tmp_path_factory.mktemp("llama"))


@pytest_asyncio.fixture(scope="session")
async def undisturbed(llama: Path, tmp_path_factory: pytest.TempPathFactory) -> Script:
    """What the tiny model writes when nothing comes between."""
    return await Desk(tmp_path_factory.mktemp("undisturbed"), llama).write(page_count=3)


async def test_even_a_model_without_words_writes_a_script_of_the_right_form(llama: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path, llama)
    script = await desk.write(page_count=3)
    assert len(script.pages) == 3
    assert all(0 < len(page.story) <= 20 for page in script.pages)
    assert 1 <= len(script.characters) <= 8
    notes = [note for _, note in desk.progress]
    assert any("tokens" in note and note.startswith("page 2 of 3") for note in notes)
    assert [fraction for fraction, _ in desk.progress] == sorted(fraction for fraction, _ in desk.progress)
    stored = Script.model_validate_json(await desk.store.get(desk.kept[0]))
    assert stored == script


async def test_equal_orders_give_equal_scripts_and_other_seeds_give_others(
    llama: Path, tmp_path: Path, undisturbed: Script
) -> None:
    desk = Desk(tmp_path, llama)
    assert await desk.write(page_count=3) == undisturbed
    assert (await desk.write(page_count=3, seed=6)).pages != undisturbed.pages
    assert len(desk.models.loaded()) == 1


async def test_a_warmed_up_model_is_the_one_that_writes(llama: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path, llama)
    desk.writer().warm_up()
    [loaded] = desk.models.loaded()
    tensors = [*desk.network.parameters(), *desk.network.buffers()]
    assert loaded.size_bytes == sum(one.numel() * one.element_size() for one in tensors)
    network = desk.network
    await desk.write(page_count=3)
    assert desk.network is network


async def test_what_is_not_held_to_a_form_is_asked_for_again_and_then_given_up(llama: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path, llama, is_constrained=False, attempts=2, max_tokens=40)
    with pytest.raises(StageError, match="asked 2 times") as refusal:
        await desk.write(page_count=3)
    assert refusal.value.code == "model-output-invalid"
    [uri] = desk.kept
    assert await desk.store.get(uri)
    assert uri in refusal.value.problem.message


async def test_a_cancel_stops_the_model_behind_the_next_token(llama: Path, tmp_path: Path, undisturbed: Script) -> None:
    desk = Desk(tmp_path, llama)
    desk.writer().warm_up()
    steps: list[int] = []
    desk.network.register_forward_hook(lambda *_: steps.append(1))

    def cancel_soon(note: str) -> None:
        if note == "20 tokens":
            desk.cancelled.set()
            steps.clear()

    desk.on_progress = cancel_soon
    with pytest.raises(Cancelled):
        await desk.write(page_count=3)
    assert len(steps) <= 1
    assert desk.kept == []
    desk.on_progress = lambda _note: None
    desk.cancelled.clear()
    assert await desk.write(page_count=3) == undisturbed


async def test_a_model_whose_template_knows_no_system_is_told_the_rules_by_the_user(tmp_path: Path) -> None:
    desk = Desk(tmp_path, build_llama(tmp_path / "llama", template=NO_SYSTEM + TEMPLATE))
    assert len((await desk.write(page_count=3)).pages) == 3


async def test_a_model_that_was_not_made_to_chat_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, build_llama(tmp_path / "llama", template=None))
    with pytest.raises(UserMustAct, match="no chat template") as refusal:
        await desk.write(page_count=3)
    assert refusal.value.code == "model-unsuitable"


async def test_a_question_that_does_not_fit_the_model_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path, build_llama(tmp_path / "llama", context=512))
    with pytest.raises(UserMustAct, match="takes 512") as refusal:
        await desk.write(page_count=3)
    assert refusal.value.code == "context-too-small"


@pytest.mark.parametrize("name", ["nowhere/at-all", "/nowhere/at/all", "/nowhere/at/all.gguf"])
async def test_a_model_that_is_not_here_says_how_to_bring_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserMustAct) as refusal:
        await Desk(tmp_path, name).write(page_count=3)
    assert refusal.value.code == "model-missing"
    assert refusal.value.remedy


async def test_broken_weights_are_told_from_missing_ones(tmp_path: Path) -> None:
    folder = build_llama(tmp_path / "llama")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(UserMustAct) as refusal:
        await Desk(tmp_path, folder).write(page_count=3)
    assert refusal.value.code == "model-broken"


async def test_a_model_that_runs_out_of_memory_says_so_and_works_again_when_there_is_some(
    llama: Path, tmp_path: Path, undisturbed: Script
) -> None:
    desk = Desk(tmp_path, llama)
    desk.writer().warm_up()
    hog = desk.network.register_forward_hook(lambda *_: torch.empty(1 << 50))
    with pytest.raises(StageError) as refusal:
        await desk.write(page_count=3)
    assert (refusal.value.code, refusal.value.retryable) == ("out-of-memory", True)
    hog.remove()
    assert await desk.write(page_count=3) == undisturbed


async def test_a_model_that_does_not_fit_its_room_is_not_loaded(tmp_path: Path) -> None:
    desk = Desk(tmp_path, smollm2())
    desk.models = Models(ModelSettings(memory_mb=50))
    with pytest.raises(StageError) as refusal:
        await desk.write(page_count=3)
    assert refusal.value.code == "out-of-memory"
    assert desk.models.loaded() == ()


async def test_an_order_that_another_process_was_killed_over_gives_the_script_that_it_would_have_given(
    llama: Path, tmp_path: Path, undisturbed: Script
) -> None:
    command = [sys.executable, "-m", "tests.ml.test_transformers_story", str(llama), str(tmp_path)]
    heard = await asyncio.to_thread(_heard_until_killed, command)
    desk = Desk(tmp_path, llama)
    assert await desk.write(page_count=3) == undisturbed
    assert [note for _, note in desk.progress][: len(heard)] == heard


async def test_real_weights_of_a_gguf_file_write_a_story(tmp_path: Path) -> None:
    desk = Desk(tmp_path, smollm2(), longest_text=40, max_tokens=1000, temperature=0.2)
    script = await desk.write(page_count=3)
    assert len(script.pages) == 3
    assert detect(" ".join(page.story for page in script.pages)) == "en"
    assert any(note.startswith("page 3 of 3") for _, note in desk.progress)
    assert script.characters[0].name


def _heard_until_killed(command: list[str]) -> list[str]:
    """The first notes of another process's progress, which stand between the lines of its log; then it is killed."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        notes = (json.loads(line)["note"] for line in process.stdout if line.startswith('{"note"'))
        heard = list(islice(notes, 60))
        process.kill()
    return heard


async def _write_until_killed(model: str, folder: str) -> None:
    desk = Desk(Path(folder) / "killed", model)
    desk.on_progress = lambda note: print(json.dumps({"note": note}), flush=True)
    desk.folder.mkdir()
    await desk.write(page_count=3)


if __name__ == "__main__":
    asyncio.run(_write_until_killed(sys.argv[1], sys.argv[2]))
