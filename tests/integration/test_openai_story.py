"""The story stage on a server with OpenAI's interface: parts, repairs, refusals, cancelling."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import HttpUrl, SecretStr

from schemas import StoryRequested
from services.story.model_writer import ModelWriter
from services.story.openai_chat import OpenAiChat
from services.story.stage import write
from talestream.errors import BadInput, Cancelled, ProviderUnavailable, StageError, UserMustAct
from talestream.model_settings import OpenAiSettings, StoryModelSettings
from talestream.providers import Providers
from talestream.settings import settings
from talestream.stage import StageContext
from tests.chat_server import KEY, MODEL, ChatServer, chatting, refused
from tests.story_desk import StoryDesk

TOLD = {"en": "Pip saw the moon.", "zh": "小白看见了月亮。"}
NOVEL = "".join(f"Chapter {number}. The fox walked {number} miles and met somebody new.\n\n" for number in range(1, 41))


def told(body: dict[str, Any]) -> str:
    """A valid answer to whatever is asked in the body."""
    asked = body["messages"][-1]["content"]
    language = "zh" if re.search(r"[\u4e00-\u9fff]{5}", asked) else "en"
    schema = body["response_format"]["json_schema"]["schema"]
    if "pages" not in schema["properties"]:
        begun = re.search(r"<text>(.*?)</text>", asked, re.DOTALL)
        assert begun is not None
        return json.dumps({"summary": f"In short: {begun[1][:60]}"})
    count = schema["properties"]["pages"]["minItems"]
    hero = {"name": "Pip", "kind": "fox", "description": "a small red fox"}
    page = {"story": TOLD[language], "image_prompt": "Pip on a hill", "mood": "wonder"}
    answer: dict[str, Any] = {"characters": [], "pages": [page] * count}
    if "title" in schema["properties"]:
        answer |= {"title": "Pip", "place": "a hill", "characters": [hero]}
    if "summary" in schema["properties"]:
        answer |= {"summary": f"So far {len(asked)}."}
    return json.dumps(answer, ensure_ascii=False)


class Desk(StoryDesk):
    """Has stories written by the server."""

    def __init__(self, server: ChatServer, folder: Path) -> None:
        super().__init__(folder, self._writer)
        self.server = server
        self.openai: dict[str, Any] = {"api_key": SecretStr(KEY), "model": MODEL, "base_url": HttpUrl(server.url)}
        self.settings: dict[str, Any] = {"attempts": 3}

    def _writer(self) -> ModelWriter:
        configured = StoryModelSettings(**self.settings, openai=OpenAiSettings(**self.openai))
        return ModelWriter(OpenAiChat(configured), configured)


@pytest_asyncio.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with chatting(told) as server:
        yield Desk(server, tmp_path)


async def test_a_topic_becomes_a_script_by_one_question(desk: Desk) -> None:
    script = await desk.write()
    assert len(script.pages) == 4
    assert script.title == "Pip"
    assert script.characters[0].name == "Pip"
    assert script.pages[0].image_prompt == "Pip on a hill. Pip: a small red fox"
    [asked] = desk.server.calls
    assert asked["seed"] == 5
    assert "a fox who wants to touch the moon" in asked["messages"][1]["content"]
    assert [fraction for fraction, _ in desk.progress] == sorted(fraction for fraction, _ in desk.progress)
    assert any(re.match(r"page 3 of 4, \d+ tokens", note) for _, note in desk.progress)


async def test_a_chinese_topic_is_asked_for_and_told_in_chinese(desk: Desk) -> None:
    script = await desk.write(topic="一只想摸月亮的小狐狸")
    assert script.language == "zh"
    assert script.pages[0].story == TOLD["zh"]
    assert "图画书" in desk.server.calls[0]["messages"][0]["content"]


async def test_a_story_in_another_language_than_was_asked_for_is_asked_for_again(desk: Desk) -> None:
    desk.server.answer = _once(lambda body: told(body).replace(TOLD["zh"], TOLD["en"]), told)
    script = await desk.write(topic="一只想摸月亮的小狐狸")
    assert script.pages[0].story == TOLD["zh"]
    assert "不是用中文写的" in desk.server.calls[1]["messages"][-1]["content"]


async def test_a_story_of_many_pages_is_written_in_parts_that_know_what_came_before(desk: Desk) -> None:
    desk.settings |= {"pages_at_once": 8}
    script = await desk.write(page_count=20)
    assert len(script.pages) == 20
    first, second, third = (call["messages"][1]["content"] for call in desk.server.calls)
    assert "pages 1 to 7" in first
    assert "pages 8 to 14 of 20" in second
    assert f"So far {len(first)}." in second
    assert "Pip (fox): a small red fox" in second
    assert f"So far {len(second)}." in third
    assert "bring the story to its end" in third
    assert len({call["seed"] for call in desk.server.calls}) == 3
    assert script.characters == script.characters[:1]


async def test_a_long_text_is_retold_stretch_by_stretch(desk: Desk) -> None:
    desk.settings |= {"text_characters": 1000}
    source = await desk.store.put("novel.txt", NOVEL.encode(), "text/plain")
    script = await desk.write(source=source, page_count=9)
    assert len(script.pages) == 9
    read = [re.search(r"<text>(.*?)</text>", call["messages"][1]["content"], re.DOTALL) for call in desk.server.calls]
    assert len(read) == 3
    chapters = [int(number) for one in read if one for number in re.findall(r"Chapter (\d+)\.", one[1])]
    assert chapters == list(range(1, 41))


async def test_a_text_with_more_stretches_than_pages_is_shortened_first(desk: Desk) -> None:
    desk.settings |= {"text_characters": 200}
    source = await desk.store.put("novel.txt", NOVEL.encode(), "text/plain")
    script = await desk.write(source=source, page_count=5)
    assert len(script.pages) == 5
    kinds = ["pages" in call["response_format"]["json_schema"]["schema"]["properties"] for call in desk.server.calls]
    assert kinds == sorted(kinds)
    assert kinds.count(False) > 12
    reading = [call["messages"][1]["content"] for call in desk.server.calls[:3]]
    assert "In short: Chapter 1." in reading[1]
    assert any(note.startswith("reading, 3 of") for _, note in desk.progress)


async def test_a_source_that_is_no_text_is_bad_input(desk: Desk) -> None:
    source = await desk.store.put("novel.txt", b"\xff\xd8\xff\xe0", "text/plain")
    with pytest.raises(BadInput, match="UTF-8"):
        await desk.write(source=source)


async def test_the_embedded_writer_says_that_it_cannot_translate_a_text(desk: Desk) -> None:
    source = await desk.store.put("novel.txt", NOVEL.encode(), "text/plain")
    request = StoryRequested(task_id=7, topic="a fox", source=source, language="zh")
    with pytest.raises(ProviderUnavailable, match="cannot translate") as refusal:
        await write(request, StageContext(request, desk.store, Providers(), desk.folder))
    assert "transformers" in (refusal.value.remedy or "")


async def test_a_wrong_answer_is_asked_for_again_with_what_is_wrong_in_it(desk: Desk) -> None:
    desk.server.answer = _once(lambda _body: '{"title": "Pip", "pages": []}', told)
    assert len((await desk.write()).pages) == 4
    first, second = desk.server.calls
    assert [one["role"] for one in second["messages"]] == ["system", "user", "assistant", "user"]
    assert second["messages"][2]["content"] == '{"title": "Pip", "pages": []}'
    assert "place: Field required" in second["messages"][3]["content"]
    assert "pages: List should have at least 4 items" in second["messages"][3]["content"]
    assert second["seed"] == first["seed"] + 1


async def test_an_answer_that_was_cut_off_is_asked_for_again(desk: Desk) -> None:
    desk.server.fates.append("cut")
    assert len((await desk.write()).pages) == 4
    assert "too long" in desk.server.calls[1]["messages"][3]["content"]


async def test_a_model_that_never_writes_a_script_is_given_up_and_what_it_said_is_kept(desk: Desk) -> None:
    desk.server.answer = lambda _body: "Once upon a time there was a fox. " * 100
    with pytest.raises(StageError, match=r"asked 3 times.*begins: Once upon") as refusal:
        await desk.write()
    assert refusal.value.code == "model-output-invalid"
    assert not refusal.value.retryable
    assert len(desk.server.calls) == 3
    [uri] = desk.kept
    assert uri in refusal.value.problem.message
    assert (await desk.store.get(uri)).decode() == "Once upon a time there was a fox. " * 100


@pytest.mark.parametrize("known", ["json_object", "text"])
async def test_a_server_without_schemas_is_asked_less_strictly_from_then_on(desk: Desk, known: str) -> None:
    strict = {"type": "json_schema", "json_schema": {"schema": {"properties": {"title": {}, "pages": {"minItems": 4}}}}}
    desk.server.answer = lambda body: told(body | {"response_format": strict})
    desk.server.formats = frozenset({known})
    writer = desk.writer()
    desk.writer = lambda: writer
    await desk.write()
    await desk.write()
    found = [call.get("response_format", {"type": "text"})["type"] for call in desk.server.calls]
    assert found == [known, known]
    assert desk.server.refused_formats == (1 if known == "json_object" else 2)


@pytest.mark.parametrize(
    ("answer", "code", "defer_s"),
    [
        (refused(429, "Rate limit reached", **{"retry-after": "7"}), "service-busy", 7),
        (refused(429, "Slow down"), "service-busy", None),
        (refused(500, "oops"), "service-failed", None),
        (refused(503, "The model is loading", **{"retry-after": "30"}), "service-down", 30),
        (refused(408, "too slow"), "service-failed", None),
    ],
)
async def test_what_passes_is_tried_again_when_the_server_says(
    desk: Desk, answer: Any, code: str, defer_s: float | None
) -> None:
    desk.server.refusals.append(answer)
    with pytest.raises(StageError) as refusal:
        await desk.write()
    assert (refusal.value.code, refusal.value.retryable, refusal.value.defer_s) == (code, True, defer_s)
    assert len((await desk.write()).pages) == 4


@pytest.mark.parametrize(
    ("answer", "code", "remedy"),
    [
        (refused(401, "no"), "service-key-refused", "API_KEY"),
        (refused(403, "no"), "service-key-refused", "API_KEY"),
        (refused(402, "Insufficient Balance"), "service-unpaid", "credit"),
        (refused(429, "You exceeded your quota: insufficient_quota"), "service-unpaid", "credit"),
        (refused(404, "no such model"), "service-unknown-model", "MODEL"),
    ],
)
async def test_what_only_a_person_can_put_right_says_how(desk: Desk, answer: Any, code: str, remedy: str) -> None:
    desk.server.refusals.append(answer)
    with pytest.raises(UserMustAct) as refusal:
        await desk.write()
    assert refusal.value.code == code
    assert remedy in (refusal.value.remedy or "")
    assert not refusal.value.retryable


async def test_a_call_that_the_server_refuses_in_every_form_is_not_repeated(desk: Desk) -> None:
    desk.server.formats = frozenset()
    with pytest.raises(UserMustAct, match="response_format text is not supported") as refusal:
        await desk.write()
    assert refusal.value.code == "service-refused"


@pytest.mark.parametrize("said", ["content_policy_violation", "data_inspection_failed"])
async def test_content_that_the_server_refuses_is_no_fault_of_the_server(desk: Desk, said: str) -> None:
    desk.server.refusals.append(refused(400, said))
    with pytest.raises(StageError) as refusal:
        await desk.write()
    assert (refusal.value.code, refusal.value.retryable) == ("content-refused", False)
    assert not isinstance(refusal.value, UserMustAct)


@pytest.mark.parametrize(
    ("fate", "code", "is_retryable"),
    [
        ("filtered", "content-refused", False),
        ("broken off", "service-silent", True),
        ("fault", "service-failed", True),
        ("garbled", "service-failed", True),
    ],
)
async def test_an_answer_that_does_not_come_to_its_end_is_classified(
    desk: Desk, fate: Any, code: str, is_retryable: bool
) -> None:
    desk.server.fates.append(fate)
    with pytest.raises(StageError) as refusal:
        await desk.write()
    assert (refusal.value.code, refusal.value.retryable) == (code, is_retryable)


async def test_a_server_that_does_not_stream_is_understood(desk: Desk) -> None:
    desk.server.fates.append("unstreamed")
    assert len((await desk.write()).pages) == 4


async def test_a_server_that_falls_silent_is_given_up(desk: Desk) -> None:
    desk.openai |= {"silence_s": 0.2}
    desk.server.fates.append("hangs")
    with pytest.raises(StageError, match="ReadTimeout") as refusal:
        await desk.write()
    assert (refusal.value.code, refusal.value.retryable) == ("service-silent", True)


async def test_a_server_that_is_not_there_is_tried_again_later(desk: Desk) -> None:
    desk.openai |= {"base_url": HttpUrl("http://127.0.0.1:9/v1")}
    with pytest.raises(StageError, match="cannot be reached") as refusal:
        await desk.write()
    assert (refusal.value.code, refusal.value.retryable) == ("service-down", True)


async def test_a_refused_key_is_not_in_the_error(desk: Desk) -> None:
    secret = "sk-that-is-wrong-and-secret"
    desk.openai |= {"api_key": SecretStr(secret)}
    with pytest.raises(UserMustAct, match="Incorrect API key") as refusal:
        await desk.write()
    assert secret not in refusal.value.problem.model_dump_json()


async def test_cancelling_reaches_a_server_that_is_silent_and_closes_its_connection(desk: Desk) -> None:
    desk.server.fates.append("hangs")
    writing = asyncio.create_task(desk.write())
    while not any("tokens" in note for _, note in desk.progress):
        await asyncio.sleep(0.01)
    desk.cancelled.set()
    with pytest.raises(Cancelled):
        await writing
    while not desk.server.left:
        await asyncio.sleep(0.01)
    assert desk.kept == []


async def test_an_attempt_that_was_stopped_leaves_nothing_that_another_could_trip_over(desk: Desk) -> None:
    whole = await desk.write()
    desk.progress.clear()
    desk.server.fates.append("hangs")
    writing = asyncio.create_task(desk.write())
    while not desk.progress or not any("tokens" in note for _, note in desk.progress):
        await asyncio.sleep(0.01)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    desk.cancelled.clear()
    assert await desk.write() == whole


async def test_further_fields_go_with_each_call_and_null_ones_are_left_out(desk: Desk) -> None:
    desk.openai |= {"extra": {"max_tokens": None, "max_completion_tokens": 900, "top_k": 20}}
    await desk.write()
    [call] = desk.server.calls
    assert (call["max_completion_tokens"], call["top_k"]) == (900, 20)
    assert "max_tokens" not in call


async def test_a_server_that_is_not_configured_says_which_settings_are_missing() -> None:
    with pytest.raises(ProviderUnavailable) as refusal:
        OpenAiChat(StoryModelSettings())
    assert "TALESTREAM_STORY_MODEL__OPENAI__BASE_URL" in (refusal.value.remedy or "")


def test_the_provider_is_configured_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALESTREAM_MODE", "embedded")
    monkeypatch.setenv("TALESTREAM_STORY_MODEL__OPENAI__BASE_URL", "http://127.0.0.1:8080/v1")
    monkeypatch.setenv("TALESTREAM_STORY_MODEL__OPENAI__MODEL", MODEL)
    monkeypatch.setenv("TALESTREAM_STORY_MODEL__OPENAI__API_KEY", KEY)
    monkeypatch.setenv("TALESTREAM_STORY_MODEL__OPENAI__EXTRA", '{"top_k": 20}')
    settings.cache_clear()
    try:
        writer = Providers().get("story", "openai")
        assert (writer.name, writer.model) == ("openai", MODEL)
        assert settings().story_model.openai.extra == {"top_k": 20}
        assert KEY not in repr(settings())
    finally:
        settings.cache_clear()


def _once(first: Callable[[Any], str], then: Callable[[Any], str]) -> Callable[[Any], str]:
    """``first`` for the first call, ``then`` for every other."""
    answers = iter([first])

    def answer(body: Any) -> str:
        return next(answers, then)(body)

    return answer
