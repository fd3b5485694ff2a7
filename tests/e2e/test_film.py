"""A sentence becomes a film: through the public API, step by step and in one go, judged by instruments."""

import asyncio
import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import websockets

from tests.asr import chinese_pinyin_error, english_wer, transcribe
from tests.e2e.conftest import User
from tests.film_probe import FilmReport, probe, sound

RATE_HZ = 16_000


def cues(srt: str) -> list[tuple[float, float, str]]:
    """Start, end and text of every caption."""
    found = []
    for block in re.split(r"\n\s*\n", srt.strip()):
        _, times, *lines = block.splitlines()
        start, end = (
            sum(
                float(part) * factor
                for part, factor in zip(time.replace(",", ".").split(":"), (3600, 60, 1), strict=True)
            )
            for time in times.split(" --> ")
        )
        found.append((start, end, " ".join(lines)))
    return found


def squeezed(text: str) -> str:
    """Text without white space, which line breaks change."""
    return re.sub(r"\s+", "", text)


def place_of(clip: np.ndarray, film: np.ndarray, near_s: float) -> float:
    """Where in the film a clip is heard, in seconds: the peak of their correlation around ``near_s``."""
    begin = max(0, int((near_s - 1.5) * RATE_HZ))
    window = film[begin : begin + len(clip) + 3 * RATE_HZ]
    size = 1 << int(np.ceil(np.log2(len(window) + len(clip))))
    likeness = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(clip, size)), size)
    return (begin + int(np.argmax(likeness[: max(1, len(window) - len(clip) // 2)]))) / RATE_HZ


async def check_film(user: User, task_id: int, folder: Path, size: tuple[int, int]) -> tuple[Path, FilmReport]:
    """What holds for every film, whatever its language and shape."""
    base = f"generated_stories/{task_id}"
    film = await user.save(f"{base}/output.mp4", folder)
    report = probe(film)
    video = report.video
    assert (video.codec, video.pixel_format, video.width, video.height, video.fps) == ("h264", "yuv420p", *size, 24)
    assert (video.primaries, video.transfer, video.matrix) == ("bt709",) * 3
    assert (report.audio.codec, report.audio.channels, report.audio.rate_hz) == ("aac", 2, 48_000)
    assert report.is_faststart
    assert -17.5 <= report.loudness_lufs <= -14.5
    assert report.black_s == ()
    assert report.frozen_s == ()
    assert all(end - start <= 2 for start, end in report.silent_s)

    captions = cues((await user.save(f"{base}/output.srt", folder)).read_text(encoding="utf-8"))
    assert (await user.save(f"{base}/output.vtt", folder)).read_text(encoding="utf-8").startswith("WEBVTT")
    script = json.loads((await user.save(f"{base}/script_data.json", folder)).read_text(encoding="utf-8"))
    clips = [
        (f"{base}/speech/s{page}_{number}", segment)
        for page, content in enumerate(script["pages"], 1)
        for number, segment in enumerate(content["segments"], 1)
    ]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(captions))
    heard = sound(film, RATE_HZ).mean(axis=1)
    cards = iter(captions)
    for path, text in clips:
        start, end, shown = next(cards)
        while len(squeezed(shown)) < len(squeezed(text)):  # a long segment takes several cards
            shown += next(cards)[2]
        assert squeezed(shown) == squeezed(text)
        spoken = sound(await user.save(f"{path}.wav", folder), RATE_HZ).mean(axis=1)
        words = json.loads((await user.save(f"{path}.words.json", folder)).read_text(encoding="utf-8"))["words"]
        first_word_s = place_of(spoken, heard, start) + words[0]["start_s"]
        assert abs(start - first_word_s) <= 0.15, f"{path}: caption at {start:.2f} s, word at {first_word_s:.2f} s"
        assert end > start
    assert next(cards, None) is None
    manifest = await user.json("GET", f"/api/task/{task_id}/manifest")
    listed = {artifact["path"]: artifact for artifact in manifest["artifacts"]}
    assert listed[f"{base}/output.mp4"]["size_bytes"] == film.stat().st_size
    assert all(artifact["degraded"] is None for artifact in listed.values())
    accounts = ("provider", "model", "revision", "seed", "parameters", "work_s")
    assert [path for path, one in listed.items() if None in [one[account] for account in accounts]] == []
    return film, report


def narration(script: dict[str, Any]) -> str:
    return " ".join(page["story"] for page in script["pages"])


async def test_segments_run_one_by_one_as_a_client_in_the_field_runs_them(user: User, tmp_path: Path) -> None:
    task_id = await user.new_task("a fox who wants to touch the moon", main_role="a fox", page_count=3)
    names = [segment["name"] for segment in await user.json("GET", "/api/task/workflow")]
    assert names == ["Story", "Image", "Split", "Speech", "Video"]
    address = f"{user.url.replace('http', 'ws', 1)}/ws/notifications?token={user.token}"
    async with websockets.connect(address) as socket:
        for segment in range(1, 6):
            answer = await user.json("POST", f"/api/task/{task_id}/execute/{segment}", status=202)
            assert answer["accepted"] is True
            async with asyncio.timeout(120):
                while (told := json.loads(await socket.recv()))["task_id"] != task_id:
                    pass
            assert (told["type"], told["segment_id"], told["status"]) == ("segment_finished", segment, "completed")
            listed = await user.json("GET", f"/api/task/{task_id}/resource?segmentId={segment}")
            assert listed["resources"] == told["resources"]
    assert told["resources"] == [f"generated_stories/{task_id}/output.mp4"]
    assert await user.json("GET", f"/api/task/{task_id}/progress") == {"current_segment": 5, "status": "completed"}
    film, _ = await check_film(user, task_id, tmp_path, (1280, 720))
    script = json.loads((tmp_path / "script_data.json").read_text(encoding="utf-8"))
    assert script["language"] == "en"
    assert "fox" in narration(script).lower()
    assert "moon" in narration(script).lower()
    assert english_wer(narration(script), transcribe(film, "en")) <= 0.08


async def test_a_chinese_sentence_becomes_a_chinese_film_in_one_go(user: User, tmp_path: Path) -> None:
    task_id = await user.new_task("一只想摸月亮的小狐狸", page_count=3, aspect="9:16")
    async with user.http.stream("GET", "/api/notifications/stream?detail=1&after=0", timeout=180) as stream:
        answer = await user.json("POST", f"/api/task/{task_id}/execute", status=202)
        assert answer["accepted"] is True
        finished = []
        async for line in stream.aiter_lines():
            told = json.loads(line.removeprefix("data:")) if line.startswith("data:") else {}
            if told.get("task_id") == task_id:
                assert not told["type"].endswith("_failed"), told
                if told["type"] == "segment_finished":
                    finished.append(told["segment_id"])
                if told["type"] == "task_completed":
                    break
    assert sorted(finished) == [1, 2, 3, 4, 5]
    film, _ = await check_film(user, task_id, tmp_path, (720, 1280))
    script = json.loads((tmp_path / "script_data.json").read_text(encoding="utf-8"))
    assert script["language"] == "zh"
    assert "狐" in narration(script)
    assert "月" in narration(script)
    assert chinese_pinyin_error(narration(script), transcribe(film, "zh")) <= 0.10


async def test_a_film_of_another_shape_is_not_a_squeezed_one(user: User, tmp_path: Path) -> None:
    task_id = await user.new_task(
        "a penguin who is afraid of water", page_count=3, aspect="1:1", language="en", age="3-5"
    )
    await user.json("POST", f"/api/task/{task_id}/execute", status=202)
    await user.until_segment(task_id, 5)
    await check_film(user, task_id, tmp_path, (720, 720))


async def test_a_film_of_words_on_plain_pages_is_cut_as_it_was_ordered(user: User, tmp_path: Path) -> None:
    cut = {"transition": "slide", "title_card": False, "captions": "card"}
    ordered = {"providers": {"image": "plain"}, "cut": cut, "language": "en", "page_count": 3, "age": "3-5"}
    task_id = await user.new_task("a bear who learns to sing", **ordered)
    await user.json("POST", f"/api/task/{task_id}/execute", status=202)
    await user.until_segment(task_id, 5)
    await check_film(user, task_id, tmp_path, (1280, 720))
    manifest = await user.json("GET", f"/api/task/{task_id}/manifest")
    pictures = [artifact for artifact in manifest["artifacts"] if artifact["role"] == "picture"]
    assert [(made["provider"], made["degraded"]) for made in pictures] == [("plain", None)] * 3
    assert cues((tmp_path / "output.srt").read_text(encoding="utf-8"))[0][0] < 1, (
        "no title stands before the first word"
    )


async def test_deleting_a_film_removes_every_file_of_it(user: User) -> None:
    task_id = await user.new_task("a bear", page_count=3)
    await user.json("POST", f"/api/task/{task_id}/execute/1", status=202)
    await user.until_segment(task_id, 1)
    assert await user.json("DELETE", f"/api/task/{task_id}") == {"deleted": True}
    assert task_id not in (await user.json("GET", "/api/task/mytasks"))["task_ids"]
    for path in (f"/api/task/{task_id}/progress", f"/api/resource?url=generated_stories/{task_id}/script_data.json"):
        assert (await user.http.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_every_service_tells_how_it_is(user: User, path: str) -> None:
    async with httpx.AsyncClient(base_url=user.url) as http:
        assert (await http.get(path)).status_code == 200
