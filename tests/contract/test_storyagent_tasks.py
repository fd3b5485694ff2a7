"""The storyagent dialect: workflows, and tasks from creation to deletion."""

import json
from typing import Any

import pytest

from services.api.app import create_app
from services.api.provider_standing import UNKNOWN
from talestream.provider_states import ProviderState, ProviderStates
from tests.api_server import Api, User, serving

UNKNOWN_IDS = [1, 2**53 - 1, 2**53, 2**63, 10**30, 0, -5]


async def test_the_default_workflow_has_the_five_segments(api: Api) -> None:
    async with api.client() as client:
        answer = await client.get("/api/task/workflow")
    assert answer.status_code == 200
    assert answer.json() == [
        {"id": 1, "name": "Story"},
        {"id": 2, "name": "Image"},
        {"id": 3, "name": "Split"},
        {"id": 4, "name": "Speech"},
        {"id": 5, "name": "Video"},
    ]


async def test_every_workflow_is_listed_with_its_stages_and_their_providers_as_the_workers_have_them(api: Api) -> None:
    states = ProviderStates(api.runtime.database, api.runtime.clock)
    ready = ProviderState(stage="image", provider="embedded", state="ready")
    without = ProviderState(
        stage="image", provider="diffusers", state="unusable", why_not="no PyTorch", remedy="get it"
    )
    await states.tell("image@here", [ready, without])
    async with api.client() as client:
        listed = {found["name"]: found for found in (await client.get("/api/task/workflows")).json()}
    assert {"story-video", "story-pictures", "story-audiobook"} <= set(listed)
    image = next(stage for stage in listed["story-pictures"]["stages"] if stage["name"] == "image")
    assert image == {
        "name": "image",
        "segment": 2,
        "needs": ["story"],
        "follows": [],
        "providers": ["diffusers", "embedded", "plain", "simulated"],
        "default_provider": "embedded",
        "fallback_providers": [],
        "provider_states": [
            {"name": "diffusers", "state": "unusable", "workers": 1, "why_not": "no PyTorch", "remedy": "get it"},
            {"name": "embedded", "state": "ready", "workers": 1, "why_not": None, "remedy": None},
            {"name": "plain", "state": "unknown", "workers": 0, "why_not": UNKNOWN, "remedy": None},
            {"name": "simulated", "state": "unknown", "workers": 0, "why_not": UNKNOWN, "remedy": None},
        ],
    }
    await states.forget("image@here")


async def test_a_new_task_has_a_random_id_and_waits(alice: User) -> None:
    answer = await alice.http.post("/api/task/new", json={"topic": "a fox", "main_role": "Mia", "scene": "a forest"})
    assert answer.status_code == 200
    assert set(answer.json()) == {"task_id"}
    task_id = answer.json()["task_id"]
    assert 0 < task_id < 2**53
    assert await alice.progress(task_id) == {"current_segment": 0, "status": "pending"}


async def test_what_was_ordered_is_kept_as_it_was_sent(alice: User) -> None:
    order = {
        "topic": "  一只想摸月亮的狐狸\n",
        "main_role": " 小狐狸 ",
        "scene": "",
        "page_count": 3,
        "language": "zh",
        "aspect": "4:5",
        "resolution": "1080p",
        "outputs": [{"format": "webm"}, {"format": "mp4", "aspect": "9:16", "resolution": "2160p"}],
        "cut": {"transition": "slide", "captions": "karaoke"},
        "style": "ink",
        "voice": "zf_xiaoxiao",
        "seed": 7,
        "age": "3-5",
        "tone": "gentle",
        "providers": {"story": "embedded"},
        "workflow_version": "v2",
        "unheard_of": {"ignored": True},
    }
    task_id = (await alice.http.post("/api/task/new", json=order)).json()["task_id"]
    kept = (await alice.http.get(f"/api/task/{task_id}/manifest")).json()["input"]
    assert kept == {
        "topic": "一只想摸月亮的狐狸",
        "main_role": "小狐狸",
        "scene": None,
        "page_count": 3,
        "language": "zh",
        "aspect": "4:5",
        "resolution": "1080p",
        "outputs": [
            {"format": "webm", "aspect": None, "resolution": None},
            {"format": "mp4", "aspect": "9:16", "resolution": "2160p"},
        ],
        "cut": {"transition": "slide", "title_card": True, "end_card": True, "captions": "karaoke"},
        "style": "ink",
        "voice": "zf_xiaoxiao",
        "seed": 7,
        "age": "3-5",
        "tone": "gentle",
        "providers": {"story": "embedded"},
        "workflow_version": "v2",
    }


