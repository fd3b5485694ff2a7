"""The encoders of the picture: what ffmpeg is told for each, and whether this build and machine have it.

Nothing is assumed: an encoder counts as present once it has encoded a frame here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import ffmpeg

from schemas import OutputFormat
from services.video.ffmpeg_process import Stream, run
from talestream.errors import ProviderUnavailable, StageError
from talestream.video_settings import VideoSettings

Options = Mapping[str, str | int]

X264_PARAMS = "aq-mode=3:chroma-qp-offset=-3:mbtree=1:rc-lookahead=12:b-adapt=0:weightp=0:scenecut=0"
"""The macroblock tree, which superfast leaves out, pays for itself on slow camera motion: the quality and size of
veryfast in three quarters of its time."""


@dataclass(frozen=True)
class Encoder:
    """One encoder of ffmpeg. Its groups of pictures are closed, so that segments can be joined."""

    name: str
    """As ffmpeg calls it."""
    model: str
    """As the manifest calls it."""
    options: Callable[[int], Options] = field(compare=False)
    """What it is told, for so many threads."""
    device: str | None = None
    """A VAAPI device to which frames are brought; None: they stay in memory."""

    def output(self, frames: Stream, target: str, *, keyframe_frames: int, threads: int, **more: str | int) -> Stream:
        """Frames of yuv420p, encoded into ``target``, with a keyframe at least every so many."""
        if self.device:
            frames = frames.filter("format", "nv12").filter("hwupload")
        pixels = {} if self.device else {"pix_fmt": "yuv420p"}
        output = frames.output(target, vcodec=self.name, g=keyframe_frames, **pixels, **self.options(threads), **more)
        return output.global_args("-vaapi_device", self.device) if self.device else output


def x264(preset: str, crf: int) -> Encoder:
    """H.264 as platforms like it, in High profile; dark gradients get more bits."""
    return Encoder(
        "libx264",
        "x264",
        lambda threads: {
            "preset": preset, "crf": crf, "flags": "+cgop", "threads": threads, "x264-params": X264_PARAMS
        },
    )  # fmt: skip


X265 = Encoder(
    "libx265",
    "x265",
    lambda threads: {
        "preset": "superfast",
        "crf": 24,
        "threads": threads,
        "x265-params": f"log-level=error:open-gop=0:scenecut=0:aq-mode=3:pools={threads}:frame-threads={threads}",
        "tag:v": "hvc1",  # what Apple's players ask for
    },
)
VP9 = Encoder(
    "libvpx-vp9",
    "libvpx",
    lambda threads: {
        "crf": 33,
        "video_bitrate": 0,  # constant quality
        "deadline": "good",
        "cpu-used": 5,
        "row-mt": 1,
        "threads": threads,
    },
)
AV1 = Encoder("libsvtav1", "SVT-AV1", lambda threads: {"crf": 34, "preset": 10, "svtav1-params": f"lp={threads}"})

NVENC: Options = {"preset": "p5", "rc": "vbr", "cq": 23, "video_bitrate": 0, "forced-idr": 1, "strict_gop": 1}
VIDEOTOOLBOX: Options = {"q:v": 60, "allow_sw": 0}
VAAPI: Options = {"rc_mode": "CQP", "qp": 23}
HARDWARE = ("nvenc", "videotoolbox", "vaapi")
"""In the order in which they are tried."""


def hardware(kind: str, codec: str, vaapi_device: str) -> Encoder:
    """The machine's own encoder of ``codec``, h264 or hevc. Whether it is there, :func:`fault` says."""
    said = {"nvenc": NVENC, "videotoolbox": VIDEOTOOLBOX, "vaapi": VAAPI}
    tag = {"tag:v": "hvc1"} if codec == "hevc" else {}
    device = vaapi_device if kind == "vaapi" else None
    return Encoder(f"{codec}_{kind}", f"{codec}_{kind}", lambda _threads: {**said[kind], **tag}, device)


@cache
def fault(encoder: Encoder) -> str | None:
    """Why an encoder cannot be used here, found by encoding a frame with it; None: it can."""
    frame = ffmpeg.input("color=gray:size=320x320:rate=24", format="lavfi", t=0.04).filter("format", "yuv420p")
    try:
        run(encoder.output(frame, "pipe:", keyframe_frames=48, threads=1, format="null"), f"trying {encoder.name}")
    except StageError as error:
        return error.message
    return None


def encoder_of(output: OutputFormat, configured: VideoSettings) -> Encoder:
    """The encoder of films of this format. ProviderUnavailable when it cannot be used here."""
    match output:
        case OutputFormat.MP4:
            return _chosen("h264", x264(configured.preset, configured.crf), output, configured)
        case OutputFormat.HEVC:
            return _chosen("hevc", X265, output, configured)
        case OutputFormat.WEBM:
            return _present(VP9, output)
        case OutputFormat.AV1:
            return _present(AV1, output)
    raise ValueError(f"{output} is no film")


def _chosen(codec: str, software: Encoder, output: OutputFormat, configured: VideoSettings) -> Encoder:
    own = {kind: hardware(kind, codec, str(configured.vaapi_device)) for kind in HARDWARE}
    if configured.encoder == "auto":
        working = (encoder for encoder in own.values() if fault(encoder) is None)
        return next(working, None) or _present(software, output)
    return _present(own.get(configured.encoder, software), output)


def _present(encoder: Encoder, output: OutputFormat) -> Encoder:
    why = fault(encoder)
    if why is None:
        return encoder
    remedy = (
        "see to the encoder's driver, or set TALESTREAM_VIDEO__ENCODER to auto"
        if encoder.name.endswith(HARDWARE)
        else f"give ffmpeg the encoder {encoder.name}, or order another format"
    )
    raise ProviderUnavailable(f"no {output} can be made here: {encoder.name} does not work: {why}", remedy)
