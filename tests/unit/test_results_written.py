"""Results are written in bulk, a moment after they came, and none is left behind."""

import asyncio
from datetime import UTC, datetime
from typing import Any, cast

from schemas import Record, Task, TaskInput, builtin_workflows
from talestream import rules
from talestream.clock import SystemClock
from talestream.results import Results


class Given(Record):
    """A result."""

    words: str = "a fox"


class Collection:
    """A collection whose first write takes until it is let go of."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()

    async def insert_many(self, documents: list[dict[str, Any]], *, ordered: bool) -> None:
        self.begun.set()
        await self.goes_on.wait()
        self.written += [document["_id"] for document in documents]


async def test_a_result_that_comes_while_others_are_written_is_written_too() -> None:
    collection = Collection()
    results = Results(cast("Any", {"results": collection}), SystemClock(), keep_s=60)
    task = _task()
    results.keep("first", task, "embedded", Given(), ())
    async with asyncio.timeout(10):
        await collection.begun.wait()
        results.keep("second", task, "embedded", Given(), ())
        collection.goes_on.set()
        while len(collection.written) < 2:
            await asyncio.sleep(0.01)
    assert collection.written == ["first", "second"]
    await results.stop()


def _task() -> Task:
    return rules.create(1, "user:1", builtin_workflows()["story-video"], TaskInput(topic="a fox"), datetime.now(UTC))
