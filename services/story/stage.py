"""Story: a prompt becomes a script, the pages that every later stage reads."""

from datetime import timedelta

from schemas import Story, StoryRequested
from services.story.providers import StoryWriter
from talestream.stage import StageContext, stage


@stage("story", consumes=StoryRequested, attempts=3, timeout=timedelta(minutes=10))
async def write(request: StoryRequested, ctx: StageContext) -> Story:
    """Write the story and store it as ``script_data.json``, readable as it is: UTF-8, indented."""
    writer = ctx.provider(StoryWriter)  # type: ignore[type-abstract]
    ctx.progress(0.1, "finding a story")
    script = await ctx.in_thread(writer.write, request)
    await ctx.put(
        "script_data.json",
        script.model_dump_json(indent=2).encode(),
        role="script",
        mime="application/json",
        provider=writer.name,
        seed=request.seed,
    )
    ctx.progress(1.0, script.title)
    return Story(script=script)
