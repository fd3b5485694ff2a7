"""What is encoded of a film, and what of it can be drawn together. Pure.

Films of one shape are drawn once, at the size of the largest, and made smaller while they are encoded. A film of
another shape shows another part of its pictures and has its captions elsewhere, so it is drawn for itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from schemas import Output, OutputFormat

FILM = "output.mp4"
"""The file that is always made."""
FILMS = frozenset({OutputFormat.MP4, OutputFormat.HEVC, OutputFormat.WEBM, OutputFormat.AV1})
SHAPE_TOLERANCE = Fraction(1, 200)
"""By which two shapes may differ and count as one: sides are even numbers of pixels."""


@dataclass(frozen=True)
class Rendition:
    """One film to be encoded: a format and its size in pixels."""

    name: str
    """Of its file, unlike those of all others."""
    format: OutputFormat
    width: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """Frames of one size, and the films that are made of them."""

    width: int
    height: int
    renditions: tuple[Rendition, ...]


def further(outputs: Sequence[Output]) -> list[Output]:
    """What is to be made beside the film itself: each output once."""
    return list(dict.fromkeys(output for output in outputs if output.file_name != FILM))


def drawings(width: int, height: int, outputs: Sequence[Output]) -> list[Drawing]:
    """The drawings of a film of ``width`` x ``height`` and of those ``outputs`` that are films.

    The film itself is the first rendition of the first drawing.
    """
    groups = [[Rendition(FILM, OutputFormat.MP4, width, height)]]
    for output in further(outputs):
        if output.format not in FILMS:
            continue
        made = Rendition(output.file_name, output.format, *output.size(width, height))
        group = next((group for group in groups if _is_one_shape(group[0], made)), None)
        if group is None:
            groups.append([made])
        else:
            group.append(made)
    return [_drawing(group) for group in groups]


def _drawing(group: Sequence[Rendition]) -> Drawing:
    largest = max(group, key=lambda rendition: rendition.width)
    return Drawing(largest.width, largest.height, tuple(group))


def _is_one_shape(one: Rendition, other: Rendition) -> bool:
    shapes = Fraction(one.width, one.height), Fraction(other.width, other.height)
    return abs(shapes[0] / shapes[1] - 1) <= SHAPE_TOLERANCE
