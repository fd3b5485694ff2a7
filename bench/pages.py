"""What a page costs, by the number of pages of its task, and beside a thousand tasks that wait.

    python -m bench.pages

A stage that does nothing is run for each page by one worker on the embedded servers. Prints seconds and processor
milliseconds a page, and the size of the document at the end; last, the figures as JSON.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import bson

from bench.chain import talestream
from bench.chain_stages import LEAVES
from schemas import TaskInput
from talestream import rules
from talestream.embedded.stack import Stack
from talestream.runtime import Runtime

PAGES = (6, 24, 60, 200)
WAITING = 1000


async def measure(stack: Stack, pages: int, label: str) -> dict[str, Any]:
    """One row of the table."""
    async with talestream(stack, ("leaf",), LEAVES, str(pages)) as contender:
        await contender.sequential(1)
        before = contender.spent()
        (seconds,) = await contender.sequential(1)
        spent = {name: round((s - before[name]) / pages * 1000, 1) for name, s in contender.spent().items()}
        found = await contender.documents.find_one({"workflow.name": LEAVES.name, "input.topic": str(pages)})
    size = len(bson.encode(found or {}))
    row = "".join(f"{figure:12.1f}" for figure in (seconds / pages * 1000, *spent.values(), size / 1024))
    print(f"{label:28s}{row}", flush=True)
    return {"pages": pages, "label": label, "ms_a_page": seconds / pages * 1000, "processor_ms": spent, "bytes": size}


async def wait_in_line(stack: Stack) -> None:
    """Tasks that are ordered and not admitted."""
    async with Runtime.open("bench", stack.settings) as runtime:
        now = runtime.clock.now()
        for number in range(1, WAITING + 1):
            task = rules.create(number, "user:1", LEAVES, TaskInput(topic="6"), now)
            await runtime.tasks.insert(rules.order(task, ["leaf"], "bench", now))


async def main() -> None:
    titles = ("ms a page", "database ms", "broker ms", "workers ms", "KiB at end")
    with tempfile.TemporaryDirectory(prefix="talestream-bench-") as folder:
        async with Stack(Path(folder), services=()) as stack:
            print(f"{'':28s}" + "".join(f"{title:>12s}" for title in titles), flush=True)
            found = [await measure(stack, pages, f"{pages} pages") for pages in PAGES]
            await wait_in_line(stack)
            found.append(await measure(stack, PAGES[2], f"{PAGES[2]} pages, {WAITING} tasks wait"))
    print(json.dumps(found))


if __name__ == "__main__":
    asyncio.run(main())
