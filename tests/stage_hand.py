"""Does the stages' part in tests that need their results and not their work: claims units and completes or fails them,
by the same rules and through the same store as a worker, with small files of the right kind.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from schemas import (
    Artifact,
    Clip,
    EncodedShot,
    Film,
    Illustration,
    Narration,
    Page,
    Problem,
    Record,
    Script,
    SplitScript,
    Story,
    Task,
    Track,
    UnitState,
    unit_page,
)
from talestream import rules
from talestream.blobs import Blobs
from talestream.clock import Clock
from talestream.draft import Ref
from talestream.store import TaskStore

MISSING_WORD = "telescope"
"""A word that the picture of page 2 does not show."""
CLIPS_A_PAGE = 2
ACCOUNT: dict[str, Any] = {
    "provider": "diffusers",
    "model": "org/painter",
    "revision": "7",
    "seed": 5,
    "parameters": {"num_inference_steps": 4, "guidance_scale": 0.5, "scheduler": "Euler"},
    "work_s": 1.5,
    "cost": 0.25,
}
"""How each picture was made."""
STAND_IN: dict[str, Any] = {"provider": "embedded", "instead_of": "musicgen", "degraded": "two notes alone"}
"""How the music was made."""
WORKER = "hand@test"


class StageHand:
    """Plays every worker at once."""

    def __init__(self, tasks: TaskStore, blobs: Blobs, clock: Clock) -> None:
        self._tasks = tasks
        self._blobs = blobs
        self._clock = clock
        self.film = bytes(range(256)) * 4096

    async def finish(self, task_id: int, *stages: str) -> Task:
        """Complete every unit that is queued, of these stages or of all, until none is left."""
        while True:
            task = await self._found(task_id)
            queued = [ref for ref in refs(task, UnitState.QUEUED) if not stages or ref.stage in stages]
            if not queued:
                return task
            for ref in queued:
                await self.complete(task_id, ref)

    async def start(self, task_id: int, ref: Ref) -> Task:
        """Take a unit as a worker does."""
        attempt = (await self._found(task_id)).stages[ref.stage].units[ref.key].ordered
        now = self._clock.now()
        until = now + timedelta(minutes=5)
        return await self._tasks.change(task_id, lambda task: rules.claim(task, ref, attempt, WORKER, until, now))

    async def complete(self, task_id: int, ref: Ref) -> Task:
        """Take a unit and finish it."""
        await self.start(task_id, ref)
        return await self.end(task_id, ref)

    async def end(self, task_id: int, ref: Ref) -> Task:
        """Finish a unit that was taken."""
        task = await self._found(task_id)
        attempt = task.stages[ref.stage].units[ref.key].attempt
        result, artifacts = await self.made(task, ref)
        now = self._clock.now()
        return await self._tasks.change(
            task_id, lambda current: rules.complete(current, ref, attempt, result, artifacts, now)
        )

    async def fail(self, task_id: int, ref: Ref, message: str = "the model is out of memory") -> Task:
        """Take a unit and give it up for good."""
        task = await self.start(task_id, ref)
        attempt = task.stages[ref.stage].units[ref.key].attempt
        problem, now = Problem(code="broken", message=message), self._clock.now()
        return await self._tasks.change(task_id, lambda current: rules.fail(current, ref, attempt, problem, now))

    async def _found(self, task_id: int) -> Task:
        task = await self._tasks.find(task_id)
        assert task is not None
        return task

    async def made(self, task: Task, ref: Ref) -> tuple[Record, tuple[Artifact, ...]]:  # noqa: PLR0911
        """Files of the right kind, and the result that names them."""
        page = unit_page(ref.key) or 0

        async def put(path: str, role: str, mime: str, data: bytes | None = None, **fields: Any) -> Artifact:
            content = f"{role} of {path}\n".encode() * 50 if data is None else data
            key = f"{task.prefix}/.attempts/{ref.stage}-{ref.key}/{path}"
            return Artifact(
                uri=await self._blobs.put(key, content, mime),
                path=f"{task.prefix}/{path}",
                role=role,
                mime=mime,
                size_bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                **fields,
            )

        match ref.stage:
            case "story":
                script = written(task)
                data = script.model_dump_json().encode()
                stored = await put("script_data.json", "script", "application/json", data, provider="embedded")
                return Story(script=script), (stored,)
            case "split":
                script = split(task.edited_script)
                data = script.model_dump_json().encode()
                return SplitScript(script=script), (await put("script_data.json", "script", "application/json", data),)
            case "image":
                picture = await put(f"image/p{page}.png", "picture", "image/png", **ACCOUNT)
                words = (MISSING_WORD,) if page == 2 else ()
                return Illustration(page=page, picture=picture, missing_words=words), (picture,)
            case "speech":
                clips, stored_clips = [], []
                for number in range(1, CLIPS_A_PAGE + 1):
                    audio = await put(f"speech/s{page}_{number}.wav", "narration", "audio/wav", provider="embedded")
                    words_file = await put(f"speech/s{page}_{number}.json", "words", "application/json")
                    clips.append(Clip(text="Once.", audio=audio, words=words_file, duration_s=1.5, last_word_s=1.4))
                    stored_clips += [audio, words_file]
                narration = Narration(page=page, clips=tuple(clips), sample_rate_hz=24_000, voice="test")
                return narration, tuple(stored_clips)
            case "music":
                audio = await put("music.wav", "music", "audio/wav", **STAND_IN)
                return Track(audio=audio, duration_s=9), (audio,)
            case "shot":
                return EncodedShot(page=page, segment_count=1), ()
            case "video":
                film = await put("output.mp4", "film", "video/mp4", self.film)
                srt = await put("output.srt", "captions", "application/x-subrip")
                vtt = await put("output.vtt", "captions", "text/vtt")
                result = Film(video=film, captions_srt=srt, captions_vtt=vtt, duration_s=9.5, loudness_lufs=-16.1)
                return result, (film, srt, vtt)
        raise AssertionError(f"no hand for {ref.stage}")


def refs(task: Task, *states: UnitState) -> Sequence[Ref]:
    """The units of a task that are in one of these states."""
    return [
        Ref(stage, key)
        for stage, status in task.stages.items()
        for key, unit in status.units.items()
        if unit.state in states
    ]


def written(task: Task) -> Script:
    """A script of as many pages as the task asks for."""
    pages = [Page(story=f"Page {n} begins. It ends.", image_prompt=f"page {n}") for n in range(task.order.page_count)]
    return Script(title=f"The tale of {task.order.topic}"[:300], language="en", pages=tuple(pages))


def split(script: Script) -> Script:
    """The script with two segments a page."""
    pages = [page.model_copy(update={"segments": tuple(page.story.split(". ", 1))}) for page in script.pages]
    return script.model_copy(update={"pages": tuple(pages)})
