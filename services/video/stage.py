"""Video: pictures, narration and music become the film, with its captions beside it."""

import asyncio
from datetime import timedelta
from typing import Any

from schemas import Artifact, Film, OutputFormat, VideoRequested
from services.video.fetching import Fetching, footage_of
from services.video.footage import MadeOutput
from services.video.providers import Composer
from talestream.made_by import made_by
from talestream.stage import StageContext, stage

KINDS = {
    OutputFormat.MP4: ("rendition", "video/mp4"),
    OutputFormat.HEVC: ("rendition", "video/mp4"),
    OutputFormat.WEBM: ("rendition", "video/webm"),
    OutputFormat.AV1: ("rendition", "video/webm"),
    OutputFormat.GIF: ("preview", "image/gif"),
    OutputFormat.JPEG: ("cover", "image/jpeg"),
    OutputFormat.PNG: ("cover", "image/png"),
    OutputFormat.M4A: ("sound", "audio/mp4"),
    OutputFormat.MP3: ("sound", "audio/mpeg"),
}
"""Role and type of what is made beside the film."""
FETCHED_SHARE = 0.04
DRAWN_SHARE = 0.95


@stage("video", consumes=VideoRequested, timeout=timedelta(minutes=60))
async def compose(request: VideoRequested, ctx: StageContext) -> Film:
    """Compose the film and store it, with its captions, what was measured of it, and what was ordered beside it."""
    composer = ctx.provider(Composer)  # type: ignore[type-abstract]
    fetching = Fetching(ctx)
    pages = (fetching.shot(page, number) for number, page in enumerate(request.pages, 1))
    music, shots = await asyncio.gather(fetching.music(request.music), asyncio.gather(*pages))
    footage = footage_of(request, shots, music)
    ctx.progress(FETCHED_SHARE, "composing")

    def on_frames(done: int, total: int) -> None:
        ctx.progress(FETCHED_SHARE + (DRAWN_SHARE - FETCHED_SHARE) * done / total, f"frame {done} of {total}")

    made = await ctx.in_thread(composer.compose, footage, ctx.workdir, on_frames)
    ctx.progress(DRAWN_SHARE, "storing")
    by = made_by(composer.name, composer, width=request.width, height=request.height, fps=request.fps)
    beside: dict[str, Any] = {"role": "captions", "seed": request.seed, **by}
    if made.quality:
        report = made.quality.model_dump_json(indent=2).encode()
        await ctx.put("output.quality.json", report, role="quality", mime="application/json", seed=request.seed, **by)
    return Film(
        video=await ctx.put(
            "output.mp4",
            made.video,
            role="film",
            mime="video/mp4",
            seed=request.seed,
            degraded=made.quality.shortcoming if made.quality else None,
            **by,
        ),
        captions_srt=await ctx.put("output.srt", made.srt.encode(), mime="application/x-subrip", **beside),
        captions_vtt=await ctx.put("output.vtt", made.vtt.encode(), mime="text/vtt", **beside),
        captions_ass=await ctx.put("output.ass", made.ass.encode(), mime="text/x-ssa", **beside) if made.ass else None,
        outputs=tuple([await _store(output, composer, request, ctx) for output in made.outputs]),
        duration_s=made.duration_s,
        loudness_lufs=made.loudness_lufs,
        quality=made.quality,
    )


async def _store(made: MadeOutput, composer: Composer, request: VideoRequested, ctx: StageContext) -> Artifact:
    role, mime = KINDS[made.output.format]
    width, height = made.size or (None, None)
    by = made_by(composer.name, made, width=width, height=height)
    by["revision"] = getattr(composer, "revision", None)
    return await ctx.put(made.output.file_name, made.file, role=role, mime=mime, seed=request.seed, **by)
