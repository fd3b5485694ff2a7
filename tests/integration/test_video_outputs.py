"""What is made of a film beside its MP4: other formats, sizes and shapes, a preview, a cover, and the sound alone."""

import sys
from pathlib import Path

import av
import ffmpeg
import numpy as np
import pytest
from PIL import Image

from schemas import Artifact, Aspect, Film, FilmPage, Output, OutputFormat, Resolution, VideoRequested
from services.video.encoders import encoder_of, fault
from services.video.ffmpeg_process import run
from services.video.lettering import font_path
from services.video.stage import compose
from talestream.errors import ProviderUnavailable
from talestream.video_settings import VideoSettings
from tests.film_probe import frame_rgb, is_faststart, luma_frames, probe
from tests.film_shoot import HEIGHT, WIDTH, Shoot

ORANGE, BLUE = (230, 120, 30), (30, 60, 200)


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path)


def request(shoot: Shoot, *outputs: Output, **more: object) -> VideoRequested:
    """A film of an orange page and a blue one, with voice and music."""
    pages = [
        FilmPage(picture=shoot.picture("a.png", colour=ORANGE), clips=(shoot.clip("1", 2.0),)),
        FilmPage(picture=shoot.picture("b.png", colour=BLUE), clips=(shoot.clip("2", 1.6),)),
    ]
    return shoot.request(pages, music=shoot.music(8), outputs=outputs, **more)


async def made(shoot: Shoot, *outputs: Output, **more: object) -> tuple[Film, list[Path]]:
    """The film and the files of its outputs."""
    film, _ = await shoot.compose(request(shoot, *outputs, **more))
    return film, [file(shoot, artifact) for artifact in film.outputs]


def file(shoot: Shoot, artifact: Artifact) -> Path:
    return shoot.store.root / artifact.uri.removeprefix(f"s3://{shoot.store.bucket}/")


@pytest.mark.parametrize(
    ("output", "codec", "sound", "mime"),
    [
        (OutputFormat.HEVC, "hevc", "aac", "video/mp4"),
        (OutputFormat.WEBM, "vp9", "opus", "video/webm"),
        (OutputFormat.AV1, "av1", "opus", "video/webm"),
    ],
)
async def test_a_film_in_another_format_shows_and_says_the_same(
    shoot: Shoot, output: OutputFormat, codec: str, sound: str, mime: str
) -> None:
    film, [path] = await made(shoot, Output(format=output))
    with av.open(str(path)) as opened:
        video, audio = opened.streams.video[0], opened.streams.audio[0]
        context = video.codec_context
        assert (context.codec.canonical_name, audio.codec_context.codec.canonical_name) == (codec, sound)
        assert (context.width, context.height, context.pix_fmt) == (WIDTH, HEIGHT, "yuv420p")
        assert (context.colorspace, context.color_range) == (1, 1)
        times = [float(frame.time or 0) for frame in opened.decode(video)]
    assert len(times) == round(film.duration_s * 24)
    assert np.abs(np.array(times) - np.arange(len(times)) / 24).max() <= 0.001
    assert path.name == Output(format=output).file_name
    assert (film.outputs[0].role, film.outputs[0].mime) == ("rendition", mime)
    assert film.outputs[0].parameters == {"width": WIDTH, "height": HEIGHT}
    for time_s, colour in ((1.5, ORANGE), (film.duration_s - 1, BLUE)):
        assert np.abs(frame_rgb(path, time_s).astype(int) - colour).max() <= 4
    report = probe(path)
    assert report.loudness_lufs == pytest.approx(film.loudness_lufs, abs=0.5)
    assert report.true_peak_dbtp <= -1
    if path.suffix == ".mp4":
        assert is_faststart(path)


async def test_films_of_one_shape_are_drawn_once_at_the_size_of_the_largest(shoot: Shoot) -> None:
    notes: list[str] = []
    ordered = request(shoot, Output(format=OutputFormat.MP4, resolution=Resolution.HD))
    ctx = shoot.context(ordered)
    ctx.on_progress = lambda _fraction, note: notes.append(note)
    film = await compose(ordered, ctx)
    frames = round(film.duration_s * 24)
    assert notes[-2].endswith(f"of {frames}")
    large, small = probe(file(shoot, film.outputs[0])).video, probe(shoot.workdir / "output.mp4").video
    assert (large.width, large.height, large.frame_count) == (1280, 720, frames)
    assert (small.width, small.height, small.frame_count) == (WIDTH, HEIGHT, frames)
    assert film.outputs[0].path.endswith("/output.720p.mp4")


