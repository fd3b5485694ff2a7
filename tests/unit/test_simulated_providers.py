"""What the simulated providers make is small and quick, and what it says it is to whoever reads it."""

import io
import wave
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from schemas import (
    AnimationRequested,
    Aspect,
    FilmClip,
    FilmPage,
    ImageRequested,
    Language,
    Mood,
    MusicRequested,
    Passage,
    Record,
    Request,
    Script,
    SpeechRequested,
    SplitRequested,
    StoryRequested,
    VideoRequested,
    WordTimes,
)
from services.animation.simulated import SimulatedAnimator
from services.animation.stage import animate
from services.image.simulated import SimulatedIllustrator
from services.image.stage import illustrate
from services.music.simulated import SimulatedMusician
from services.music.stage import score
from services.speech.simulated import SimulatedNarrator
from services.speech.stage import narrate
from services.split.simulated import SimulatedSplitter
from services.split.stage import split
from services.story.simulated import SimulatedWriter
from services.story.stage import write
from services.video.simulated import SimulatedComposer
from services.video.stage import compose
from talestream.providers import Providers
from talestream.simulation import NAME, STAND_IN, Simulation
from talestream.simulation_settings import SimulationSettings
from talestream.stage import StageContext
from talestream.still_film import Still, still_film
from tests.folder_store import FolderStore

STAGES: dict[str, tuple[Callable[[Any, StageContext], Awaitable[Any]], Callable[[Simulation], Any]]] = {
    "story": (write, SimulatedWriter),
    "image": (illustrate, SimulatedIllustrator),
    "split": (split, SimulatedSplitter),
    "animation": (animate, SimulatedAnimator),
    "speech": (narrate, SimulatedNarrator),
    "music": (score, SimulatedMusician),
    "video": (compose, SimulatedComposer),
}


class Studio:
    """Carries out one request after the other, as a worker does with simulated providers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FolderStore(folder / "store")
        self._settings = SimulationSettings(ledger=folder / "ledger.jsonl")
        self.files: dict[str, bytes] = {}
        """What the last request stored, by path."""

    def get(self, stage: str, _name: str | None) -> Any:
        """The stage's provider: this is also the source of providers."""
        return STAGES[stage][1](Simulation(stage, self._settings))

    async def make(self, request: Request) -> Any:
        handler, _ = STAGES[request.stage]
        place = f"{request.stage}-{getattr(request, 'page', 'whole')}"
        workdir = self.folder / place
        workdir.mkdir(exist_ok=True)
        ctx = StageContext(request, self.store, self, workdir, object_prefix=place, public_prefix="film")
        result = await handler(request, ctx)
        self.files = {artifact.path: await ctx.get(artifact.uri) for artifact in ctx.artifacts}
        assert all((artifact.provider, artifact.degraded) == (NAME, STAND_IN) for artifact in ctx.artifacts)
        assert all(artifact.model == NAME and artifact.parameters for artifact in ctx.artifacts)
        assert None not in {account for one in ctx.artifacts for account in (one.seed, one.work_s)}
        return result


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_every_stage_has_one() -> None:
    assert all(NAME in Providers().names(stage) for stage in STAGES)


@pytest.mark.parametrize(
    ("topic", "language", "chosen"),
    [("a fox and the moon", None, "en"), ("一只想摸月亮的小狐狸", None, "zh"), ("a fox", "zh", "zh")],
)
async def test_a_script_has_the_pages_the_language_and_the_topic_that_were_asked_for(
    studio: Studio, topic: str, language: Language | None, chosen: Language
) -> None:
    request = StoryRequested(task_id=7, topic=topic, language=language, page_count=5, main_role="Mia")
    script = (await studio.make(request)).script
    assert (len(script.pages), script.language) == (5, chosen)
    assert all(topic in page.story and "Mia" in page.story for page in script.pages)
    assert len({page.image_prompt for page in script.pages}) == 5
    assert Script.model_validate_json(studio.files["film/script_data.json"]) == script


@pytest.mark.parametrize("topic", ["...", "😀" * 100, "words " * 300, "{page} %s \\"])
async def test_no_topic_is_too_strange(studio: Studio, topic: str) -> None:
    script = (await studio.make(StoryRequested(task_id=7, topic=topic))).script
    assert len((await studio.make(SplitRequested(task_id=7, script=script))).script.pages) == 6


@pytest.mark.parametrize("topic", ["a fox and the moon", "一只想摸月亮的小狐狸"])
async def test_segments_keep_to_their_bounds_and_lose_nothing(studio: Studio, topic: str) -> None:
    script = (await studio.make(StoryRequested(task_id=7, topic=topic))).script
    request = SplitRequested(task_id=7, script=script, max_words=5, max_characters=7)
    for page in (await studio.make(request)).script.pages:
        joined = "".join(page.segments) if script.language == "zh" else " ".join(page.segments)
        assert joined == page.story
        assert len(page.segments) > 1
        assert all(len(segment.split()) <= 5 for segment in page.segments)


@pytest.mark.parametrize("size", [aspect.size for aspect in Aspect])
async def test_a_picture_is_a_png_of_the_size_that_was_asked_for(studio: Studio, size: tuple[int, int]) -> None:
    request = ImageRequested(task_id=7, page=2, prompt="一只狐狸 in the snow", width=size[0], height=size[1])
    await studio.make(request)
    with Image.open(io.BytesIO(studio.files["film/image/p2.png"])) as picture:
        picture.load()
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", size)
        assert "一只狐狸 in the snow" in picture.text["Description"]  # type: ignore[attr-defined]


