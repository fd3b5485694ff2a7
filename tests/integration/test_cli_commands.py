"""The command line as a user runs it."""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas import StoryRequested
from talestream.embedded.stack import Stack
from talestream.ledger import Entry, Ledger


async def _talestream(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and everything that the command wrote."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from talestream.cli import main; main()",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "COLUMNS": "200", **environment},
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_doctor_finds_what_is_missing_and_says_what_to_do(tmp_path: Path) -> None:
    code, said = await _talestream("doctor", TALESTREAM_ASSETS=str(tmp_path), PATH=str(tmp_path))
    assert code == 1
    assert "npm is not on the PATH" in said
    assert "install Node.js 20 or newer" in said
    assert f"kokoro-js@1.2.1 is not in {tmp_path}" in said
    assert "run 'talestream setup'" in said
    assert "tansu" in said


async def test_a_film_in_a_file_that_is_no_film_s_is_refused_before_anything_starts(tmp_path: Path) -> None:
    out = tmp_path / "fox.avi"
    code, said = await _talestream("story", "a fox", "--dir", str(tmp_path / "stack"), "--out", str(out))
    assert code == 1
    assert "not the name of an .mp4 file" in said
    assert not (tmp_path / "stack").exists()


async def test_an_empty_prompt_is_refused_before_anything_starts(tmp_path: Path) -> None:
    code, said = await _talestream("story", " ", "--dir", str(tmp_path / "stack"))
    assert code == 1
    assert "the prompt is empty" in said
    assert not (tmp_path / "stack").exists()


async def test_another_api_needs_a_user() -> None:
    code, said = await _talestream("story", "a fox", "--url", "http://127.0.0.1:9")
    assert code == 1
    assert "TALESTREAM_USER" in said


async def test_an_api_that_does_not_answer_is_said_without_a_stack_trace(tmp_path: Path) -> None:
    code, said = await _talestream(
        "story",
        "a fox",
        "--url",
        "http://127.0.0.1:9",
        "--user",
        "mia",
        "--password",
        "secret",
        "--out",
        f"{tmp_path}/f.mp4",
    )
    assert code == 1
    assert "does not answer" in said
    assert "Traceback" not in said


async def test_the_contract_s_documents_are_checked() -> None:
    code, said = await _talestream("schemas", "check")
    assert (code, "fresh and compatible" in said) == (0, True), said


def _entry(call: Any, job: str, stage: str = "image") -> Entry:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    cost = 0.5 if call == "submitted" else 0
    return Entry(time=now, call=call, stage=stage, task=7, unit="1", attempt=1, job=job, key="k", inputs="x", cost=cost)


async def test_the_ledger_is_summed_up_and_tells_of_work_that_was_paid_for_twice(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    where = ("ledger", "--path", str(ledger.path))
    code, said = await _talestream(*where)
    assert (code, "there is no ledger" in said) == (1, True), said
    for entry in (_entry("submitted", "a"), _entry("stored", "a"), _entry("submitted", "b", "video")):
        ledger.append(entry)
    code, said = await _talestream(*where)
    rows = [line.split() for line in said.splitlines()]
    assert (code, rows[-1]) == (0, ["paid", "twice:", "0"]), said
    assert ["image", "1", "0", "0", "0", "0", "0.50"] in rows
    assert ["all", "2", "0", "0", "0", "0", "1.00"] in rows
    ledger.append(_entry("submitted", "c"))
    code, said = await _talestream("ledger", TALESTREAM_SIMULATION__LEDGER=str(ledger.path))
    assert (code, "paid twice: 1 (7/image/1)" in said) == (1, True), said


async def test_a_dead_letter_can_be_listed_shown_and_dropped(tmp_path: Path) -> None:
    async with Stack(tmp_path, services=("story",)) as stack:
        folder = ("--dir", str(stack.folder.path))
        producer = AIOKafkaProducer(bootstrap_servers=stack.settings.kafka.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(StoryRequested.topic_name(), "不是 JSON".encode(), key=b"key")
        finally:
            await producer.stop()
        async with asyncio.timeout(120):
            while "talestream.story.v1/" not in (said := (await _talestream("dead-letters", "list", *folder))[1]):
                assert "Traceback" not in said
        letter = next(word for word in said.split() if word.startswith("talestream.story.v1/"))
        code, said = await _talestream("dead-letters", "show", letter, *folder)
        assert (code, '"value": "不是 JSON"' in said) == (0, True), said
        code, said = await _talestream("dead-letters", "replay", letter, *folder)
        assert (code, "still does not fit" in said) == (1, True), said
        everything = ("dead-letters", "replay", "--all", "--topic", StoryRequested.topic_name(), *folder)
        code, said = await _talestream(*everything)
        assert (code, f"{letter} stays" in said, "0 of 1 replayed" in said) == (1, True, True), said
        code, said = await _talestream("dead-letters", "replay", *folder)
        assert (code, "name one letter, or give --all" in said) == (2, True), said
        assert (await _talestream("dead-letters", "drop", letter, *folder))[0] == 0
        assert "there are no dead letters" in (await _talestream("dead-letters", "list", *folder))[1]
        code, said = await _talestream("dead-letters", "show", letter, *folder)
        assert (code, "there is no dead letter" in said) == (1, True), said
