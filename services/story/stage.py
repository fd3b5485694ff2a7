"""Story: a prompt becomes a script, the pages that every later stage reads."""

from datetime import timedelta

from schemas import Script, Story, StoryRequested
from services.story.asking import NotAsAsked
from services.story.providers import StoryWriter
from talestream.errors import BadInput
from talestream.made_by import made_by
from talestream.stage import StageContext, stage


@stage("story", consumes=StoryRequested, attempts=3, timeout=timedelta(minutes=30))
async def write(request: StoryRequested, ctx: StageContext) -> Story:
    """Write the story and store it as ``script_data.json``, readable as it is: UTF-8, indented.

    A script that leaves out some of the text that it tells is labelled with what it leaves out.
    """
    writer = ctx.provider(StoryWriter)  # type: ignore[type-abstract]
    ctx.progress(0.0, "finding a story")
    text = None if request.source is None else _decoded(await ctx.get(request.source))
    script = await _written(writer, request, text, ctx)
    await ctx.put(
        "script_data.json",
        script.model_dump_json(indent=2).encode(),
        role="script",
        mime="application/json",
        seed=request.seed,
        degraded=script.abridged,
        **made_by(writer.name, writer, pages=request.page_count, language=script.language),
    )
    ctx.progress(1.0, script.title)
    return Story(script=script)


async def _written(writer: StoryWriter, request: StoryRequested, text: str | None, ctx: StageContext) -> Script:
    """The script; what a model said instead of one is kept beside it, and its error says where."""
    try:
        return await ctx.in_thread(writer.write, request, text)
    except NotAsAsked as error:
        kept = await ctx.put("story/refused.txt", error.raw.encode(), role="refused", mime="text/plain; charset=utf-8")
        raise error.kept_at(kept.uri) from error


def _decoded(source: bytes) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput("the text that is to be retold is not in UTF-8") from error