async def test_two_tasks_of_one_topic_are_two_films(alice: User) -> None:
    seeds = set()
    for _ in range(2):
        task_id = await alice.new_task()
        seeds.add((await alice.http.get(f"/api/task/{task_id}/manifest")).json()["input"]["seed"])
    assert len(seeds) == 2


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"topic": None}, "topic"),
        ({"topic": ""}, "topic"),
        ({"topic": "   "}, "topic"),
        ({"topic": "x" * 2001}, "topic"),
        ({"topic": "a\x00fox"}, "topic"),
        ({"topic": "a\x1b[31mfox"}, "topic"),
        ({"topic": "a\x85fox"}, "topic"),
        ({"topic": 5}, "topic"),
        ({"topic": ["a fox"]}, "topic"),
        ({"main_role": "x" * 201}, "main_role"),
        ({"main_role": 7}, "main_role"),
        ({"scene": "a\x07b"}, "scene"),
        ({"page_count": 2}, "page_count"),
        ({"page_count": 41}, "page_count"),
        ({"page_count": "many"}, "page_count"),
        ({"page_count": 3.5}, "page_count"),
        ({"language": "fr"}, "language"),
        ({"aspect": "4:3"}, "aspect"),
        ({"resolution": "480p"}, "resolution"),
        ({"outputs": [{"format": "avi"}]}, "format"),
        ({"outputs": [{"format": "mp3", "resolution": "720p"}]}, "outputs"),
        ({"outputs": [{"format": "gif"}] * 17}, "outputs"),
        ({"cut": {"transition": "explode"}}, "transition"),
        ({"cut": {"captions": "upside-down"}}, "captions"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"workflow": "no-such"}, "workflow"),
        ({"providers": ["embedded"]}, "providers"),
        ({"providers": {"story": 5}}, "story"),
        ({"providers": {"story": "no-such"}}, "story"),
        ({"providers": {"no-such": "embedded"}}, "providers"),
        ({"workflow": "story-pictures", "providers": {"video": "embedded"}}, "providers"),
    ],
)
async def test_a_bad_field_of_a_new_task_is_named(alice: User, fields: dict[str, Any], at_fault: str) -> None:
    answer = await alice.http.post("/api/task/new", json={"topic": "a fox", **fields})
    assert answer.status_code == 422
    assert at_fault in {str(part) for problem in answer.json()["detail"] for part in problem["loc"]}
    assert (await alice.http.get("/api/task/mytasks")).json() == {"task_ids": []}


async def test_an_unknown_provider_is_refused_with_the_installed_ones(alice: User) -> None:
    answer = await alice.http.post("/api/task/new", json={"topic": "a fox", "providers": {"image": "no-such"}})
    assert "installed: diffusers, embedded, plain, simulated" in answer.json()["detail"][0]["msg"]


