"""Shot: a page of the film is encoded as soon as it and the page before are there, and kept for the composition."""

import asyncio
from datetime import timedelta

from schemas import EncodedShot, ShotRequested
from services.video.fetching import Fetching, footage_of
from services.video.footage import Shot
from services.video.providers import Composer, EncodesAhead
from talestream.stage import StageContext, stage


@stage("shot", consumes=ShotRequested, timeout=timedelta(minutes=20), slots=2)
async def encode(request: ShotRequested, ctx: StageContext) -> EncodedShot:
    """Encode a page, where the film's composer does that ahead. What it gives is kept, not stored: the film is made
    of it.
    """
    composer = ctx.provider(Composer)  # type: ignore[type-abstract]
    if not (isinstance(composer, EncodesAhead) and composer.encodes_ahead):
        return EncodedShot(page=request.page, segment_count=0)
    fetching, number = Fetching(ctx), request.page
    here = {number: request.shown, **({number - 1: request.before} if request.before else {})}
    fetched = await asyncio.gather(*(fetching.shot(page, at) for at, page in here.items()))
    known = {shot.page: shot for shot in fetched}
    elsewhere = ctx.workdir / "elsewhere"
    shots = [known.get(at, Shot(at, elsewhere)) for at in range(1, request.page_count + 1)]
    footage = footage_of(request, shots, elsewhere if request.has_music else None)

    def on_frames(done: int, total: int) -> None:
        ctx.progress(done / total, f"frame {done} of {total}")

    kept = await ctx.in_thread(composer.encode_page, footage, number, ctx.workdir, on_frames)
    return EncodedShot(page=number, segment_count=kept)
