"""The provider ``openai`` on a real server with real weights: llama.cpp's, and SmolLM2."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import xllamacpp
from pydantic import HttpUrl

from services.story.language import detect
from services.story.model_writer import ModelWriter
from services.story.openai_chat import OpenAiChat
from talestream.errors import Cancelled, UserMustAct
from talestream.model_settings import OpenAiSettings, StoryModelSettings
from tests.ml.smollm2 import smollm2
from tests.story_desk import StoryDesk

CONTEXT = 2048


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A llama.cpp server on a free port; its address."""
    params = xllamacpp.CommonParams()
    params.model.path = str(smollm2())
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = 1  # two wait for each other for most of the time where others want the cores
    params.endpoint_slots = True
    running = xllamacpp.Server(params)
    yield running.listening_address
    del running


class Desk(StoryDesk):
    """Has stories written by the server."""

    def __init__(self, folder: Path, server: str, **settings: Any) -> None:
        super().__init__(folder, self._writer)
        openai = OpenAiSettings(base_url=HttpUrl(f"{server}/v1"), model="smollm2")
        short = {"longest_text": 40, "max_tokens": 1000, "temperature": 0.2}
        self.settings = StoryModelSettings(openai=openai).model_copy(update=short | settings)

    def _writer(self) -> ModelWriter:
        return ModelWriter(OpenAiChat(self.settings), self.settings)


async def test_real_weights_behind_a_real_server_write_a_story(server: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server)
    script = await desk.write(page_count=3)
    assert len(script.pages) == 3
    assert detect(" ".join(page.story for page in script.pages)) == "en"
    assert any(note.startswith("page 3 of 3") for _, note in desk.progress)


async def test_a_cancelled_story_leaves_the_server_free_for_others(server: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server)
    writing = asyncio.create_task(desk.write(page_count=3))
    while not any("tokens" in note for _, note in desk.progress):
        await asyncio.sleep(0.01)
    desk.cancelled.set()
    with pytest.raises(Cancelled):
        await writing
    async with httpx.AsyncClient(base_url=server) as client:
        while any(slot["is_processing"] for slot in (await client.get("/slots")).json()):
            await asyncio.sleep(0.05)


async def test_a_text_that_the_model_cannot_take_says_so(server: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, server, text_characters=40_000)
    source = await desk.store.put("novel.txt", ("The fox walked on and on. " * 1000).encode(), "text/plain")
    with pytest.raises(UserMustAct, match="context") as refusal:
        await desk.write(page_count=3, source=source)
    assert refusal.value.code == "service-refused"
