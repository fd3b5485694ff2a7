"""Image: one page's prompt becomes its picture, the hero looking the same on every page."""

from datetime import timedelta
from typing import Any

from schemas import Illustration, ImageRequested, Layer, ObjectUri
from services.image.providers import Illustrator
from talestream.made_by import made_by
from talestream.needs import need
from talestream.stage import StageContext, stage

USER = "user"
"""What the manifest calls whoever gave a picture."""


@stage("image", consumes=ImageRequested, attempts=3, timeout=timedelta(minutes=20), slots=2)
async def illustrate(request: ImageRequested, ctx: StageContext) -> Illustration:
    """Draw the page, or take the picture that the user has, and store it as a PNG of exactly the requested size.

    Its layers, where the provider gives them, are stored beside it.
    """
    if request.given is not None:
        return await _take(request, request.given, ctx)
    illustrator = ctx.provider(Illustrator)  # type: ignore[type-abstract]
    drawn = await ctx.in_thread(illustrator.illustrate, request, ctx.progress)
    by: dict[str, Any] = {"mime": "image/png", "seed": drawn.seed}
    by |= made_by(illustrator.name, drawn, width=request.width, height=request.height)
    picture = await ctx.put(f"image/p{request.page}.png", drawn.png, role="picture", **by)
    layers = [
        Layer(
            picture=await ctx.put(f"image/p{request.page}.layer{number}.png", layer.png, role="layer", **by),
            depth=layer.depth,
        )
        for number, layer in enumerate(drawn.layers, 1)
    ]
    return Illustration(
        page=request.page,
        picture=picture,
        missing_words=drawn.missing_words,
        layers=tuple(layers),
        setting=drawn.setting,
    )


async def _take(request: ImageRequested, given: ObjectUri, ctx: StageContext) -> Illustration:
    need("embedded", "PIL")
    from services.image.given import shaped  # noqa: PLC0415  whoever simulates may do without Pillow

    png = await ctx.in_thread(shaped, await ctx.get(given), request.width, request.height)
    picture = await ctx.put(f"image/p{request.page}.png", png, role="picture", mime="image/png", provider=USER)
    return Illustration(page=request.page, picture=picture)
