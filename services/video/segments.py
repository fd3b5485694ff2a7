"""A page of the film as a video segment of its own, and joining segments without encoding again.

Every segment starts with an IDR frame and refers to nothing outside itself (closed groups of pictures), so segments can
be made in any order and at the same time.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import ffmpeg

from services.video.audio_files import raw_input
from services.video.ffmpeg_process import Stream, frame_sink, naming_full_disk, run
from services.video.footage import Footage
from services.video.frames import Frame
from services.video.lettering import Plate
from services.video.scenery import Scenery, scenery
from services.video.timeline import Timeline
from talestream.cancellation import check_cancelled

PRESET = "superfast"
CRF = 21
X264_PARAMS = "aq-mode=3:chroma-qp-offset=-3:mbtree=1:rc-lookahead=12:b-adapt=0:weightp=0:scenecut=0"
"""The macroblock tree, which superfast leaves out, pays for itself on slow camera motion: the quality and size of
veryfast in three quarters of its time."""
KEYFRAME_S = 2
FADE_S = 0.4
"""From black at the start of the film, and to black at its end."""
AUDIO_BITRATE = "160k"
BT709 = {"color_primaries": "bt709", "color_trc": "bt709", "colorspace": "bt709", "range": "tv"}


@dataclass(frozen=True)
class ShownCaption:
    """A lettered caption and the frames of the film in which it is seen."""

    start_frame: int
    end_frame: int
    plate: Plate


def encode_segment(
    footage: Footage,
    timeline: Timeline,
    index: int,
    captions: Sequence[ShownCaption],
    target: Path,
    *,
    threads: int,
    on_frame: Callable[[], None],
) -> None:
    """Draw and encode the frames that page ``index`` (from 0) owns, its cross-fade from the page before with them."""
    page = timeline.pages[index]
    what = f"encoding page {footage.shots[index].page}"
    with ExitStack() as opened, naming_full_disk(what):
        painter = _Painter(footage, timeline, index, captions, opened)
        sink = opened.enter_context(frame_sink(_encoder(footage, target, threads), what))
        for number in range(page.start_frame, page.end_frame):
            check_cancelled()
            sink.write(painter.draw(number))
            on_frame()


def join(segments: Sequence[Path], sound: Path, target: Path, *, workdir: Path) -> None:
    """Put segments behind each other by stream copy, with raw stereo sound, into an MP4 that starts to play at once."""
    listing = workdir / "segments.txt"
    with naming_full_disk("joining the film"):
        listing.write_text("".join(f"file '{segment.name}'\n" for segment in segments), encoding="utf-8")
    video = ffmpeg.input(str(listing), format="concat", safe=0).video
    output = ffmpeg.output(
        video,
        raw_input(sound, 2).audio,
        str(target),
        vcodec="copy",
        acodec="aac",
        audio_bitrate=AUDIO_BITRATE,
        ar=48_000,
        movflags="+faststart",
    )
    run(output, "joining the film")


def _encoder(footage: Footage, target: Path, threads: int) -> Stream:
    """x264 as platforms like it: High profile, a keyframe at least every two seconds; dark gradients get more bits."""
    size, keyframes = f"{footage.width}x{footage.height}", KEYFRAME_S * footage.fps
    frames = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="yuv420p", s=size, framerate=footage.fps).filter(
        "setparams", **BT709
    )
    return frames.output(
        str(target),
        vcodec="libx264",
        preset=PRESET,
        crf=CRF,
        pix_fmt="yuv420p",
        g=keyframes,
        flags="+cgop",
        threads=threads,
        **{"x264-params": X264_PARAMS},
    )


class _Painter:
    """Draws the frames of one page."""

    def __init__(
        self, footage: Footage, timeline: Timeline, index: int, captions: Sequence[ShownCaption], opened: ExitStack
    ) -> None:
        """``opened`` closes what the pages' looks are read from."""
        self._timeline, self._index = timeline, index
        self._captions = captions
        self._size = footage.width, footage.height
        self._frame, self._other = Frame(*self._size), Frame(*self._size)
        pages = timeline.pages
        self._scenery = scenery(footage, index, pages[index].visible_frames, opened)
        self._before: Scenery | None = None
        if pages[index].fade_in_frames:
            self._before = scenery(footage, index - 1, pages[index - 1].visible_frames, opened)

    def draw(self, number: int) -> memoryview:
        """Frame ``number`` of the film, in a buffer that the next call overwrites."""
        page = self._timeline.pages[self._index]
        self._frame.show(*self._scenery.at(number - page.start_frame))
        faded_in = (number - page.start_frame + 1) / (page.fade_in_frames + 1)
        if self._before and faded_in < 1:
            start = self._timeline.pages[self._index - 1].start_frame
            self._other.show(*self._before.at(number - start))
            self._frame.mix(self._other, 1 - _smooth(faded_in))
        else:
            self._before = None
        for caption in self._captions:
            if caption.start_frame <= number < caption.end_frame:
                self._frame.letter(caption.plate)
        self._fade_at_the_ends(number)
        return self._frame.buffer.data

    def _fade_at_the_ends(self, number: int) -> None:
        length = max(1, round(FADE_S * self._timeline.fps))
        share = min((number + 1) / length, (self._timeline.frame_count - number) / length)
        if share < 1:
            self._other.blacken()
            self._frame.mix(self._other, 1 - _smooth(share))


def _smooth(share: float) -> float:
    return share * share * (3 - 2 * share)
