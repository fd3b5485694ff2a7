"""Frames become a file that players play."""

from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
from PIL import Image

from talestream.cancellation import check_cancelled

_COLOURS = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
_CONVERTED = "scale=out_color_matrix=bt709:out_range=tv"


def write_frames(target: Path, frames: Sequence[Image.Image], fps: int) -> None:
    """Write frames of one size, both sides even, as MP4: H.264 yuv420p BT.709, without sound."""
    writing = imageio_ffmpeg.write_frames(
        str(target),
        frames[0].size,
        fps=fps,
        codec="libx264",
        pix_fmt_out="yuv420p",
        macro_block_size=2,
        output_params=["-crf", "15", "-preset", "veryfast", "-vf", _CONVERTED, *_COLOURS, "-movflags", "+faststart"],
    )
    writing.send(None)
    try:
        for frame in frames:
            check_cancelled()
            writing.send(frame.convert("RGB").tobytes())
    finally:
        writing.close()
