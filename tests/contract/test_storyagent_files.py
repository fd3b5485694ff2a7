"""The storyagent dialect: the files of finished segments."""

import hashlib
import io
import zipfile
from typing import Any

import pytest

from tests.api_server import Filmed, User
from tests.stage_hand import ACCOUNT, MISSING_WORD, STAND_IN


async def test_each_segment_lists_its_resources_by_their_exact_paths(filmed: Filmed) -> None:
    task_id = filmed.task_id
    root = f"generated_stories/{task_id}"
    assert await filmed.user.resources(task_id, 1) == [f"{root}/script_data.json"]
    assert await filmed.user.resources(task_id, 2) == [f"{root}/image/p{page}.png" for page in (1, 2, 3)]
    assert await filmed.user.resources(task_id, 3) == [f"{root}/script_data.json"]
    assert await filmed.user.resources(task_id, 4) == [
        f"{root}/speech/s{page}_{number}.wav" for page in (1, 2, 3) for number in (1, 2)
    ]
    assert await filmed.user.resources(task_id, 5) == [f"{root}/output.mp4"]


async def test_the_resources_of_an_unfinished_segment_are_not_found(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    await alice.http.post(f"/api/task/{task_id}/execute/2")
    for segment in (2, 3):
        for extra in ({}, {"download": 1}, {"name": "p1.png"}):
            answer = await alice.http.get(f"/api/task/{task_id}/resource", params={"segmentId": segment, **extra})
            assert answer.status_code == 404
            assert answer.json()["detail"] == f"segment {segment} is not finished"


@pytest.mark.parametrize("segment", ["0", "6", "-1", "99999999999999999999"])
async def test_resources_of_a_segment_that_is_none_are_not_found(filmed: Filmed, segment: str) -> None:
    task_id = filmed.task_id
    answer = await filmed.http.get(f"/api/task/{task_id}/resource", params={"segmentId": segment})
    assert answer.status_code == 404


@pytest.mark.parametrize("params", [{}, {"segmentId": ""}, {"segmentId": "one"}, {"segmentId": "1", "download": "x"}])
async def test_a_bad_query_for_resources_names_the_field(filmed: Filmed, params: dict[str, str]) -> None:
    task_id = filmed.task_id
    answer = await filmed.http.get(f"/api/task/{task_id}/resource", params=params)
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][-1] in {"segmentId", "download"}


