"""What a film is given out as, beside the MP4 that is always made."""

from enum import StrEnum
from fractions import Fraction
from typing import Self

from pydantic import Field, model_validator

from schemas.base import Aspect, Record


class OutputFormat(StrEnum):
    """A kind of file: films, a short preview without sound, a cover picture, or the sound alone."""

    MP4 = "mp4"
    HEVC = "hevc"
    WEBM = "webm"
    AV1 = "av1"
    GIF = "gif"
    JPEG = "jpeg"
    PNG = "png"
    M4A = "m4a"
    MP3 = "mp3"

    @property
    def is_sound(self) -> bool:
        """Whether nothing is seen."""
        return self in {OutputFormat.M4A, OutputFormat.MP3}


class Resolution(StrEnum):
    """How large a film is, by its shorter side in pixels."""

    HD = "720p"
    FULL_HD = "1080p"
    ULTRA_HD = "2160p"

    @property
    def shorter_side(self) -> int:
        """In pixels."""
        return int(self.value[:-1])

    def of_shape(self, width: int, height: int) -> tuple[int, int]:
        """Even width and height in pixels, of the shape of ``width`` x ``height``."""
        scale = Fraction(self.shorter_side, min(width, height))
        return _even(width * scale), _even(height * scale)


class Output(Record):
    """One more file to be made of a film: MP4 with H.264 or HEVC, WebM with VP9 or AV1, GIF, JPEG, PNG, M4A or MP3.

    A film of another aspect is drawn for itself: pictures are cropped, captions are broken anew.
    """

    format: OutputFormat
    aspect: Aspect | None = Field(None, description="None: the film's")
    resolution: Resolution | None = Field(None, description="None: the film's")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.format.is_sound and (self.aspect or self.resolution):
            raise ValueError(f"{self.format} is sound alone: it has neither aspect nor resolution")
        if self.format is OutputFormat.GIF and self.aspect:
            raise ValueError("a gif is a preview of the film: it has no aspect of its own")
        return self

    @property
    def file_name(self) -> str:
        """The name of its file, which tells it from every other output of one film: ``output.9x16.1080p.webm``."""
        shape = [self.aspect.replace(":", "x")] if self.aspect else []
        size = [self.resolution.value] if self.resolution else []
        return ".".join(["output", *shape, *size, _ENDINGS[self.format]])

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height in pixels, of a film that is ``width`` x ``height``."""
        shape = self.aspect.size if self.aspect else (width, height)
        if self.resolution:
            return self.resolution.of_shape(*shape)
        if self.aspect is None:
            return width, height
        scale = Fraction(min(width, height), min(shape))
        return _even(shape[0] * scale), _even(shape[1] * scale)


_ENDINGS = {
    OutputFormat.MP4: "mp4",
    OutputFormat.HEVC: "hevc.mp4",
    OutputFormat.WEBM: "webm",
    OutputFormat.AV1: "av1.webm",
    OutputFormat.GIF: "gif",
    OutputFormat.JPEG: "jpg",
    OutputFormat.PNG: "png",
    OutputFormat.M4A: "m4a",
    OutputFormat.MP3: "mp3",
}


def _even(length: Fraction) -> int:
    return round(length / 2) * 2
