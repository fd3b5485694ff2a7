"""Who can compose a film."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, runtime_checkable

from services.video.footage import Composition, Footage
from talestream.needs import need

OnFrames = Callable[[int, int], None]
"""Told, from any thread, how many frames are done and how many there are."""


class Composer(Protocol):
    """Makes a film of pictures, narration and music."""

    name: str
    """Of the provider, for the manifest."""

    @property
    def model(self) -> str:
        """What does the encoding, for the manifest."""
        ...

    def compose(self, footage: Footage, workdir: Path, on_frames: OnFrames) -> Composition:
        """Compose the film in ``workdir``; blocking, asks ``check_cancelled()`` at every frame.

        The film is an MP4 of ``footage.width`` x ``height`` at ``fps``: H.264 yuv420p BT.709, AAC stereo 48 kHz, about
        -16 LUFS, faststart. The footage's outputs are made beside it. BadInput names the page whose picture or clip
        cannot be read; ProviderUnavailable the output that cannot be made here; StageError ``disk-full`` and
        ``ffmpeg-failed`` carry what ffmpeg said.
        """
        ...


@runtime_checkable
class EncodesAhead(Protocol):
    """A composer that can encode a page before the rest of the film is there."""

    @property
    def encodes_ahead(self) -> bool:
        """Whether it is to, as it is configured."""
        ...

    def encode_page(self, footage: Footage, page: int, workdir: Path, on_frames: OnFrames) -> int:
        """Encode a page, keep its pieces for the composition of the same task, and return how many they are.

        ``footage`` has every page of the film in order; files there are only of ``page`` and of the page before, and
        of music no more than whether there is any. What a page looks like depends on nothing else, so ``compose``
        takes the pieces over; where it does not, it encodes the page anew. ``workdir`` is this call's alone. Blocking;
        raises what ``compose`` raises.
        """
        ...


def embedded() -> Composer:
    """The composer that runs everywhere: frames drawn on the CPU, encoded by ffmpeg as it is configured."""
    need(
        "embedded", "cv2", "numpy", "PIL", "ffmpeg", "imageio_ffmpeg", "noto_cjk_sans_otc", "budoux", "jieba", "pysubs2"
    )
    from services.video.composer import FfmpegComposer  # noqa: PLC0415  numpy and OpenCV load at the first use

    return FfmpegComposer()
