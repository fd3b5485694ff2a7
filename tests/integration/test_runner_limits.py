"""When everything fails by our own fault, a worker stops before the topic is drained, and goes on by itself after."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from schemas import DeadLetter, TaskInput, TaskState, UnitState
from talestream import admission, rules
from talestream.dead_letters import DeadLetters
from talestream.draft import Ref
from talestream.settings import Settings
from talestream.worker_settings import DeadLetterSettings
from tests.runner_bench import STORY_ONLY, Author, Bench, working

LIMITS = DeadLetterSettings(max_consecutive=3, first_pause_s=0.5, longest_pause_s=1)
STORY = Ref("story", "whole")
OURS = {"ce_source": "/talestream/story", "ce_type": "StoryRequested"}


@pytest.fixture
async def bench(own_database: Settings) -> AsyncIterator[Bench]:
    """A worker with low limits, that ends with its test."""
    async with working(own_database.model_copy(update={"dead_letters": LIMITS}), Author()) as bench:
        yield bench


async def letters(bench: Bench, about: bytes) -> list[DeadLetter]:
    found = DeadLetters(bench.runtime.database, bench.runtime.broker, bench.runtime.clock)
    return [letter async for letter in found.all() if about in (letter.value or b"")]


async def reason(bench: Bench) -> str:
    """Why no work is taken; empty while it is."""
    check = (await bench.worker.readiness())["dead_letters"]
    return check if isinstance(check, str) else ""


@pytest.mark.parametrize("topic", ["breaks", "unpaid"])
async def test_a_fault_of_ours_stops_work_before_the_topic_is_drained_and_all_is_made_once_it_is_mended(
    bench: Bench, topic: str
) -> None:
    task_ids = [await bench.order(topic) for _ in range(9)]
    assert "in a row" in await bench.until(lambda: reason(bench))
    tried = len({order.task_id for order in bench.author.asked})
    assert tried < 9
    bench.author.is_mended = True
    given_up = [task_id for task_id in task_ids if any([await letters(bench, str(task_id).encode())])]
    assert len(given_up) < LIMITS.max_consecutive
    for task_id in {*task_ids} - {*given_up}:
        task = await bench.ended(task_id, TaskState.COMPLETED)
        assert task.stages["story"].units["whole"].failures <= 1
    assert not await reason(bench)


async def test_an_error_of_the_order_alone_stops_nothing(bench: Bench) -> None:
    for _ in range(3 * LIMITS.max_consecutive):
        await bench.ended(await bench.order("fails always"), TaskState.FAILED)
    assert not await reason(bench)


async def test_malformed_orders_from_elsewhere_stop_nothing(bench: Bench) -> None:
    mark = secrets.token_hex(8).encode()
    for number in range(3 * LIMITS.max_consecutive):
        await bench.publish(mark + b"%d" % number, ce_source="/elsewhere")

    async def are_set_aside() -> bool:
        return len(await letters(bench, mark)) == 3 * LIMITS.max_consecutive

    await bench.until(are_set_aside)
    assert not await reason(bench)


async def test_messages_of_our_own_that_cannot_be_read_are_withheld_until_others_can(bench: Bench) -> None:
    mark = secrets.token_hex(8).encode()
    for number in range(LIMITS.max_consecutive + 1):
        await bench.publish(mark + b"%d" % number, key=b"one partition", **OURS)
    assert "in a row" in await bench.until(lambda: reason(bench))
    assert len(await letters(bench, mark)) == LIMITS.max_consecutive - 1
    good = [await bench.order("plain") for _ in range(8)]
    for task_id in good:
        await bench.ended(task_id, TaskState.COMPLETED)

    async def are_set_aside() -> Any:
        return len(await letters(bench, mark)) == LIMITS.max_consecutive + 1

    await bench.until(are_set_aside)
    assert not await reason(bench)


async def test_a_unit_that_ends_every_worker_becomes_a_dead_letter(bench: Bench) -> None:
    long_ago = bench.runtime.clock.now() - timedelta(hours=1)
    task_id = secrets.randbelow(2**53 - 1) + 1
    task = rules.create(task_id, "user:1", STORY_ONLY, TaskInput(topic="plain"), long_ago)
    task = admission.admit(rules.order(task, ["story"], "x", long_ago), long_ago)
    for number in range(rules.MAX_TAKEOVERS + 1):
        task = rules.claim(task, STORY, 1, f"dead{number}", long_ago, long_ago)
    await bench.runtime.tasks.insert(task)
    task = await bench.ended(task_id, TaskState.FAILED)
    assert task.stages["story"].units["whole"].state is UnitState.FAILED
    (letter,) = await bench.until(lambda: letters(bench, str(task_id).encode()))
    assert (letter.attempts, json.loads(letter.value)["task_id"]) == (rules.MAX_TAKEOVERS + 1, task_id)
    assert letter.reason.startswith("worker-lost")