@pytest.mark.parametrize("length", [1, 2000])
async def test_a_topic_may_have_1_to_2000_characters(alice: User, length: int) -> None:
    answer = await alice.http.post("/api/task/new", json={"topic": f" {'狐' * length} "})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe\x00", b'{"topic": "\\ud800"}', b"[" * 50_000, b'{"seed": NaN}'],
)
async def test_a_body_that_is_no_order_is_refused_clearly(alice: User, body: bytes) -> None:
    answer = await alice.http.post("/api/task/new", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.json()["detail"]


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_over_the_limit_is_refused_with_413(alice: User, is_chunked: bool) -> None:
    body = json.dumps({"topic": "x" * alice.api.settings.api.max_body_bytes}).encode()

    async def chunks() -> Any:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    headers = {"content-type": "application/json"}
    answer = await alice.http.post("/api/task/new", content=chunks() if is_chunked else body, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"]


async def test_a_task_may_name_another_workflow(alice: User) -> None:
    for fields in ({"workflow": "story-pictures"}, {"workflow_version": "story-pictures"}):
        task_id = await alice.new_task(**fields)
        shown = (await alice.http.get(f"/api/task/{task_id}")).json()
        assert shown["workflow"] == "story-pictures"
        assert [stage["name"] for stage in shown["stages"]] == ["story", "image"]


async def test_an_operator_adds_a_workflow_in_a_file(api: Api, alice: User, tmp_path: Any) -> None:
    file = tmp_path / "workflows.toml"
    file.write_text('[silent]\ntitle = "Without sound"\nstages = [{ name = "story", segment = 1 }]\n')
    settings = api.settings.model_copy(update={"workflows": file})
    async with serving(create_app(settings, api.runtime)) as url:
        alice.http.base_url = url
        listed = {found["name"]: found for found in (await alice.http.get("/api/task/workflows")).json()}
        assert listed["silent"]["title"] == "Without sound"
        assert "story-video" in listed
        task_id = await alice.finished_segments(1, workflow="silent")
        assert await alice.progress(task_id) == {"current_segment": 1, "status": "completed"}


async def test_my_tasks_are_mine_alone_and_the_newest_comes_first(alice: User, bob: User) -> None:
    first, second = await alice.new_task(), await alice.new_task()
    await bob.new_task()
    assert (await alice.http.get("/api/task/mytasks")).json() == {"task_ids": [second, first]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/progress"),
        ("GET", "/manifest"),
        ("GET", "/resource?segmentId=1"),
        ("GET", "/resource?segmentId=1&name=script_data.json"),
        ("GET", "/resource?segmentId=1&download=1"),
        ("POST", "/execute/1"),
        ("POST", "/execute"),
        ("POST", "/retry"),
        ("POST", "/cancel"),
        ("DELETE", ""),
    ],
)
async def test_anothers_task_is_the_same_as_one_that_never_was(alice: User, bob: User, method: str, path: str) -> None:
    task_id = await alice.finished_segments(1)
    before = (await alice.http.get(f"/api/task/{task_id}")).json()
    others = await bob.http.request(method, f"/api/task/{task_id}{path}")
    never = await bob.http.request(method, f"/api/task/{task_id - 1 or 2}{path}")
    assert others.status_code == never.status_code == 404
    assert others.text.replace(str(task_id), "") == never.text.replace(str(task_id - 1 or 2), "")
    assert (await alice.http.get(f"/api/task/{task_id}")).json() == before


@pytest.mark.parametrize("task_id", UNKNOWN_IDS)
async def test_an_id_that_is_nobodys_is_not_found(alice: User, task_id: int) -> None:
    for method, path in (("GET", "/progress"), ("POST", "/execute/1"), ("POST", "/cancel"), ("DELETE", "")):
        answer = await alice.http.request(method, f"/api/task/{task_id}{path}")
        assert answer.status_code == 404
        assert answer.json()["detail"]


async def test_an_id_that_is_no_number_is_refused(alice: User) -> None:
    for task_id in ("abc", "1.5", "1e3", "%00", "9" * 5000, "١x"):
        answer = await alice.http.get(f"/api/task/{task_id}/progress")
        assert answer.status_code in {404, 422}
        assert answer.json()["detail"]


async def test_a_deleted_task_is_unknown_and_its_files_with_it(alice: User) -> None:
    task_id = await alice.finished_segments(1)
    [path] = await alice.resources(task_id, 1)
    answer = await alice.http.delete(f"/api/task/{task_id}")
    assert (answer.status_code, answer.json()) == (200, {"deleted": True})
    assert (await alice.http.get(f"/api/task/{task_id}/progress")).status_code == 404
    assert (await alice.http.get("/api/resource", params={"url": path})).status_code == 404
    assert (await alice.http.delete(f"/api/task/{task_id}")).status_code == 404
    assert (await alice.http.get("/api/task/mytasks")).json() == {"task_ids": []}


async def test_an_unknown_path_and_a_wrong_method_are_refused_as_json(alice: User) -> None:
    assert (await alice.http.get("/api/no-such")).json() == {"detail": "Not Found"}
    wrong = await alice.http.put("/api/task/new")
    assert (wrong.status_code, wrong.json()) == (405, {"detail": "Method Not Allowed"})
