"""Bringing what an order names into an attempt's work folder: from pages of URIs to shots of files."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from schemas import FilmClip, FilmPage, FilmRequest, ObjectUri, WordTimes
from services.video.footage import Footage, Shot, ShotLayer, SpokenClip
from talestream.errors import BadInput
from talestream.stage import StageContext

FETCHES = 8
"""Objects that are fetched at a time."""


class Fetching:
    """Fetches for one attempt, a few objects at a time."""

    def __init__(self, ctx: StageContext) -> None:
        self._ctx = ctx
        self._limit = asyncio.Semaphore(FETCHES)

    async def shot(self, page: FilmPage, number: int) -> Shot:
        """Page ``number`` with its picture, layers, animation and clips. BadInput when word times cannot be read."""
        picture, clips = await asyncio.gather(
            self._fetch(page.picture, f"{number}.picture"),
            asyncio.gather(*(self._clip(clip, number, place) for place, clip in enumerate(page.clips, 1))),
        )
        animation = await self._fetch(page.animation, f"{number}.animation") if page.animation else None
        layers = await asyncio.gather(
            *(self._fetch(layer.picture, f"{number}_{place}.layer") for place, layer in enumerate(page.layers, 1))
        )
        return Shot(
            page=number,
            picture=picture,
            clips=tuple(clips),
            mood=page.mood,
            sounds=page.sounds,
            animation=animation,
            layers=tuple(ShotLayer(path, layer.depth) for path, layer in zip(layers, page.layers, strict=True)),
            setting=page.setting,
        )

    async def music(self, uri: ObjectUri | None) -> Path | None:
        """The film's music, if it has any."""
        return await self._fetch(uri, "music.audio") if uri else None

    async def _clip(self, clip: FilmClip, page: int, number: int) -> SpokenClip:
        return SpokenClip(
            text=clip.text,
            audio=await self._fetch(clip.audio, f"{page}_{number}.audio"),
            first_word_s=clip.first_word_s,
            last_word_s=clip.last_word_s,
            words=(await self._words(clip.words, page, number)).words if clip.words else (),
        )

    async def _words(self, uri: ObjectUri, page: int, number: int) -> WordTimes:
        async with self._limit:
            document = await self._ctx.get(uri)
        try:
            return WordTimes.model_validate_json(document)
        except ValidationError as error:
            raise BadInput(f"the word times of clip {number} of page {page} cannot be read: {error}") from error

    async def _fetch(self, uri: ObjectUri, name: str) -> Path:
        async with self._limit:
            return await self._ctx.fetch(uri, f"given/{name}")


def footage_of(request: FilmRequest, shots: Sequence[Shot], music: Path | None) -> Footage:
    """The footage of a film as its order has it."""
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
