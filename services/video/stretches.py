"""Cutting pages into stretches that are encoded side by side, so that no core waits for another's long page. Pure.

A stretch begins where a keyframe would stand anyway, so that a page in several is as large and looks as it does in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.video.timeline import Timeline

KEYFRAME_S = 2
"""At least this often there is a keyframe."""
STRETCH_S = 2 * KEYFRAME_S
"""A stretch is as long, and the last of a page longer: an encoder's start and end cost about 0.1 s of a core."""


@dataclass(frozen=True)
class Stretch:
    """Frames of one page, counted from the start of the film."""

    index: int
    """Of the page, from 0."""
    start_frame: int
    end_frame: int
    """Behind the last."""

    @property
    def frame_count(self) -> int:
        """How many frames it has."""
        return self.end_frame - self.start_frame


def stretches_of(timeline: Timeline) -> list[Stretch]:
    """The stretches of all pages, in order."""
    step, stretches = STRETCH_S * timeline.fps, []
    for index, page in enumerate(timeline.pages):
        count = max(1, (page.end_frame - page.start_frame) // step)
        edges = [page.start_frame + step * number for number in range(count)]
        stretches += [Stretch(index, *edge) for edge in zip(edges, [*edges[1:], page.end_frame], strict=True)]
    return stretches


def in_turn(stretches: Sequence[Stretch], workers: int) -> list[int]:
    """The numbers of stretches in the order in which so many workers best take them: as they come, so that each finds
    the pages that it shows already read, and at last the longest first, so that all are done at about the same time.
    """
    last = max(len(stretches) - 2 * workers, 0)
    return [
        *range(last),
        *sorted(range(last, len(stretches)), key=lambda number: -stretches[number].frame_count),
    ]
