"""Video: pictures, narration and music become the film, with its captions beside it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from schemas import Artifact, Film, FilmClip, FilmPage, ObjectUri, OutputFormat, VideoRequested, WordTimes
from services.video.footage import Footage, MadeOutput, Shot, ShotLayer, SpokenClip
from services.video.providers import Composer
from talestream.errors import BadInput
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
FETCHES = 8
FETCHED_SHARE = 0.04
DRAWN_SHARE = 0.95


@stage("video", consumes=VideoRequested, timeout=timedelta(minutes=60))
async def compose(request: VideoRequested, ctx: StageContext) -> Film:
    """Compose the film and store it, with its captions, what was measured of it, and what was ordered beside it."""
    composer = ctx.provider(Composer)  # type: ignore[type-abstract]
    footage = await _bring(request, ctx)
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


async def _bring(request: VideoRequested, ctx: StageContext) -> Footage:
    """Fetch everything that the request names, a few objects at a time."""
    limit = asyncio.Semaphore(FETCHES)

    async def fetch(uri: ObjectUri, name: str) -> Path:
        async with limit:
            return await ctx.fetch(uri, name)

    async def bring_clip(clip: FilmClip, page: int, number: int) -> SpokenClip:
        return SpokenClip(
            text=clip.text,
            audio=await fetch(clip.audio, f"given/{page}_{number}.audio"),
            first_word_s=clip.first_word_s,
            last_word_s=clip.last_word_s,
            words=(await _words(clip.words, page, number)).words if clip.words else (),
        )

    async def _words(uri: ObjectUri, page: int, number: int) -> WordTimes:
        async with limit:
            document = await ctx.get(uri)
        try:
            return WordTimes.model_validate_json(document)
        except ValidationError as error:
            raise BadInput(f"the word times of clip {number} of page {page} cannot be read: {error}") from error

    async def bring_shot(page: FilmPage, number: int) -> Shot:
        picture, clips = await asyncio.gather(
            fetch(page.picture, f"given/{number}.picture"),
            asyncio.gather(*(bring_clip(clip, number, place) for place, clip in enumerate(page.clips, 1))),
        )
        animation = await fetch(page.animation, f"given/{number}.animation") if page.animation else None
        layers = await asyncio.gather(
            *(fetch(layer.picture, f"given/{number}_{place}.layer") for place, layer in enumerate(page.layers, 1))
        )
        return Shot(
            page=number,
            picture=picture,
            clips=tuple(clips),
            mood=page.mood,
            sounds=page.sounds,
            animation=animation,
            layers=tuple(ShotLayer(path, layer.depth) for path, layer in zip(layers, page.layers, strict=True)),
        )

    async def bring_music() -> Path | None:
        return await fetch(request.music, "given/music.audio") if request.music else None

    music, shots = await asyncio.gather(
        bring_music(), asyncio.gather(*(bring_shot(page, number) for number, page in enumerate(request.pages, 1)))
    )
    return Footage(
        shots=tuple(shots),
        language=request.language,
        width=request.width,
        height=request.height,
        fps=request.fps,
        music=music,
        burn_captions=request.burn_captions,
        cut=request.cut,
        outputs=request.outputs,
        seed=request.seed,
        title=request.title,
    )
