"""A worker of the story stage as a process of its own, for tests that end it: ``python -m tests.waiting_worker``.

The topic says what it does: ``blocks`` in a thread that nothing stops, ``takes <seconds>``, anything else at once.
"""

import asyncio
import time

from schemas import Page, Script, Story, StoryRequested
from talestream import worker_process
from talestream.stage import StageContext, stage

LAST_END_S = 6.0
"""Less than an operator grants, and enough for each step of leaving."""


@stage("story", consumes=StoryRequested)
async def tell(request: StoryRequested, ctx: StageContext) -> Story:
    """Take the time that the topic says."""
    ctx.progress(0.5)
    match request.topic.split():
        case ["blocks"]:
            await ctx.in_thread(time.sleep, 3600)
        case ["takes", seconds]:
            await asyncio.sleep(float(seconds))
    page = Page(story=request.topic, image_prompt="p")
    return Story(script=Script(title="T", language="en", pages=(page,)))


if __name__ == "__main__":
    worker_process.LAST_END_S = LAST_END_S
    worker_process.run(tell)
