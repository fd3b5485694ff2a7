"""The story and split stages, called by hand."""

import json
import threading
from pathlib import Path

import pytest

from schemas import Page, Script, SplitRequested, StoryRequested
from services.split.stage import split
from services.story.stage import write
from talestream.errors import BadInput, Cancelled
from talestream.providers import Providers
from talestream.stage import StageContext
from tests.folder_store import FolderStore


def context(request: StoryRequested | SplitRequested, folder: Path) -> StageContext:
    return StageContext(request=request, store=FolderStore(folder), providers=Providers(), workdir=folder)


async def test_a_prompt_becomes_a_stored_script_that_people_can_read(tmp_path: Path) -> None:
    request = StoryRequested(task_id=7, topic="一只想摸月亮的小狐狸", page_count=5, seed=11)
    ctx = context(request, tmp_path)
    story = await write(request, ctx)
    (artifact,) = ctx.artifacts
    assert (artifact.role, artifact.mime, artifact.seed) == ("script", "application/json", 11)
    assert artifact.path.endswith("/script_data.json")
    stored = (await ctx.get(artifact.uri)).decode()
    assert "小狐狸" in stored
    assert stored.startswith('{\n  "title"')
    assert Script.model_validate_json(stored) == story.script
    assert {"title", "language", "pages"} <= set(json.loads(stored))
    assert all(set(page) >= {"story", "image_prompt", "segments"} for page in json.loads(stored)["pages"])


async def test_a_script_is_stored_again_with_its_segments(tmp_path: Path) -> None:
    written = await write(
        StoryRequested(task_id=7, topic="a fox who wants to touch the moon"),
        context(StoryRequested(task_id=7, topic="a fox"), tmp_path),
    )
    request = SplitRequested(task_id=7, script=written.script)
    ctx = context(request, tmp_path)
    progress: list[float] = []
    ctx.on_progress = lambda fraction, _note: progress.append(fraction)
    done = (await split(request, ctx)).script
    for before, page in zip(written.script.pages, done.pages, strict=True):
        assert " ".join(page.segments) == before.story
        assert all(len(segment.split()) <= 18 for segment in page.segments)
    assert done.model_copy(update={"pages": written.script.pages}) == written.script
    assert progress[-1] == 1.0
    assert Script.model_validate_json(await ctx.get(ctx.artifacts[0].uri)) == done


async def test_a_page_without_narration_cannot_be_split(tmp_path: Path) -> None:
    script = Script(title="t", language="en", pages=(Page(story="  ", image_prompt="x"),))
    request = SplitRequested(task_id=7, script=script)
    with pytest.raises(BadInput, match="page 1"):
        await split(request, context(request, tmp_path))


async def test_cancelled_work_stops_at_its_next_page(tmp_path: Path) -> None:
    request = StoryRequested(task_id=7, topic="a fox", page_count=40)
    ctx = context(request, tmp_path)
    ctx.cancelled = threading.Event()
    ctx.cancelled.set()
    with pytest.raises(Cancelled):
        await write(request, ctx)
    assert ctx.artifacts == []
