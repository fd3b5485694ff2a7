"""Image: one page's prompt becomes its picture, the hero looking the same on every page."""

from datetime import timedelta

from schemas import Illustration, ImageRequested
from services.image.providers import Illustrator
from talestream.made_by import made_by
from talestream.stage import StageContext, stage


@stage("image", consumes=ImageRequested, attempts=3, timeout=timedelta(minutes=20), slots=2)
async def illustrate(request: ImageRequested, ctx: StageContext) -> Illustration:
    """Draw the page and store it as a PNG of exactly the requested size."""
    illustrator = ctx.provider(Illustrator)  # type: ignore[type-abstract]
    drawn = await ctx.in_thread(illustrator.illustrate, request, ctx.progress)
    picture = await ctx.put(
        f"image/p{request.page}.png",
        drawn.png,
        role="picture",
        mime="image/png",
        seed=drawn.seed,
        **made_by(illustrator.name, drawn, width=request.width, height=request.height),
    )
    return Illustration(page=request.page, picture=picture, missing_words=drawn.missing_words)
