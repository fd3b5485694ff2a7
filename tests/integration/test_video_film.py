"""The video stage with its embedded provider: real films by ffmpeg, measured by instruments."""

import asyncio
import json
import threading
from itertools import pairwise
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from PIL import Image

from schemas import FilmClip, FilmPage, Word, WordTimes
from services.video import ffmpeg_process
from services.video.composer import FfmpegComposer
from services.video.stage import compose
from talestream.errors import BadInput, Cancelled, StageError
from talestream.video_settings import VideoSettings
from tests.film_probe import frame_rgb, luma_frames, probe, sound
from tests.film_shoot import HEIGHT, MUSIC_HZ, VOICE_HZ, WIDTH, Shoot
from tests.ml.hand import Only


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def level_db(samples: np.ndarray, hz: int) -> float:
    """How strong one frequency is, in dB."""
    at = np.arange(len(samples)) / 48_000
    found = abs(np.mean(samples[:, 0] * np.hanning(len(samples)) * np.exp(-2j * np.pi * hz * at)))
    return float(20 * np.log10(found + 1e-9))


def heard_spans(samples: np.ndarray, hz: int) -> list[tuple[float, float]]:
    """When a frequency is heard, in seconds."""
    at = np.arange(len(samples)) / 48_000
    mixed = samples[:, 0] * np.exp(-2j * np.pi * hz * at)
    step = 480
    steps = np.abs(mixed[: len(mixed) // step * step].reshape(-1, step).mean(axis=1))
    loud = np.concatenate([[False], steps > steps.max() / 3, [False]])
    edges = np.flatnonzero(np.diff(loud.astype(int))) * step / 48_000
    return list(zip(edges[::2], edges[1::2], strict=True))


async def test_a_film_is_what_players_and_platforms_expect(shoot: Shoot) -> None:
    pages = [
        FilmPage(picture=shoot.picture("a.png"), clips=(shoot.clip("1", 2.0), shoot.clip("2", 1.5))),
        FilmPage(picture=shoot.picture("bb.png"), clips=(shoot.clip("3", 2.2),)),
        FilmPage(picture=shoot.picture("ccc.png")),
    ]
    film, path = await shoot.compose(shoot.request(pages, music=shoot.music(8), burn_captions=True))
    report = probe(path)
    video, audio = report.video, report.audio
    assert (video.codec, video.profile, video.pixel_format) == ("h264", "High", "yuv420p")
    assert (video.width, video.height, int(video.fps)) == (WIDTH, HEIGHT, 24)
    assert (video.primaries, video.transfer, video.matrix, video.range) == ("bt709", "bt709", "bt709", "tv")
    assert video.is_evenly_timed
    assert video.frame_count == round(film.duration_s * 24)
    assert video.keyframe_gap_s <= 2
    assert (audio.codec, audio.rate_hz, audio.channels) == ("aac", 48_000, 2)
    assert audio.duration_s == pytest.approx(film.duration_s, abs=0.03)
    assert report.is_faststart
    assert report.loudness_lufs == pytest.approx(-16, abs=1)
    assert report.loudness_lufs == pytest.approx(film.loudness_lufs, abs=0.5)
    assert report.true_peak_dbtp <= -1
    assert report.black_s == report.frozen_s == report.silent_s == ()
    assert film.quality is not None
    assert film.quality.shortcoming is film.video.degraded is None
    assert film.video.path == "generated_stories/0/output.mp4"
    assert (film.video.role, film.video.mime, film.video.provider) == ("film", "video/mp4", "embedded")
    assert (film.captions_srt.mime, film.captions_vtt.mime) == ("application/x-subrip", "text/vtt")
    assert shoot.progress == sorted(shoot.progress)
    assert shoot.progress[-1] >= 0.9
    assert {path.name for path in shoot.workdir.iterdir()} == {"given", "output.mp4"}


@pytest.mark.parametrize(
    "colour", [(255, 0, 0), (0, 200, 0), (20, 40, 235), (250, 200, 30), (18, 22, 60), (128, 128, 128), (255, 255, 255)]
)
async def test_a_colour_survives_from_the_picture_to_the_player(shoot: Shoot, colour: tuple[int, int, int]) -> None:
    page = FilmPage(picture=shoot.picture("flat.png", colour=colour))
    _, path = await shoot.compose(shoot.request([page]))
    seen = frame_rgb(path, 1.5)[40:-40, 40:-40].reshape(-1, 3).astype(int)
    assert np.abs(seen - colour).max() <= 3


async def test_captions_start_with_their_words_and_are_burned_in_while_they_are_heard(shoot: Shoot) -> None:
    pages = [
        FilmPage(
            picture=shoot.picture("a.png", colour=(30, 60, 90)),
            clips=(shoot.clip("1", 2.0, "Up he went."), shoot.clip("2", 1.8, "And down again.")),
        ),
        FilmPage(picture=shoot.picture("b.png", colour=(30, 60, 90)), clips=(shoot.clip("3", 2.5, "The end."),)),
    ]
    film, path = await shoot.compose(shoot.request(pages, burn_captions=True))
    heard = heard_spans(sound(path), VOICE_HZ)
    blocks = (await shoot.text(film.captions_srt.uri)).strip().split("\n\n")
    assert [block.splitlines()[2] for block in blocks] == ["Up he went.", "And down again.", "The end."]
    times = [[_seconds(time) for time in block.splitlines()[1].split(" --> ")] for block in blocks]
    assert len(heard) == 3
    for (start, end), (begins, ends) in zip(times, heard, strict=True):
        assert abs(start - begins) <= 0.1
        assert end >= ends - 0.05
    frames = list(luma_frames(path))
    for number, frame in enumerate(frames):
        is_lettered = frame[HEIGHT * 2 // 3 :].max() > 200
        shown = any(round(start * 24) <= number < round(end * 24) for start, end in times)
        assert is_lettered == shown, f"frame {number}"
    pauses = [after[0] - before[1] for before, after in pairwise(heard)]
    assert 0.25 <= pauses[0] <= 0.5
    assert 0.7 <= pauses[1] <= 1.0


async def test_a_film_that_stays_black_is_degraded_and_says_so(shoot: Shoot) -> None:
    pages = [
        FilmPage(picture=shoot.picture("black.png", colour=(0, 0, 0)), clips=(shoot.clip("1", 4.0),)),
        FilmPage(picture=shoot.picture("bb.png"), clips=(shoot.clip("2", 2.0),)),
    ]
    request = shoot.request(pages, music=shoot.music(20))
    context = shoot.context(request)
    film = await compose(request, context)
    assert film.quality is not None
    black = next(one for one in film.quality.measurements if one.name == "black")
    assert not black.is_kept
    assert black.value >= 3
    assert "black" in (film.video.degraded or "")
    assert (await shoot.text(context.artifacts[0].uri)) == film.quality.model_dump_json(indent=2)


async def test_music_sinks_under_the_voice_and_rises_in_a_pause(shoot: Shoot) -> None:
    pages = [
        FilmPage(picture=shoot.picture("a.png"), clips=(shoot.clip("1", 3.0),)),
        FilmPage(picture=shoot.picture("bb.png")),
        FilmPage(picture=shoot.picture("ccc.png"), clips=(shoot.clip("2", 3.0),)),
    ]
    _, path = await shoot.compose(shoot.request(pages, music=shoot.music(20)))
    samples = sound(path)
    (start, end), (later, _) = heard_spans(samples, VOICE_HZ)

    def music_db(at_s: float) -> float:
        return level_db(samples[round(at_s * 48_000) : round((at_s + 0.4) * 48_000)], MUSIC_HZ)

    under, between = music_db((start + end) / 2), music_db((end + later) / 2)
    assert 5 <= between - under <= 10
    assert music_db(start + 0.05) - under < 1.5


@pytest.mark.parametrize("length_s", [3.0, 9.0, 40.0])
async def test_music_of_any_length_fills_the_film_and_ends_with_it(shoot: Shoot, length_s: float) -> None:
    pages = [FilmPage(picture=shoot.picture(f"{name}.png")) for name in ("a", "bb", "ccc", "dddd")]
    film, path = await shoot.compose(shoot.request(pages, music=shoot.music(length_s)))
    assert film.duration_s == 12
    levels = [level_db(part, MUSIC_HZ) for part in np.split(sound(path)[: 12 * 48_000], 24)]
    assert max(levels[1:-6]) - min(levels[1:-6]) < 4
    assert levels[-1] < max(levels) - 4


async def test_a_film_without_voice_or_music_is_silent_and_lasts_three_seconds_a_page(shoot: Shoot) -> None:
    film, path = await shoot.compose(shoot.request([FilmPage(picture=shoot.picture("a.png"))], fps=25))
    assert (film.duration_s, film.loudness_lufs) == (3, -70)
    assert (await shoot.text(film.captions_vtt.uri)).startswith("WEBVTT")
    assert np.abs(sound(path)).max() == 0


async def test_pages_cross_fade_and_the_film_fades_in_and_out(shoot: Shoot) -> None:
    pages = [FilmPage(picture=shoot.picture(f"{grey}.png", colour=(grey,) * 3)) for grey in (60, 220)]
    _, path = await shoot.compose(shoot.request(pages))
    means = [float(frame.mean()) for frame in luma_frames(path)]
    dark, bright = means[36], means[-36]
    change = [number for number, mean in enumerate(means) if dark + 2 < mean < bright - 2 and 24 < number < 120]
    assert change == list(range(change[0], change[-1] + 1))
    assert 0.4 <= len(change) / 24 <= 0.65
    assert all(before <= after for before, after in pairwise(means[30:110]))
    assert means[0] < dark
    assert means[-1] < bright / 2
    assert means[12] == pytest.approx(dark, abs=1)
    assert means[-12] == pytest.approx(bright, abs=1)


@pytest.mark.parametrize("size", [(500, 100), (100, 400), (64, 64), (1601, 901)])
async def test_a_picture_of_another_shape_fills_the_frame(shoot: Shoot, size: tuple[int, int]) -> None:
    page = FilmPage(picture=shoot.picture("odd.png", size=size, colour=(200, 200, 200)))
    _, path = await shoot.compose(shoot.request([page], width=180, height=320))
    assert frame_rgb(path, 1.5).min() > 190


async def test_clips_in_any_format_and_rate_are_heard_at_one_level(shoot: Shoot, tmp_path: Path) -> None:
    quiet = shoot.tone("quiet.wav", [(0, 2)], 2, VOICE_HZ, rate=16_000, gain=0.02)
    shoot.tone("loud.wav", [(0, 2)], 2, VOICE_HZ, rate=44_100, gain=0.9)
    ffmpeg_process.run(
        ffmpeg.input(str(shoot.store.root / "loud.wav")).output(str(tmp_path / "loud.mp3")), "making a clip"
    )
    loud = shoot.save("loud.mp3", (tmp_path / "loud.mp3").read_bytes())
    clips = tuple(FilmClip(text="Hello.", audio=uri) for uri in (quiet, loud))
    _, path = await shoot.compose(shoot.request([FilmPage(picture=shoot.picture("a.png"), clips=clips)]))
    samples = sound(path)
    levels = [
        level_db(samples[round((start + 0.3) * 48_000) : round((start + 1.3) * 48_000)], VOICE_HZ)
        for start, _ in heard_spans(samples, VOICE_HZ)
    ]
    assert len(levels) == 2
    assert abs(levels[0] - levels[1]) < 1.5


async def test_word_times_are_read_for_captions_of_several_cards(shoot: Shoot) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    words = [Word(text=word, start_s=0.2 + 0.3 * n, end_s=0.4 + 0.3 * n) for n, word in enumerate(text.split())]
    times = shoot.save("words.json", WordTimes(words=tuple(words)).model_dump_json().encode())
    clip = shoot.clip("1", 5.4, text, words=times)
    page = FilmPage(picture=shoot.picture("a.png"), clips=(clip,))
    film, _ = await shoot.compose(shoot.request([page], width=180, height=320))
    blocks = (await shoot.text(film.captions_srt.uri)).strip().split("\n\n")
    assert len(blocks) > 1
    for block in blocks:
        _, span, first, *_ = block.splitlines()
        word = next(word for word in words if word.text == first.split()[0])
        assert _seconds(span.split(" --> ")[0]) == pytest.approx(0.6 + word.start_s - 0.2, abs=0.01)


async def test_a_picture_that_cannot_be_read_is_named_by_its_page(shoot: Shoot) -> None:
    pages = [FilmPage(picture=shoot.picture("a.png")), FilmPage(picture=shoot.save("bad.png", b"not a picture"))]
    with pytest.raises(BadInput, match="page 2"):
        await shoot.compose(shoot.request(pages))


async def test_a_clip_that_cannot_be_heard_is_named_by_its_page_and_place(shoot: Shoot) -> None:
    bad = FilmClip(text="Hello.", audio=shoot.save("bad.wav", b"RIFF" + bytes(100)))
    page = FilmPage(picture=shoot.picture("a.png"), clips=(shoot.clip("1", 1.0), bad))
    with pytest.raises(BadInput, match="clip 2 of page 1"):
        await shoot.compose(shoot.request([page]))


async def test_word_times_outside_their_clip_are_refused(shoot: Shoot) -> None:
    late = shoot.clip("1", 1.0, first_word_s=5.0, last_word_s=6.0)
    with pytest.raises(BadInput, match="clip 1 of page 1"):
        await shoot.compose(shoot.request([FilmPage(picture=shoot.picture("a.png"), clips=(late,))]))


async def test_word_times_that_are_no_document_are_refused(shoot: Shoot) -> None:
    clip = shoot.clip("1", 1.0, words=shoot.save("words.json", json.dumps({"words": 3}).encode()))
    with pytest.raises(BadInput, match="word times"):
        await shoot.compose(shoot.request([FilmPage(picture=shoot.picture("a.png"), clips=(clip,))]))


async def test_cancelling_ends_every_ffmpeg_at_once(shoot: Shoot) -> None:
    request = shoot.request([FilmPage(picture=shoot.picture(f"{n}.png")) for n in range(40)])
    ctx = shoot.context(request)
    encoding = threading.Event()
    frames_after = []

    def on_progress(_fraction: float, note: str) -> None:
        if note.startswith("frame"):
            if ctx.cancelled.is_set():
                frames_after.append(note)
            if encoding.is_set():
                ctx.cancelled.set()
            encoding.set()

    ctx.on_progress = on_progress
    with pytest.raises(Cancelled):
        await compose(request, ctx)
    assert len(frames_after) <= 8
    assert await asyncio.to_thread(_children) == []
    assert not (shoot.workdir / "output.mp4").exists()


async def test_a_full_disk_is_told_as_such_and_may_be_tried_again() -> None:
    stream = ffmpeg.input("anullsrc", format="lavfi", t=5).output("/dev/full", format="f32le")
    with pytest.raises(StageError) as raised:
        await asyncio.to_thread(ffmpeg_process.run, stream, "testing")
    assert (raised.value.code, raised.value.retryable) == ("disk-full", True)


async def test_a_failing_ffmpeg_is_told_with_its_last_words() -> None:
    stream = ffmpeg.input("nowhere.mp4").output("pipe:", format="null")
    with pytest.raises(StageError, match=r"testing: [^~]*No such file[^~]*nowhere\.mp4"):
        await asyncio.to_thread(ffmpeg_process.run, stream, "testing")


async def test_an_encoder_that_ends_early_is_a_failure_whatever_its_exit_code() -> None:
    frames = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="gray", s="64x64", framerate=24)

    def feed() -> None:
        with ffmpeg_process.frame_sink(frames.output("pipe:", format="null", vframes=1), "testing") as sink:
            for _ in range(10_000):
                sink.write(memoryview(bytes(64 * 64)))

    with pytest.raises(StageError, match="ffmpeg"):
        await asyncio.to_thread(feed)


def _seconds(time: str) -> float:
    hours, minutes, seconds = time.replace(",", ".").split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _children() -> list[str]:
    """The names of this process's running children that are ffmpeg."""
    names = []
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                names.append((Path("/proc") / child / "comm").read_text().strip())
            except OSError:
                continue
    return [name for name in names if "ffmpeg" in name]


async def test_a_film_that_is_encoded_coarsely_is_not_taken_for_a_broken_one(shoot: Shoot, tmp_path: Path) -> None:
    fine = Image.fromarray(np.random.default_rng(1).integers(0, 256, (HEIGHT // 2, WIDTH // 2, 3)).astype(np.uint8))
    fine.resize((WIDTH, HEIGHT), Image.Resampling.NEAREST).save(tmp_path / "fine.png")
    picture = shoot.save("fine.png", (tmp_path / "fine.png").read_bytes())
    context = shoot.context(request := shoot.request([FilmPage(picture=picture, clips=(shoot.clip("c", 1.2),))] * 2))
    context.providers = Only(FfmpegComposer(VideoSettings(encoder="x264", preset="ultrafast", crf=51)))
    film = await compose(request, context)
    assert film.quality is not None