async def test_an_animation_is_a_video_as_large_and_as_long_as_was_asked_for(studio: Studio) -> None:
    picture = await studio.store.put("p.png", b"a picture", "image/png")
    request = AnimationRequested(task_id=7, page=2, picture=picture, width=720, height=1280, duration_s=2.5)
    animation = await studio.make(request)
    with av.open(io.BytesIO(studio.files["film/animation/p2.mp4"])) as video:
        frames = list(video.decode(video=0))
    assert (frames[0].width, frames[0].height) == (720, 1280)
    assert animation.duration_s == len(frames) / 24 == 2.5


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
async def test_speech_is_as_long_as_it_says_with_every_word_in_its_time(studio: Studio, speed: float) -> None:
    request = SpeechRequested(task_id=7, page=1, segments=("Once upon a time.", "狐狸笑了。", "—"), speed=speed)
    narration = await studio.make(request)
    for number, clip in enumerate(narration.clips, 1):
        with wave.open(io.BytesIO(studio.files[f"film/speech/s1_{number}.wav"])) as sound:
            assert (sound.getnchannels(), sound.getsampwidth()) == (1, 2)
            assert sound.getframerate() == narration.sample_rate_hz
            assert sound.getnframes() / sound.getframerate() == pytest.approx(clip.duration_s)
            assert any(sound.readframes(sound.getnframes()))
        words = WordTimes.model_validate_json(studio.files[f"film/speech/s1_{number}.words.json"]).words
        assert "".join(word.text for word in words) == clip.text.replace(" ", "")
        times = [clip.first_word_s, *(time for word in words for time in (word.start_s, word.end_s)), clip.duration_s]
        assert times == sorted(times)
        assert words[-1].end_s == clip.last_word_s


async def test_a_track_is_as_long_as_its_passages(studio: Studio) -> None:
    passages = (Passage(mood=Mood.CALM, duration_s=1.5), Passage(mood=Mood.TENSE, duration_s=0.7501))
    track = await studio.make(MusicRequested(task_id=7, passages=passages))
    with wave.open(io.BytesIO(studio.files["film/music/track.wav"])) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 44_100)
        assert sound.getnframes() / 44_100 == track.duration_s >= 2.2501
        assert any(sound.readframes(sound.getnframes()))


async def test_a_film_is_played_with_its_captions(studio: Studio) -> None:
    narration = await studio.make(SpeechRequested(task_id=7, page=1, segments=("Once upon a time.", "The <end>.")))
    clips = tuple(
        FilmClip(text=clip.text, audio=clip.audio.uri, words=clip.words.uri, last_word_s=clip.last_word_s)
        for clip in narration.clips
    )
    picture = await studio.store.put("given.png", b"not looked at", "image/png")
    pages = (FilmPage(picture=picture, clips=clips), FilmPage(picture=picture))
    film = await studio.make(VideoRequested(task_id=7, pages=pages, width=720, height=1280, fps=24))
    with av.open(io.BytesIO(studio.files["film/output.mp4"])) as played:
        video, sound = played.streams.video[0], played.streams.audio[0]
        context = video.codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 720, 1280)
        assert (video.average_rate, sound.codec_context.name, sound.rate) == (24, "aac", 48_000)
        frames = sum(1 for _ in played.decode(video))
    assert frames / 24 == film.duration_s
    srt, vtt = (studio.files[f"film/output.{kind}"].decode() for kind in ("srt", "vtt"))
    assert srt.count(" --> ") == vtt.count(" --> ") == 2
    assert "Once upon a time." in srt
    assert "The &lt;end&gt;." in vtt


@pytest.mark.parametrize(("width", "height"), [(64, 66), (720, 720), (1922, 1082), (4096, 4096)])
def test_a_still_film_shows_each_colour_on_all_of_the_picture_for_its_time(width: int, height: int) -> None:
    colours = [(150, 90, 200), (60, 120, 30), (235, 16, 128)]
    film = still_film(
        [Still(colour, frames) for colour, frames in zip(colours, (3, 1, 2), strict=True)], width, height, 30
    )
    with av.open(io.BytesIO(film)) as played:
        shown = [frame.to_ndarray(format="yuv420p") for frame in played.decode(video=0)]
    assert [list(np.unique(picture)) for picture in shown] == [sorted(colours[place]) for place in (0, 0, 0, 1, 2, 2)]
    assert {picture.shape for picture in shown} == {(height * 3 // 2, width)}


def test_a_still_film_is_silent_as_long_as_it_is_seen_and_can_be_sought_in() -> None:
    film = still_film([Still((100, 100, 100), 25), Still((90, 90, 90), 24)], 128, 64, 25)
    with av.open(io.BytesIO(film)) as played:
        sound = [frame.to_ndarray() for frame in played.decode(audio=0)]
    assert not any(samples.any() for samples in sound)
    assert sum(samples.shape[1] for samples in sound) / 48_000 == pytest.approx(49 / 25, abs=1024 / 48_000)
    with av.open(io.BytesIO(film)) as played:
        played.seek(1_500_000)
        frame = next(played.decode(video=0))
    assert (frame.key_frame, frame.time) == (True, 1.0)


REQUESTS: tuple[Request, ...] = (
    StoryRequested(task_id=7, topic="a fox"),
    ImageRequested(task_id=7, page=1, prompt="a fox"),
    SpeechRequested(task_id=7, page=1, segments=("A fox.",)),
    MusicRequested(task_id=7, passages=(Passage(mood=Mood.CALM, duration_s=1),)),
)


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: request.stage)
async def test_equal_requests_give_equal_bytes_and_another_seed_does_not(studio: Studio, request_: Request) -> None:
    async def made(**changes: Any) -> dict[str, bytes]:
        result: Record = await studio.make(request_.model_copy(update=changes))
        assert result
        return {path: data for path, data in studio.files.items() if not path.endswith("words.json")}

    first = await made()
    assert await made(task_id=8, attempt=3) == first
    assert await made(seed=1) != first
