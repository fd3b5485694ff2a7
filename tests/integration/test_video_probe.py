"""The instrument that judges films, and the inspection of every film that is made, find what is planted in one."""

from dataclasses import replace
from pathlib import Path

import ffmpeg
import numpy as np
import pytest

from services.video.ffmpeg_process import frame_source, run
from services.video.frames import Frame
from services.video.inspection import inspect, listen
from services.video.segments import join
from services.video.watching import Seen, Watcher
from talestream.errors import StageError
from tests.film_probe import probe


@pytest.fixture(scope="module")
def flawed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds: moving, then still from 3 s to 6 s, then black from 6 s to 8 s; silent from 4 s; no faststart."""
    path = tmp_path_factory.mktemp("probe") / "flawed.mp4"
    moving = ffmpeg.input("testsrc2=size=320x180:rate=24:duration=3", format="lavfi")
    still = ffmpeg.input("testsrc=size=320x180:rate=24:duration=0.04", format="lavfi").filter(
        "tpad", stop_mode="clone", stop_duration=3
    )
    black = ffmpeg.input("color=black:size=320x180:rate=24:duration=2", format="lavfi")
    again = ffmpeg.input("testsrc2=size=320x180:rate=24:duration=2", format="lavfi")
    video = ffmpeg.concat(moving, still, black, again, v=1, a=0)
    tone = ffmpeg.input("sine=frequency=440:sample_rate=48000:duration=4", format="lavfi").filter("apad", whole_dur=10)
    run(ffmpeg.output(video, tone, str(path), vcodec="libx264", pix_fmt="yuv420p", g=240, ac=2), "planting flaws")
    return path


def test_planted_flaws_are_found(flawed: Path) -> None:
    report = probe(flawed)
    assert report.duration_s == pytest.approx(10, abs=0.2)
    ((frozen, thawed),) = (span for span in report.frozen_s if span[0] < 5)
    assert (frozen, thawed) == (pytest.approx(3, abs=0.3), pytest.approx(6, abs=0.3))
    assert report.black_s == ((pytest.approx(6, abs=0.2), pytest.approx(8, abs=0.2)),)
    assert report.silent_s == ((pytest.approx(4, abs=0.2), pytest.approx(10, abs=0.2)),)
    assert not report.is_faststart
    assert report.video.keyframe_gap_s > 2
    assert report.video.primaries != "bt709"
    assert report.loudness_lufs == pytest.approx(-18, abs=6)


def watched(film: Path, first: int = 0, count: int = 10_000) -> Seen:
    """What is seen of frames of a film of 320 x 180."""
    watcher, frame = Watcher(24), Frame(320, 180)
    decoded = ffmpeg.input(str(film)).video.output("pipe:", format="rawvideo", pix_fmt="yuv420p")
    with frame_source(decoded, frame.buffer.size, "reading the film") as source:
        for number in range(first + count):
            if (data := source.read()) is None:
                break
            if number >= first:
                frame.buffer[:] = np.frombuffer(data, np.uint8)
                watcher.watch(frame)
    return watcher.seen()


def test_an_inspection_finds_what_the_instrument_finds(flawed: Path, tmp_path: Path) -> None:
    report = probe(flawed)
    found = inspect(flawed, [watched(flawed)], listen(flawed, tmp_path), (320, 180), 24, tmp_path)
    assert found.frame_count == report.video.frame_count
    assert found.picture_s == pytest.approx(report.video.frame_count / 24)
    assert found.sound_s == pytest.approx(report.audio.duration_s, abs=0.03)
    assert found.bits_per_s == pytest.approx(8 * report.size_bytes / report.duration_s, rel=0.01)
    assert found.loudness.integrated_lufs == report.loudness_lufs
    assert found.loudness.true_peak_dbtp == report.true_peak_dbtp
    assert found.black_s == (pytest.approx(report.black_s[0], abs=0.25),)
    assert found.frozen_s[0] == pytest.approx(report.frozen_s[0], abs=0.3)
    assert found.silent_s == (pytest.approx(report.silent_s[0], abs=0.01),)
    assert not list(tmp_path.iterdir())


def stretches(folder: Path, names: str) -> tuple[Path, list[Seen]]:
    """Two seconds of each of these patterns in a segment of its own, joined in this order, and what is seen of each."""
    segments = []
    for name, pattern in (("a", "testsrc2"), ("b", "smptebars"), ("c", "mandelbrot")):
        path = folder / f"{name}.mp4"
        source = ffmpeg.input(f"{pattern}=size=320x180:rate=24", format="lavfi", t=2)
        run(source.output(str(path), vcodec="libx264", pix_fmt="yuv420p", g=48, flags="+cgop"), "making a segment")
        segments.append((name, path))
    sound = folder / "sound.mp4"
    run(ffmpeg.input("sine=duration=6", format="lavfi").output(str(sound), acodec="aac"), "making a sound")
    paths = dict(segments)
    join([paths[name] for name in names], sound, folder / "film.mp4", workdir=folder)
    return folder / "film.mp4", [watched(path) for _, path in segments]


def test_a_film_joined_in_order_is_whole(tmp_path: Path) -> None:
    film, seen = stretches(tmp_path, "abc")
    found = inspect(film, seen, listen(film, tmp_path), (320, 180), 24, tmp_path)
    assert (found.frame_count, found.picture_s) == (144, pytest.approx(6))


@pytest.mark.parametrize(("names", "said"), [("bac", "at 0.00 s"), ("aac", "at 2.00 s"), ("ab", "at 4.00 s")])
def test_a_film_that_joining_broke_is_not_given_out(names: str, said: str, tmp_path: Path) -> None:
    film, seen = stretches(tmp_path, names)
    with pytest.raises(StageError, match=f"broken: {said}") as raised:
        inspect(film, seen, listen(film, tmp_path), (320, 180), 24, tmp_path)
    assert (raised.value.code, raised.value.retryable) == ("film-broken", True)


def test_a_film_whose_encoder_showed_something_else_later_in_a_stretch_is_broken(tmp_path: Path) -> None:
    film, seen = stretches(tmp_path, "abc")
    wrong = replace(seen[0], frames=96, keyframes=np.vstack([seen[0].keyframes, seen[2].keyframes]))
    with pytest.raises(StageError, match=r"broken: at 2\.00 s"):
        inspect(film, [wrong, seen[2]], listen(film, tmp_path), (320, 180), 24, tmp_path)


def test_a_film_in_which_a_stretch_begins_without_a_keyframe_is_broken(flawed: Path, tmp_path: Path) -> None:
    seen = [watched(flawed, 0, 100), watched(flawed, 100, 140)]
    with pytest.raises(StageError, match="no keyframe"):
        inspect(flawed, seen, listen(flawed, tmp_path), (320, 180), 24, tmp_path)


def test_a_file_that_is_no_film_cannot_be_inspected(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(1000))
    with pytest.raises(StageError, match="listening to the film"):
        listen(path, tmp_path)