async def test_a_film_of_another_shape_fills_it_and_has_its_captions_inside(shoot: Shoot) -> None:
    tall = Output(format=OutputFormat.MP4, aspect=Aspect.TALL)
    _, [path] = await made(shoot, tall, burn_captions=True)
    video = probe(path).video
    assert (video.width, video.height) == (HEIGHT, 320)
    plain, lettered = frame_rgb(path, 0.5).astype(int), frame_rgb(path, 1.5).astype(int)
    assert np.abs(plain - ORANGE).max() <= 5
    rows, columns = np.nonzero(lettered.min(axis=2) > 200)
    assert len(rows) > 20
    assert rows.min() > 200
    assert columns.min() > 8
    assert columns.max() < HEIGHT - 8


async def test_a_preview_moves_through_the_film_in_few_bytes(shoot: Shoot) -> None:
    film, [path] = await made(shoot, Output(format=OutputFormat.GIF))
    with Image.open(path) as preview:
        assert (preview.format, preview.size, preview.info["loop"]) == ("GIF", (WIDTH, HEIGHT), 0)
        colours = []
        for number in range(preview.n_frames):
            preview.seek(number)
            colours.append(np.array(preview.convert("RGB"))[60, 160].astype(int))
    assert np.abs(colours[0] - ORANGE).max() <= 16
    assert np.abs(colours[-1] - BLUE).max() <= 16
    assert film.outputs[0].role == "preview"
    assert film.outputs[0].size_bytes < film.video.size_bytes


@pytest.mark.parametrize(("output", "kind"), [(OutputFormat.JPEG, "JPEG"), (OutputFormat.PNG, "PNG")])
async def test_a_cover_is_the_first_picture_in_its_colours(shoot: Shoot, output: OutputFormat, kind: str) -> None:
    ordered = Output(format=output, aspect=Aspect.PORTRAIT, resolution=Resolution.HD)
    film, [path] = await made(shoot, ordered, burn_captions=True)
    with Image.open(path) as cover:
        assert (cover.format, cover.size, cover.mode) == (kind, (720, 900), "RGB")
        assert np.abs(np.array(cover).astype(int) - ORANGE).max() <= 4
    assert (film.outputs[0].role, film.outputs[0].mime) == ("cover", f"image/{kind.lower()}")


@pytest.mark.parametrize(("output", "codec"), [(OutputFormat.M4A, "aac"), (OutputFormat.MP3, "mp3")])
async def test_the_sound_alone_is_that_of_the_film(shoot: Shoot, output: OutputFormat, codec: str) -> None:
    film, [path] = await made(shoot, Output(format=output))
    with av.open(str(path)) as opened:
        assert not opened.streams.video
        [audio] = opened.streams.audio
        assert audio.codec_context.codec.canonical_name.removesuffix("float") == codec
        samples = sum(frame.samples for frame in opened.decode(audio))
    assert samples / 48_000 == pytest.approx(film.duration_s, abs=0.08)
    assert film.outputs[0].role == "sound"


async def test_outputs_come_in_their_order_each_once(shoot: Shoot) -> None:
    formats = (OutputFormat.MP3, OutputFormat.MP4, OutputFormat.JPEG, OutputFormat.MP3)
    film, paths = await made(shoot, *(Output(format=output) for output in formats))
    assert [path.name for path in paths] == ["output.mp3", "output.jpg"]
    assert film.video.path.endswith("/output.mp4")


@pytest.mark.skipif(sys.platform == "darwin", reason="there it may be present")
def test_an_encoder_that_does_not_work_here_is_refused_by_name() -> None:
    with pytest.raises(ProviderUnavailable, match="h264_videotoolbox") as refused:
        encoder_of(OutputFormat.MP4, VideoSettings(encoder="videotoolbox"))
    assert "TALESTREAM_VIDEO__ENCODER" in (refused.value.remedy or "")


@pytest.mark.parametrize("output", [OutputFormat.MP4, OutputFormat.HEVC])
def test_an_encoder_that_is_chosen_by_itself_works_here(output: OutputFormat) -> None:
    assert fault(encoder_of(output, VideoSettings())) is None


async def test_a_player_shows_the_captions_beside_the_film_where_they_would_be_burned_in(shoot: Shoot) -> None:
    width, height = 960, 540
    film, path = await shoot.compose(request(shoot, burn_captions=True, width=width, height=height))
    assert film.captions_ass is not None
    assert film.captions_ass.role == "captions"
    captions = shoot.workdir / "captions.ass"
    captions.write_text(await shoot.text(film.captions_ass.uri), encoding="utf-8")
    played = shoot.workdir / "played.mp4"
    frames = ffmpeg.input(f"color=black:size={width}x{height}:rate=24:duration=3", format="lavfi").filter(
        "ass", str(captions), fontsdir=str(font_path().parent)
    )
    run(frames.output(str(played), pix_fmt="yuv420p"), "playing captions")
    burned, shown = (list(luma_frames(seen))[36] for seen in (path, played))
    boxes = [np.nonzero(frame > 150) for frame in (burned, shown)]
    for own, other in zip(*boxes, strict=True):
        assert abs(own.min() - other.min()) <= 6
        assert abs(own.max() - other.max()) <= 6
