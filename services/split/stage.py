"""Split: the narration of every page is cut into segments that are spoken and captioned as one, and listened to."""

from datetime import timedelta

from schemas import Page, Script, SplitRequested, SplitScript
from services.split.listening import heard
from services.split.providers import Splitter
from talestream.cancellation import check_cancelled
from talestream.errors import BadInput
from talestream.made_by import made_by
from talestream.stage import StageContext, stage


@stage("split", consumes=SplitRequested, attempts=3, timeout=timedelta(minutes=5))
async def split(request: SplitRequested, ctx: StageContext) -> SplitScript:
    """Cut every page and store the script again as ``script_data.json``, now with its segments and sounds."""
    splitter = ctx.provider(Splitter)  # type: ignore[type-abstract]
    script = await ctx.in_thread(_cut, splitter, request, ctx)
    await ctx.put(
        "script_data.json",
        script.model_dump_json(indent=2).encode(),
        role="script",
        mime="application/json",
        seed=script.seed,
        degraded=script.abridged,
        **made_by(splitter.name, splitter, max_words=request.max_words, max_characters=request.max_characters),
    )
    return SplitScript(script=script)


def _cut(splitter: Splitter, request: SplitRequested, ctx: StageContext) -> Script:
    script = request.script
    pages: list[Page] = []
    cut = zip(script.pages, splitter.split_script(request), strict=True)
    for number, (page, segments) in enumerate(cut, start=1):
        check_cancelled()
        if not segments:
            raise BadInput(f"page {number} has no narration to split")
        sounds = heard(page, script.language) if page.sounds is None else page.sounds
        pages.append(page.model_copy(update={"segments": segments, "sounds": sounds}))
        ctx.progress(number / len(script.pages), f"page {number} of {len(script.pages)}")
    return script.model_copy(update={"pages": tuple(pages)})
