"""What is made of a finished film beside it: a short preview as GIF, a cover picture, and the sound alone."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import ffmpeg

from schemas import Output, OutputFormat
from schemas.quality import Span
from services.video.album import Album
from services.video.audio_files import raw_input
from services.video.ffmpeg_process import Stream, frame_sink, run
from services.video.footage import Footage
from services.video.frames import Frame
from services.video.scenery import scenery
from services.video.segments import AUDIO_BITRATE, BT709

PREVIEW_LONGER_SIDE = 400
"""Of a preview of no resolution of its own, in pixels."""
PREVIEW_PARTS = 6
PREVIEW_PART_S = 1.5
PREVIEW_FPS = 8
COVER_QUALITY = 2
"""Of 1, the best, to 31, as ffmpeg counts it for JPEG."""


def preview_size(output: Output, width: int, height: int) -> tuple[int, int]:
    """Width and height of the preview of a film of ``width`` x ``height``, in pixels."""
    if output.resolution:
        return output.size(width, height)
    scale = min(PREVIEW_LONGER_SIDE / max(width, height), 1)
    return round(width * scale / 2) * 2, round(height * scale / 2) * 2


def preview_parts(pages: Sequence[Span]) -> list[Span]:
    """What a preview shows of a film with these pages, in seconds: the middles of pages that lie evenly in it."""
    count = min(PREVIEW_PARTS, len(pages))
    chosen = [pages[(2 * number + 1) * len(pages) // (2 * count)] for number in range(count)]
    return [
        (max((start + end - PREVIEW_PART_S) / 2, start), min((start + end + PREVIEW_PART_S) / 2, end))
        for start, end in chosen
    ]


def make_preview(film: Path, parts: Sequence[Span], width: int, height: int, target: Path) -> None:
    """Show parts of a film one after the other, over and over, in a palette of their own."""
    shown = [ffmpeg.input(str(film), ss=start, t=end - start).video for start, end in parts]
    frames = (
        ffmpeg.concat(*shown, v=1, a=0)
        .filter("fps", PREVIEW_FPS)
        .filter("scale", width, height, flags="area")
        .filter_multi_output("split")
    )
    palette = frames[0].filter("palettegen")
    painted = ffmpeg.filter([frames[1], palette], "paletteuse", dither="bayer", bayer_scale=5, diff_mode="rectangle")
    run(painted.output(str(target), loop=0), "making the preview")


def make_cover(footage: Footage, index: int, visible_frames: int, output: OutputFormat, target: Path) -> None:
    """Draw what the film shows first of page ``index``, without captions, at the size of ``footage``."""
    frame = Frame(footage.width, footage.height)
    with ExitStack() as opened:
        scenery(footage, index, visible_frames, Album(footage, kept=1), opened).draw(frame, 0)
        picture = frame_sink(_picture(footage, output, target), frame.buffer.size, "making the cover")
        opened.enter_context(picture).write(frame.buffer.data)


def make_sound(film: Path, mastered: Path, output: OutputFormat, target: Path) -> None:
    """The film's sound as a file of its own: AAC as it is in the film, or MP3 from the raw stereo of ``mastered``."""
    if output is OutputFormat.M4A:
        sound = ffmpeg.input(str(film)).audio.output(str(target), acodec="copy", movflags="+faststart")
    else:
        sound = raw_input(mastered, 2).output(str(target), acodec="libmp3lame", audio_bitrate=AUDIO_BITRATE)
    run(sound, "making the sound file")


def _picture(footage: Footage, output: OutputFormat, target: Path) -> Stream:
    size = f"{footage.width}x{footage.height}"
    frame = ffmpeg.input("pipe:", format="rawvideo", pix_fmt="yuv420p", s=size).filter("setparams", **BT709)
    one = {"vframes": 1, "update": 1}
    if output is OutputFormat.PNG:
        return frame.output(str(target), pix_fmt="rgb24", **one)
    # JFIF: full range, and the matrix of BT.601
    converted = frame.filter("scale", out_color_matrix="bt601", out_range="pc")
    return converted.output(str(target), vcodec="mjpeg", pix_fmt="yuvj420p", **{"q:v": COVER_QUALITY}, **one)