async def test_script_data_has_segments_after_split(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    [path] = await alice.resources(task_id, 1)
    before = (await alice.http.get("/api/resource", params={"url": path})).json()
    assert {"title", "language", "pages"} <= set(before)
    assert {"story", "image_prompt", "segments"} <= set(before["pages"][0])
    assert before["pages"][0]["segments"] == []
    for number in (2, 3):
        await alice.http.post(f"/api/task/{task_id}/execute/{number}")
        await alice.api.hand.finish(task_id)
    after = (await alice.http.get("/api/resource", params={"url": path})).json()
    assert after["pages"][0]["segments"] == ["Page 0 begins", "It ends."]


async def test_a_file_comes_with_its_type_size_and_etag_and_is_not_sent_twice(filmed: Filmed) -> None:
    task_id = filmed.task_id
    url = {"url": f"generated_stories/{task_id}/output.mp4"}
    answer = await filmed.http.get("/api/resource", params=url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(answer.content)) == str(256 * 4096)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert "content-disposition" not in answer.headers
    again = await filmed.http.get("/api/resource", params=url, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    head = await filmed.http.head("/api/resource", params=url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == answer.headers["content-length"]


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1000-1999", 1000, 1999),
        ("bytes=1048000-", 1048000, 1048575),
        ("bytes=-10", 1048566, 1048575),
        ("bytes=1048570-99999999", 1048570, 1048575),
        ("bytes=-99999999", 0, 1048575),
    ],
)
async def test_a_player_gets_the_range_that_it_asks_for(filmed: Filmed, header: str, first: int, last: int) -> None:
    task_id = filmed.task_id
    url = {"url": f"generated_stories/{task_id}/output.mp4"}
    answer = await filmed.http.get("/api/resource", params=url, headers={"range": header})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1048576"
    assert answer.content == (bytes(range(256)) * 4096)[first : last + 1]


async def test_a_range_outside_the_file_is_416(filmed: Filmed) -> None:
    task_id = filmed.task_id
    url = {"url": f"generated_stories/{task_id}/output.mp4"}
    answer = await filmed.http.get("/api/resource", params=url, headers={"range": "bytes=1048576-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */1048576"


async def test_a_range_of_a_file_that_has_changed_gives_the_whole_file(filmed: Filmed) -> None:
    task_id = filmed.task_id
    url = {"url": f"generated_stories/{task_id}/output.mp4"}
    headers = {"range": "bytes=0-9", "if-range": '"another"'}
    answer = await filmed.http.get("/api/resource", params=url, headers=headers)
    assert (answer.status_code, len(answer.content)) == (200, 1048576)


@pytest.mark.parametrize("name", ["p2.png", "image/p2.png", "generated_stories/{task_id}/image/p2.png"])
async def test_a_file_of_a_segment_is_downloaded_by_its_name(filmed: Filmed, name: str) -> None:
    task_id = filmed.task_id
    params = {"segmentId": 2, "name": name.format(task_id=task_id)}
    answer = await filmed.http.get(f"/api/task/{task_id}/resource", params=params)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert 'attachment; filename="p2.png"' in answer.headers["content-disposition"]
    assert b"image/p2.png" in answer.content


async def test_captions_are_not_listed_but_can_be_had(filmed: Filmed) -> None:
    task_id = filmed.task_id
    for url in (
        f"/api/resource?url=generated_stories/{task_id}/output.srt",
        f"/api/task/{task_id}/resource?segmentId=5&name=output.srt",
    ):
        answer = await filmed.http.get(url)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/x-subrip")


async def test_downloading_a_segment_of_one_file_gives_the_file(filmed: Filmed) -> None:
    task_id = filmed.task_id
    answer = await filmed.http.get(f"/api/task/{task_id}/resource", params={"segmentId": 5, "download": 1})
    assert answer.headers["content-type"] == "video/mp4"
    assert 'filename="output.mp4"' in answer.headers["content-disposition"]
    assert len(answer.content) == 1048576


async def test_downloading_a_segment_of_many_files_gives_a_zip_of_them_all(filmed: Filmed) -> None:
    task_id = filmed.task_id
    answer = await filmed.http.get(f"/api/task/{task_id}/resource", params={"segmentId": 4, "download": 1})
    assert answer.headers["content-type"] == "application/zip"
    assert f'filename="story-{task_id}-segment-4.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [f"speech/s{page}_{number}.wav" for page in (1, 2, 3) for number in (1, 2)]
        assert b"speech/s2_1.wav" in archive.read("speech/s2_1.wav")


@pytest.mark.parametrize(
    "name",
    [
        "../script_data.json",
        "..%2fscript_data.json",
        "/etc/passwd",
        "image/../../etc/passwd",
        "p99.png",
        "p1.png\x00",
        ".attempts/story-whole/script_data.json",
        "s3://talestream/x",
        "狐狸.png",
        "x" * 500,
    ],
)
async def test_a_name_that_is_no_file_of_the_segment_is_not_found(filmed: Filmed, name: str) -> None:
    task_id = filmed.task_id
    answer = await filmed.http.get(f"/api/task/{task_id}/resource", params={"segmentId": 2, "name": name})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "generated_stories",
        "generated_stories/",
        "generated_stories/{task_id}",
        "generated_stories/{task_id}/",
        "generated_stories/{task_id}/..",
        "generated_stories/{task_id}/../{task_id}/script_data.json",
        "generated_stories/{task_id}/./script_data.json",
        "generated_stories//{task_id}/script_data.json",
        "/generated_stories/{task_id}/script_data.json",
        "generated_stories/{task_id}/script_data.json/",
        "generated_stories/{task_id}%2Fscript_data.json",
        "generated_stories/{task_id}/script_data.json\x00.png",
        "generated_stories\\{task_id}\\script_data.json",
        "GENERATED_STORIES/{task_id}/script_data.json",
        "generated_stories/0{task_id}/script_data.json",
        "generated_stories/{task_id}/.attempts/story-whole/script_data.json",
        "generated_stories/-1/script_data.json",
        "generated_stories/99999999999999999999/script_data.json",
        "s3://talestream/generated_stories/{task_id}/script_data.json",
        "http://127.0.0.1/script_data.json",
        "direct/{task_id}/script_data.json",
    ],
)
async def test_a_path_that_resources_did_not_give_is_not_found(filmed: Filmed, url: str) -> None:
    task_id = filmed.task_id
    answer = await filmed.http.get("/api/resource", params={"url": url.format(task_id=task_id)})
    assert answer.status_code == 404
    assert answer.json()["detail"]


async def test_a_file_is_its_owners_alone(filmed: Filmed, bob: User) -> None:
    task_id = filmed.task_id
    theirs = await filmed.user.resources(task_id, 1)
    for url in [*theirs, f"generated_stories/{task_id}/manifest.json"]:
        assert (await bob.http.get("/api/resource", params={"url": url})).status_code == 404
        assert (await bob.http.head("/api/resource", params={"url": url})).status_code == 404
        del bob.http.headers["authorization"]
        assert (await bob.http.get("/api/resource", params={"url": url})).status_code == 401
        bob.http.headers["authorization"] = f"Bearer {bob.token}"


async def test_the_manifest_accounts_for_every_file(filmed: Filmed) -> None:
    task_id = filmed.task_id
    manifest: dict[str, Any] = (await filmed.http.get(f"/api/task/{task_id}/manifest")).json()
    by_path = await filmed.http.get("/api/resource", params={"url": f"generated_stories/{task_id}/manifest.json"})
    assert by_path.headers["content-type"] == "application/json"
    assert by_path.json() == manifest
    assert (manifest["workflow"], manifest["state"], manifest["input"]["seed"]) == ("story-video", "completed", 5)
    files = {listed["path"]: listed for listed in manifest["artifacts"]}
    assert len(files) == len(manifest["artifacts"]) == 1 + 3 + 3 * 2 * 2 + 1 + 3
    for path, listed in files.items():
        content = (await filmed.http.get("/api/resource", params={"url": path})).content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (listed["size_bytes"], listed["sha256"])
        assert "uri" not in listed
    picture = files[f"generated_stories/{task_id}/image/p1.png"]
    assert (picture["stage"], picture["page"], picture["attempt"]) == ("image", 1, 1)
    assert picture.items() >= ACCOUNT.items()
    assert (picture["instead_of"], picture["degraded"]) == (None, None)
    assert files[f"generated_stories/{task_id}/music.wav"].items() >= STAND_IN.items()
    assert manifest["is_degraded"] is True
    assert files[f"generated_stories/{task_id}/script_data.json"]["stage"] == "split"
    [written] = manifest["superseded"]
    assert (written["path"], written["stage"], written["provider"]) == (
        f"generated_stories/{task_id}/script_data.json",
        "story",
        "embedded",
    )
    assert manifest["missing_words"] == [{"page": 2, "words": [MISSING_WORD]}]
    assert manifest["film_duration_s"] == 9.5
    assert manifest["narration_duration_s"] == 9.0
    assert [timing["stage"] for timing in manifest["stages"]] == [
        "story",
        "image",
        "split",
        "speech",
        "music",
        "shot",
        "video",
    ]
    assert all(timing["duration_s"] >= 0 for timing in manifest["stages"])
