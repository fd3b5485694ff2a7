"""A film by simulated providers: everything else is real, and every file can be read."""

import io
import os
import wave
from pathlib import Path

import av
from PIL import Image

from schemas import Script, WordTimes
from talestream.embedded.stack import Stack
from talestream.ledger import Ledger, paid_twice
from tests.e2e.conftest import signed_in

SIMULATED = {
    "TALESTREAM_PROVIDERS": "simulated",
    "TALESTREAM_SIMULATION__DURATION_S": "0.1",
    "TALESTREAM_SIMULATION__COST": "0.25",
    "TALESTREAM_SIMULATION__STAGES": '{"image": {"failure_rate": 0.5}}',
    "TALESTREAM_RETRIES__STAGES__IMAGE__ATTEMPTS": "20",
    "TALESTREAM_RETRIES__STAGES__IMAGE__FIRST_RETRY_S": "0.1",
    "TALESTREAM_RETRIES__STAGES__IMAGE__LONGEST_RETRY_S": "0.1",
}
PAGES = 8


async def test_a_simulated_film_is_made_of_files_that_can_be_read_and_paid_for_once(tmp_path: Path) -> None:
    async with (
        Stack(tmp_path / "stack", environment={**os.environ, **SIMULATED}) as stack,
        signed_in(stack.url) as user,
    ):
        task_id = await user.new_task("a fox who wants to touch the moon", page_count=PAGES)
        await user.json("POST", f"/api/task/{task_id}/execute", 202)
        await user.until_segment(task_id, 5)
        manifest = await user.json("GET", f"/api/task/{task_id}/manifest")
        files = {}
        for artifact in manifest["artifacts"]:
            answer = await user.http.get("/api/resource", params={"url": artifact["path"]})
            files[artifact["path"].removeprefix(f"generated_stories/{task_id}/")] = answer.content
        calls = list(Ledger(stack.folder.ledger))

    assert manifest["is_degraded"]
    assert all(artifact["degraded"].startswith("simulated") for artifact in manifest["artifacts"])
    script = Script.model_validate_json(files["script_data.json"])
    assert len(script.pages) == PAGES
    assert all("touch the moon" in page.story and page.segments for page in script.pages)
    narrated_s = 0.0
    for number, page in enumerate(script.pages, 1):
        with Image.open(io.BytesIO(files[f"image/p{number}.png"])) as picture:
            picture.load()
            assert picture.size == (1280, 720)
        for part, _ in enumerate(page.segments, 1):
            with wave.open(io.BytesIO(files[f"speech/s{number}_{part}.wav"])) as sound:
                narrated_s += sound.getnframes() / sound.getframerate()
            assert WordTimes.model_validate_json(files[f"speech/s{number}_{part}.words.json"]).words
    with wave.open(io.BytesIO(files["music/track.wav"])) as music:
        assert music.getnframes() / music.getframerate() >= narrated_s - 0.01
    with av.open(io.BytesIO(files["output.mp4"])) as film:
        frames = sum(1 for _ in film.decode(video=0))
    assert frames / 24 == manifest["film_duration_s"] > narrated_s
    assert files["output.srt"].count(b" --> ") == sum(len(page.segments) for page in script.pages)

    told = [entry.call for entry in calls]
    units = 1 + PAGES + 1 + PAGES + 1 + 1
    assert told.count("finished") == units
    assert told.count("submitted") == told.count("stored") == units + told.count("failed")
    assert told.count("failed") == sum(entry.outcome == "fail" for entry in calls)  # chance may spare every page
    assert sum(entry.cost for entry in calls) == 0.25 * told.count("submitted")
    assert paid_twice(calls) == []
