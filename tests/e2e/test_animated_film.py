"""A film whose pictures a cloud service sets in motion, ordered as any other, and composed for real."""

import os
from pathlib import Path

import numpy as np
from motor.motor_asyncio import AsyncIOMotorClient

from schemas import EncodedShot
from schemas.cut import TITLE_CARD_S
from talestream.embedded.stack import Stack
from talestream.store import TaskStore
from talestream.task_documents import Document
from tests.cloud_video_server import RUNWAY_KEY, cloud_video
from tests.e2e.conftest import signed_in
from tests.film_probe import frame_rgb

SIMULATED_BUT_FOR_THE_FILM = {
    "TALESTREAM_PROVIDERS": '{"*": "simulated", "video": "embedded"}',
    "TALESTREAM_IMG2VID": "runway",
    "TALESTREAM_VIDEO__AHEAD": "true",
    "TALESTREAM_CLOUD_VIDEO__POLL_S": "0.2",
    "TALESTREAM_CLOUD_VIDEO__RUNWAY__API_KEY": RUNWAY_KEY,
}


async def shots_of(stack: Stack, task_id: int) -> tuple[EncodedShot, ...]:
    """What was encoded ahead of the film."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        stack.settings.mongo.uri.get_secret_value(), tz_aware=True
    )
    try:
        task = await TaskStore(client[stack.settings.mongo.database]).find(task_id)
    finally:
        client.close()
    assert task is not None
    return task.results("shot", EncodedShot)


async def test_a_film_shows_what_the_service_made_of_its_pictures(tmp_path: Path) -> None:
    async with cloud_video() as server:
        environment = {
            **os.environ,
            **SIMULATED_BUT_FOR_THE_FILM,
            "TALESTREAM_CLOUD_VIDEO__RUNWAY__BASE_URL": server.url,
        }
        async with Stack(tmp_path / "stack", environment=environment) as stack, signed_in(stack.url) as user:
            task_id = await user.new_task("a fox", page_count=3, aspect="1:1")
            await user.json("POST", f"/api/task/{task_id}/execute", 202)
            await user.until_segment(task_id, 5)
            manifest = await user.json("GET", f"/api/task/{task_id}/manifest")
            for name in ("output.mp4", "animation/p1.mp4"):
                answer = await user.http.get("/api/resource", params={"url": f"generated_stories/{task_id}/{name}"})
                (tmp_path / Path(name).name).write_bytes(answer.content)
            shots = await shots_of(stack, task_id)

    animations = [artifact for artifact in manifest["artifacts"] if artifact["role"] == "animation"]
    assert [(one["page"], one["provider"], one["degraded"]) for one in animations] == [
        (page, "runway", None) for page in (1, 2, 3)
    ]
    assert len(server.jobs) == 3
    assert [(shot.page, shot.segment_count > 0) for shot in shots] == [(page, True) for page in (1, 2, 3)]
    made = frame_rgb(tmp_path / "p1.mp4", 2.0).mean(axis=(0, 1))
    above_captions = frame_rgb(tmp_path / "output.mp4", TITLE_CARD_S + 2.0)[:200].mean(axis=(0, 1))
    assert np.abs(above_captions - made).max() < 8
