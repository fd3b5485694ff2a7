"""Animation: one page's picture is set in motion."""

from datetime import timedelta

from schemas import Animation, AnimationRequested
from services.animation.providers import Animator
from talestream.made_by import made_by
from talestream.stage import StageContext, stage


@stage("animation", consumes=AnimationRequested, attempts=3, timeout=timedelta(hours=1), slots=4)
async def animate(request: AnimationRequested, ctx: StageContext) -> Animation:
    """Set the picture in motion and store it as MP4. Slots are many, because a job far away is only waited for."""
    animator = ctx.provider(Animator)  # type: ignore[type-abstract]
    picture = await ctx.fetch(request.picture, "given.picture")
    target = ctx.workdir / "made.mp4"
    made = await ctx.in_thread(animator.animate, request, picture, target, ctx.progress)
    video = await ctx.put(
        f"animation/p{request.page}.mp4",
        target,
        role="animation",
        mime="video/mp4",
        seed=made.seed,
        cost=made.cost,
        degraded=made.degraded,
        **made_by(made.provider, made, width=request.width, height=request.height, duration_s=request.duration_s),
    )
    return Animation(page=request.page, video=video, duration_s=made.duration_s, cost=made.cost)
