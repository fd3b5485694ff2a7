"""Workers of every stage of a film in this process. What they make is a function of their orders, and tells of them."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from schemas import (
    Clip,
    EncodedShot,
    Film,
    Illustration,
    ImageRequested,
    MusicRequested,
    Narration,
    Page,
    PageEdit,
    Request,
    Script,
    ShotRequested,
    SpeechRequested,
    SplitRequested,
    SplitScript,
    Story,
    StoryRequested,
    Task,
    TaskInput,
    TaskState,
    Track,
    VideoRequested,
    builtin_workflows,
)
from talestream import editing, rules
from talestream.draft import Ref
from talestream.runner import StageWorker
from talestream.runtime import Runtime
from talestream.settings import Settings
from talestream.stage import Stage, StageContext, stage

PAGES = 3


@dataclass
class Crew:
    """The workers, what they were asked, and the means to order from them."""

    runtime: Runtime
    asked: list[Ref] = field(default_factory=list)
    """Every unit that a stage was called for, in order."""
    held_up: set[str] = field(default_factory=set)
    """Texts over which a narrator waits for ever."""
    given_up: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when such a wait was ended from outside."""

    async def order(self, owner: str = "user:1", **fields: Any) -> Task:
        """A finished film."""
        now = self.runtime.clock.now
        task_id = secrets.randbelow(2**53 - 1) + 1
        order = TaskInput(topic="a fox", **fields)
        task = rules.create(task_id, owner, builtin_workflows()["story-video"], order, now())
        await self.runtime.tasks.insert(task)
        await self.runtime.tasks.change(task_id, lambda task: rules.order(task, task.stages, "x1", now()))
        return await self.finished(task_id)

    async def edit(self, task_id: int, page: int, **change: Any) -> Task:
        """Edit a page; what runs by that is not waited for."""
        execution_id, now = secrets.token_hex(8), self.runtime.clock.now
        return await self.runtime.tasks.change(
            task_id, lambda task: editing.edit(task, page, PageEdit(**change), execution_id, now())
        )

    async def finished(self, task_id: int) -> Task:
        """The task, once it is completed."""
        return await self.until(task_id, lambda task: task.state is TaskState.COMPLETED)

    async def until(self, task_id: int, condition: Callable[[Task], bool]) -> Task:
        """The task, once it is so."""
        async with asyncio.timeout(60):
            while True:
                task = await self.runtime.tasks.find(task_id)
                if task is not None and condition(task):
                    return task
                await asyncio.sleep(0.05)

    async def film(self, task: Task) -> str:
        """What the film is made of, as text."""
        [film] = task.results("video", Film)
        return (await self.runtime.blobs.get(film.video.uri)).decode()

    async def published(self, task: Task, condition: Callable[[Script], bool]) -> None:
        """Wait until the script in its public place is so."""
        public = self.runtime.blobs.uri(f"{task.prefix}/script_data.json")
        async with asyncio.timeout(30):
            while not condition(Script.model_validate_json(await self.runtime.blobs.get(public))):
                await asyncio.sleep(0.05)

    async def kept(self, count: int) -> None:
        """Wait until so many results lie in the store."""
        async with asyncio.timeout(30):
            while await self.runtime.database["results"].count_documents({}) < count:
                await asyncio.sleep(0.05)

    def stages(self) -> "list[Stage[Any, Any]]":
        """Every stage of a film."""

        def note(request: Request) -> None:
            self.asked.append(Ref.of(request))

        @stage("story", consumes=StoryRequested)
        async def write(request: StoryRequested, ctx: StageContext) -> Story:
            note(request)
            pages = [Page(story=f"Page {n} begins. It ends.", image_prompt=f"page {n}") for n in range(1, PAGES + 1)]
            script = Script(title=f"T{request.seed}", language="en", pages=tuple(pages))
            await ctx.put("script_data.json", script.model_dump_json().encode(), role="script")
            return Story(script=script)

        @stage("split", consumes=SplitRequested)
        async def split(request: SplitRequested, ctx: StageContext) -> SplitScript:
            note(request)
            pages = [
                page.model_copy(update={"segments": tuple(page.story.split(". "))}) for page in request.script.pages
            ]
            script = request.script.model_copy(update={"pages": tuple(pages)})
            await ctx.put("script_data.json", script.model_dump_json().encode(), role="script")
            return SplitScript(script=script)

        @stage("image", consumes=ImageRequested, slots=4)
        async def draw(request: ImageRequested, ctx: StageContext) -> Illustration:
            note(request)
            content = f"[{request.prompt} {request.seed}]".encode()
            picture = await ctx.put(f"image/p{request.page}.png", content, role="picture")
            return Illustration(page=request.page, picture=picture)

        @stage("speech", consumes=SpeechRequested, slots=4)
        async def speak(request: SpeechRequested, ctx: StageContext) -> Narration:
            note(request)
            clips = []
            for number, text in enumerate(request.segments, 1):
                await self._speak(text)
                content = f"({text} {request.voice})".encode()
                audio = await ctx.put(f"speech/s{request.page}_{number}.wav", content, role="narration")
                clips.append(Clip(text=text, audio=audio, duration_s=len(text), last_word_s=1))
            return Narration(page=request.page, clips=tuple(clips), sample_rate_hz=24_000, voice="v")

        @stage("music", consumes=MusicRequested)
        async def play(request: MusicRequested, ctx: StageContext) -> Track:
            note(request)
            seconds = sum(passage.duration_s for passage in request.passages)
            audio = await ctx.put("music/track.wav", f"~{seconds:g}~".encode(), role="music")
            return Track(audio=audio, duration_s=seconds)

        @stage("shot", consumes=ShotRequested, slots=4)
        async def encode(request: ShotRequested, _ctx: StageContext) -> EncodedShot:
            note(request)
            return EncodedShot(page=request.page, segment_count=1)

        @stage("video", consumes=VideoRequested)
        async def compose(request: VideoRequested, ctx: StageContext) -> Film:
            note(request)
            uris = [uri for page in request.pages for uri in (page.picture, *(clip.audio for clip in page.clips))]
            parts = [await ctx.get(uri) for uri in (*uris, request.music or uris[0])]
            return Film(
                video=await ctx.put("output.mp4", b"".join(parts), role="film"),
                captions_srt=await ctx.put("output.srt", b"srt", role="captions"),
                captions_vtt=await ctx.put("output.vtt", b"vtt", role="captions"),
                duration_s=9,
                loudness_lufs=-16,
            )

        return [write, split, draw, speak, play, encode, compose]

    async def _speak(self, text: str) -> None:
        if text not in self.held_up:
            return
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.set()


@asynccontextmanager
async def filming(settings: Settings) -> AsyncIterator[Crew]:
    """A crew at work."""
    async with Runtime.open("crew", settings) as runtime:
        crew, stop = Crew(runtime), asyncio.Event()
        workers = [StageWorker(declared, runtime) for declared in crew.stages()]
        running = [asyncio.create_task(worker.run(stop)) for worker in workers]
        try:
            async with asyncio.timeout(60):
                while not all([(await worker.readiness())["assigned"] for worker in workers]):
                    await asyncio.sleep(0.1)
            yield crew
        finally:
            stop.set()
            await asyncio.wait_for(asyncio.gather(*running), 60)
