"""A page of the film as a video segment of its own, and joining segments without encoding again.

Every segment starts with an IDR frame and refers to nothing outside itself (closed groups of pictures), so segments can
be made in any order and at the same time.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from services.video import transitions
from services.video.album import Album
from services.video.encoders import Encoder
from services.video.ffmpeg_process import Stream, frame_sink, naming_full_disk, run
from services.video.footage import Footage
from services.video.frames import Frame
from services.video.plates import Plate
from services.video.scenery import Scenery, scenery
from services.video.seen_box import attach
from services.video.sliding import SlidingSampler
from services.video.stretches import KEYFRAME_S, Stretch
from services.video.timeline import Timeline
from services.video.watching import Watcher
from talestream.cancellation import check_cancelled

FADE_S = 0.4
"""From black at the start of the film, and to black at its end."""
AUDIO_BITRATE = "160k"
BT709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}


@dataclass(frozen=True)
class Target:
    """A file into which a stretch of a page is encoded. Its size in pixels is at most that of what is drawn."""

    path: Path
    encoder: Encoder
    width: int
    height: int


@dataclass(frozen=True)
class ShownCaption:
    """A lettered caption and the frames of the film in which it is seen."""

    start_frame: int
    end_frame: int
    plate: Plate
    lit_frames: tuple[int, ...] = ()
    """From which frame of the film each of its syllables is lit."""


def encode_segment(
    footage: Footage,
    timeline: Timeline,
    stretch: Stretch,
    captions: Sequence[ShownCaption],
    targets: Sequence[Target],
    album: Album,
    *,
    on_frame: Callable[[], None],
) -> None:
    """Draw the frames of a stretch, the transition from the page before with them where it lies there, and encode them
    into every target, with what was seen of them.
    """
    what = f"encoding {footage.shots[stretch.index].name}"
    with ExitStack() as opened, naming_full_disk(what):
        painter = _Painter(footage, timeline, stretch, captions, album, opened)
        watcher = Watcher(footage.fps)
        frame_bytes = footage.width * footage.height * 3 // 2
        sink = opened.enter_context(frame_sink(_encoders(footage, targets), frame_bytes, what))
        for number in range(stretch.start_frame, stretch.end_frame):
            check_cancelled()
            frame = painter.draw(number)
            watcher.watch(frame)
            sink.write(frame.buffer.data)
            on_frame()
    with naming_full_disk(what):
        for target in targets:
            attach(watcher.seen(), target.path)


def join(segments: Sequence[Path], sound: Path, target: Path, *, workdir: Path) -> None:
    """Put segments behind each other by stream copy, with encoded sound, into an MP4 that starts to play at once, or
    into a WebM. ``target`` is there once it is whole.
    """
    listing, unfinished = workdir / f"{target.name}.txt", workdir / f"unfinished.{target.name}"
    with naming_full_disk("joining the film"):
        listing.write_text("".join(f"file '{segment.name}'\n" for segment in segments), encoding="utf-8")
    video = ffmpeg.input(str(listing), format="concat", safe=0).video
    heard = ffmpeg.input(str(sound)).audio
    container = {"movflags": "+faststart"} if target.suffix == ".mp4" else {}
    output = ffmpeg.output(video, heard, str(unfinished), codec="copy", **container)
    run(output, "joining the film")
    listing.unlink()
    unfinished.replace(target)


def _encoders(footage: Footage, targets: Sequence[Target]) -> Stream:
    """Drawn frames, encoded into every target, smaller where it is, by one thread: stretches are made side by side."""
    size = f"{footage.width}x{footage.height}"
    drawn = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="yuv420p", s=size, framerate=footage.fps).filter(
        "setparams", **BT709
    )
    copies = drawn.filter_multi_output("split", len(targets))
    outputs = []
    for number, target in enumerate(targets):
        frames = copies[number] if len(targets) > 1 else drawn
        if (target.width, target.height) != (footage.width, footage.height):
            frames = frames.filter("scale", target.width, target.height, flags="bicubic+accurate_rnd")
        keyframes = KEYFRAME_S * footage.fps
        outputs.append(target.encoder.output(frames, str(target.path), keyframe_frames=keyframes, threads=1))
    return ffmpeg.merge_outputs(*outputs)


class _Painter:
    """Draws the frames of a stretch of a page."""

    def __init__(
        self,
        footage: Footage,
        timeline: Timeline,
        stretch: Stretch,
        captions: Sequence[ShownCaption],
        album: Album,
        opened: ExitStack,
    ) -> None:
        """``opened`` closes what the pages' looks are read from."""
        self._timeline, self._index = timeline, (index := stretch.index)
        self._captions = captions
        self._size = footage.width, footage.height
        sampler = SlidingSampler(*self._size)
        self._frame, self._last, self._other = (Frame(*self._size, sampler) for _ in range(3))
        pages = timeline.pages
        self._scenery = scenery(footage, index, pages[index].visible_frames, album, opened)
        self._before: Scenery | None = None
        if stretch.start_frame < pages[index].start_frame + pages[index].transition_frames:
            self._before = scenery(footage, index - 1, pages[index - 1].visible_frames, album, opened)

    def draw(self, number: int) -> Frame:
        """Frame ``number`` of the film, over which the next call but one draws."""
        self._frame, self._last = self._last, self._frame
        page = self._timeline.pages[self._index]
        self._scenery.draw(self._frame, number - page.start_frame)
        progress = (number - page.start_frame + 1) / (page.transition_frames + 1)
        if self._before and progress < 1:
            start = self._timeline.pages[self._index - 1].start_frame
            self._before.draw(self._other, number - start)
            transitions.draw(page.transition, self._frame, self._other, progress)
        else:
            self._before = None
        for caption in self._captions:
            if caption.start_frame <= number < caption.end_frame:
                self._frame.letter(caption.plate, bisect_right(caption.lit_frames, number))
        self._fade_at_the_ends(number)
        return self._frame

    def _fade_at_the_ends(self, number: int) -> None:
        length = max(1, round(FADE_S * self._timeline.fps))
        share = min((number + 1) / length, (self._timeline.frame_count - number) / length)
        if share < 1:
            self._other.blacken()
            self._frame.mix(self._other, 1 - transitions.eased(share))
